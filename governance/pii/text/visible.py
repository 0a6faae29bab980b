"""A text as a reader sees it: without invisible characters and with plain forms of disguised ones.

Detectors read this form; the offset map leads what they find back to the code points of the original.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

from governance.pii.text import disguises
from governance.pii.text.escapes import ESCAPE, escaped, unescaped
from governance.pii.text.spans import Span

_DIGITS = str.maketrans(disguises.NUMERALS, "00123456789")
_TAGS = re.compile("(?<!\U0001f3f4)[\U000e0020-\U000e007e]{6,400}")
_INNER = tuple(
    (frozenset(characters), re.compile(pattern.format(characters)), replacement)
    for characters, pattern, replacement in (
        (disguises.DASHES, r"(?<=[\dA-Z])[{}](?=[\dA-Z])", "-"),
        (disguises.DOTS, r"(?<=[a-z\d])[{}](?=[a-z\d])", "."),
        (disguises.NUMERALS, r"[{}]{{6,64}}", lambda m: m.group().translate(_DIGITS)),
    )
)
_BLANK = f"[{''.join(sorted(disguises.BLANKS))}]"
_INNER_BLANK = re.compile(rf"(?<=[a-z]){_BLANK}(?=[a-z])|(?<=\d){_BLANK}(?=\d)|(?<=[@._+-]){_BLANK}|{_BLANK}(?=[@._-])")
_BASE = "[ -~\u00a0\u00c0-\u024f]"


@dataclass(frozen=True)
class Visible:
    """`text` as seen; `starts[i]` in it stands at `origins[i]` of the original, counting on from there.

    Where `ends[i]` is not 0, the one character at `starts[i]` stands for the original up to there.
    """

    text: str
    starts: tuple[int, ...] = (0,)
    origins: tuple[int, ...] = (0,)
    ends: tuple[int, ...] = (0,)

    def original(self, span: Span) -> Span:
        """The same span in code points of the original text."""
        first, last = self._entry(span.start), self._entry(span.end - 1)
        start = self.origins[first] + span.start - self.starts[first]
        end = self.ends[last] or self.origins[last] + span.end - self.starts[last]
        return Span(start, end, span.type, span.score)

    def _entry(self, position: int) -> int:
        return bisect_right(self.starts, position) - 1


def visible(text: str) -> Visible:
    """See through zero-width, bidirectional and soft-hyphen characters, tags, fillers and combining marks;
    full-width, styled, circled and small letters, digits of any script, ligatures, typographic punctuation;
    letters of other scripts inside Latin words; and the sequences of `escapes`.
    """
    escapes = escaped(text)
    if text.isascii() and not escapes:
        return Visible(text)
    odd = frozenset(c for c in set(text) if not c.isascii())
    if odd & disguises.BLANKS:
        text, odd = _INNER_BLANK.sub("\u200b", text), odd | {"\u200b"}
    text = _one_for_one(text, odd)
    longer = "".join(sorted(c for c in odd if len(disguises.plain(c)) != 1))
    marks = "".join(sorted(filter(disguises.is_mark, odd)))
    if not (longer or marks or escapes):
        return Visible(text)
    return _mapped(text, _pattern(longer, marks))


def _one_for_one(text: str, odd: frozenset[str]) -> str:
    """The text with every disguise undone that is one code point and stands for one."""
    if any("\U000e0020" <= c <= "\U000e007e" for c in odd):
        text = _TAGS.sub(lambda m: "".join(chr(ord(c) - 0xE0000) for c in m.group()), text)
    if any(map(disguises.lookalikes, odd)):
        text = _latinised(text, odd)
    seen = {ord(c): plain for c in odd if len(plain := disguises.plain(c)) == 1 and plain != c}
    text = text.translate(seen) if seen else text
    for characters, pattern, replacement in _INNER:
        text = pattern.sub(replacement, text) if odd & characters else text
    return text


def _latinised(text: str, odd: frozenset[str]) -> str:
    letters = [c for c in text if c.isalpha()]
    among_latin = sum(c.isascii() for c in letters) * 2 > len(letters)
    unseen = "".join(c for c in odd if not disguises.plain(c) or disguises.is_mark(c))
    word = re.compile(rf"[\w{re.escape(unseen)}]{{1,64}}")
    return word.sub(lambda m: disguises.latinised(m.group(), among_latin), text)


@lru_cache(maxsize=256)
def _pattern(longer: str, marks: str) -> re.Pattern[str]:
    """ESCAPE, what stands in a text for none or several characters, and bases that carry marks."""
    parts = [ESCAPE.pattern]
    if marks:
        parts.append(rf"(?P<marked>{_BASE}[{marks}]+)")
    if longer:
        parts.append(f"(?P<longer>[{re.escape(longer)}])")
    return re.compile("|".join(parts))


def _seen(match: re.Match[str]) -> str:
    if match.lastgroup == "longer":
        return disguises.plain(match.group())
    return disguises.unmarked(match.group()) if match.lastgroup == "marked" else unescaped(match)


def _mapped(text: str, pattern: re.Pattern[str]) -> Visible:
    parts: list[str] = []
    entries: list[tuple[int, int, int]] = [(0, 0, 0)]
    position = length = 0
    for match in pattern.finditer(text):
        start, end = match.span()
        seen = _seen(match)
        if seen == match.group():
            continue
        parts += [text[position:start], seen]
        length += start - position
        entries += [(length + offset, start, end) for offset in range(len(seen))]
        length += len(seen)
        position = end
        entries.append((length, position, 0))
    parts.append(text[position:])
    starts, origins, ends = zip(*entries, strict=True)
    return Visible("".join(parts), starts, origins, ends)
