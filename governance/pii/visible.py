"""A text as a reader sees it: without invisible characters and with plain forms of disguised ones.

Detectors read this form; the offset map leads what they find back to the code points of the original.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass

from governance.pii.spans import Span

_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e01ef"
)
_SPACES = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_QUOTES = {
    "\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u2010": "-", "\u2011": "-", "\u2212": "-", "\uff07": "'",
    "\u3002": ".", "\uff61": ".",
}  # fmt: skip
_FOREIGN = "АВЕЅІЈКМНОРСТХУаеѕіјорсухԁһԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"
_LATIN = "ABESIJKMHOPCTXYaesijopcyxdhqwABEZHIKMNOPTYX"
_LOOKALIKE = dict(zip(_FOREIGN, _LATIN, strict=True))
_CHANGED = re.compile(
    f"[{_INVISIBLE}]|[{_SPACES}]|[{''.join(_QUOTES)}]|[\uff01-\uff5e\ufb00-\ufb06\u2070-\u209c\u2460-\u249b"
    "\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u2100-\u214f\U0001d400-\U0001d7ff]"
)
_MIXED = re.compile(r"[^\W\d_]*(?:[A-Za-z][\u0370-\u03ff\u0400-\u052f]|[\u0370-\u03ff\u0400-\u052f][A-Za-z])[^\W\d_]*")
_HIDDEN = re.compile(f"[{_INVISIBLE}]")


@dataclass(frozen=True)
class Visible:
    """`text` as seen; `starts[i]` in it stands at `origins[i]` of the original, counting on from there.

    A run between two entries is copied one to one; `ends` gives where the run's original ends.
    """

    text: str
    starts: tuple[int, ...]
    origins: tuple[int, ...]

    def original(self, span: Span) -> Span:
        """The same span in code points of the original text."""
        return Span(self._origin(span.start), self._origin(span.end - 1) + 1, span.type, span.score)

    def _origin(self, position: int) -> int:
        index = bisect_right(self.starts, position) - 1
        return self.origins[index] + position - self.starts[index]


def visible(text: str) -> Visible:
    """See through zero-width, bidirectional and soft-hyphen characters, full-width and styled letters,
    non-ASCII digits, ligatures, typographic quotes, and Greek or Cyrillic letters inside Latin words."""
    if text.isascii():
        return Visible(text, (0,), (0,))
    text = _without_lookalikes(text)
    parts, starts, origins = [], [0], [0]
    position = length = 0
    for match in _CHANGED.finditer(text):
        parts.append(text[position : match.start()])
        length += match.start() - position
        plain = _plain(match.group())
        parts.append(plain)
        for offset in range(len(plain)):
            starts.append(length + offset)
            origins.append(match.start())
        length += len(plain)
        position = match.end()
        starts.append(length)
        origins.append(position)
    parts.append(text[position:])
    return Visible("".join(parts), tuple(starts), tuple(origins))


def _plain(character: str) -> str:
    if _HIDDEN.match(character):
        return ""
    if character in _QUOTES:
        return _QUOTES[character]
    if character.isspace():
        return " "
    digit = unicodedata.digit(character, None)
    return str(digit) if digit is not None and character.isdigit() else unicodedata.normalize("NFKC", character)


def _without_lookalikes(text: str) -> str:
    """One to one: only letters of words that mix scripts change."""
    return _MIXED.sub(lambda m: "".join(_LOOKALIKE.get(c, c) for c in m.group()), text)
