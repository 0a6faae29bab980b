"""Text and Markdown: find the encoding, drop what a person can't see.

Invisible characters hide names from the scrubber and instructions from a reviewer, so they go here,
before anything else looks at the text.
"""

from __future__ import annotations

import codecs
import re

from flows.ingest.latin import encoding_of
from flows.ingest.reading import Unfit
from registry.records import Reason

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_WHOLE = re.compile("[^\x00-\x7f\ufffd]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_BLANK_LINES = re.compile(r"\n{3,}")
_TOO_MANY_BROKEN = 0.05


def read(data: bytes) -> str:
    """Decode a text file. Raises Unfit for bytes that are no text."""
    return tidy(sound(data))


def sound(data: bytes) -> str:
    """A text file as it is, line for line. Raises Unfit for bytes that are no text."""
    text = decode(data)
    broken = len(_INVISIBLE.findall(text)) + text.count("\ufffd")
    if broken > 16 and broken > _TOO_MANY_BROKEN * len(text):
        raise Unfit(Reason.CORRUPT, "more than 5 % of its characters are unreadable")
    return text


def decode(data: bytes) -> str:
    """Byte-order mark, UTF-8, UTF-16/32 by the place of zero bytes, a Latin encoding, then a guess.

    UTF-8 with a broken sign here and there, or cut in the middle of one, is UTF-8 nevertheless.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    wide = _wide_encoding(data[:4096])
    for encoding in (wide,) if wide else ("utf-8",):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    mended = data.decode("utf-8", errors="replace")
    if not wide and len(_WHOLE.findall(mended)) > mended.count("\ufffd"):
        return mended
    latin = encoding_of(data[:65536])
    return data.decode(latin, errors="replace") if latin else _guessed(data)


def visible(text: str) -> str:
    """Without control, zero-width, direction and tag characters; lone surrogates become U+FFFD."""
    return _INVISIBLE.sub("", _SURROGATE.sub("\ufffd", text))


def tidy(text: str) -> str:
    """`visible`, with plain line ends, no trailing blanks and at most one empty line in a row."""
    lines = visible(text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n")).split("\n")
    return _BLANK_LINES.sub("\n\n", "\n".join(line.rstrip() for line in lines)).strip("\n")


def _wide_encoding(sample: bytes) -> str:
    """UTF-16 and UTF-32 without a mark show as zero bytes at regular places."""
    count = len(sample) // 4
    if count < 2:
        return ""
    zeros = [sample[place : count * 4 : 4].count(0) / count for place in range(4)]
    if zeros[0] > 0.9 and zeros[1] > 0.9:
        return "utf-32-be"
    if zeros[3] > 0.9 and zeros[2] > 0.9:
        return "utf-32-le"
    if min(zeros[0], zeros[2]) > 0.3 and max(zeros[1], zeros[3]) < 0.1:
        return "utf-16-be"
    if min(zeros[1], zeros[3]) > 0.3 and max(zeros[0], zeros[2]) < 0.1:
        return "utf-16-le"
    return ""


def _guessed(data: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data[:200_000]).best()
    if best is None:
        raise Unfit(Reason.CORRUPT, "no known text encoding fits")
    return data.decode(best.encoding, errors="replace")
