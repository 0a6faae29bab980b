"""In which pieces a text is read: lines or chunks; where it repeats itself, equal pieces.

What is equal is read once and remembered, so that a word ten thousand times over costs little more than once.
"""

from __future__ import annotations

from collections.abc import Iterator

from governance.pii.text.spans import Range

CHUNK_CHARS = 50_000
OVERLAP_CHARS = 200
"""What stands across a cut is whole in the piece before it."""
SHORT_CHARS = 4_000
"""Pieces up to here are remembered."""
_ROUND_CHARS = 600
"""The longest part that comes again and again."""
_PROBE_CHARS = 200
_STEP = 250
_EQUAL_CHARS = 2_000


def pieces(text: str, by_line: bool = False) -> Iterator[Range]:
    """Places in `text`, in order, which overlap and leave nothing out."""
    for start, end in _lines(text) if by_line and len(text) <= CHUNK_CHARS else _chunks(text):
        if end - start <= SHORT_CHARS:
            yield start, end
        else:
            yield from _apart(text, start, end)


def _lines(text: str) -> Iterator[Range]:
    position = 0
    for line in text.splitlines(keepends=True):
        yield position, position + len(line)
        position += len(line)


def _chunks(text: str) -> Iterator[Range]:
    """At most 50,000 code points and the overlap, cut at a paragraph, a line, a sentence or a space."""
    start = 0
    while start < len(text):
        end = min(start + CHUNK_CHARS, len(text))
        if end < len(text):
            half = start + CHUNK_CHARS // 2
            cuts = (text.rfind(mark, half, end) + len(mark) for mark in ("\n\n", "\n", ". ", " "))
            end = next((cut for cut in cuts if cut > half), end)
        yield start, _beyond(text, end, len(text))
        start = end


def _beyond(text: str, end: int, limit: int) -> int:
    """Where a piece ends that is cut at `end`: so much later, but not within a word where there are spaces."""
    beyond = min(end + OVERLAP_CHARS, limit)
    space = text.rfind(" ", end, beyond)
    return limit if beyond == limit else space if space > end else beyond


def _apart(text: str, start: int, end: int) -> Iterator[Range]:
    """What repeats itself in equal pieces, and what stands between that."""
    for first, last, size in _repeated(text, start, end):
        if first > start:
            yield start, _beyond(text, first, end)
        yield from ((at, _beyond(text, at + size, end)) for at in range(first, last, size))
        start = last
    if start < end:
        yield start, end


def _repeated(text: str, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Where a part of text[start:end] follows itself over and over, and the size of pieces that are equal there."""
    while start + SHORT_CHARS < end:
        again = text.find(text[start : start + _PROBE_CHARS], start + 1, start + _ROUND_CHARS + _PROBE_CHARS)
        size = (again - start) * max(1, _EQUAL_CHARS // (again - start)) if again > 0 else 0
        first = 1 + max(text.find(" ", start, again), start - 1) if size else start
        last = _last(text, first, end, size) if size else start
        if last - first > 2 * size:
            yield first, last, size
            start = last
        else:
            start += _STEP


def _last(text: str, start: int, end: int, size: int) -> int:
    """The end of the last part of `size` code points, from `start` on, that is as the one before it."""
    while start + 2 * size <= end and text[start : start + size] == text[start + size : start + 2 * size]:
        start += size
    return start + size if start + size <= end else start
