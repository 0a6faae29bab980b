"""What a guess may not go over or take for something else: a citation, a sum of money, a date.

The tagger reads words and their neighbours; where numbers stand close together it takes one kind for another. What is
known by its form is cut out of its guesses, and what is left of one stays only if it could be that alone.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from governance.pii.amounts import amounts
from governance.pii.citations import Range, citations
from governance.pii.spans import Span
from governance.pii.values import may_be

PROVED = 0.9
"""What is that sure goes by a checksum or by its own form."""
WORDED = frozenset(("PERSON", "ORGANIZATION", "LOCATION", "NRP", "DATE_TIME", "AMOUNT", "STREET_ADDRESS", "MISC"))
"""What the tagger says, which may be as sure of a guess as a checksum is."""
_GUESSED = WORDED | {"CASE_NUMBER"}
_DATE = re.compile(
    r"(?<![\w/.-])(?:(?:19|20)\d\d([/.-])[01]?\d\1[0-3]?\d|[0-3]?\d([/.-])[0-3]?\d\2(?:19|20)\d\d)(?![\w-]|[/.]\d)"
)
_MEASURE = re.compile(r"(?<![\w.,/-])(?:\d{1,15}[.,]\d{1,3} ?(?:k|m|mn|bn|K|M|B|%)|\d{1,3} ?%)(?![\w/-])")


def within_borders(spans: Iterable[Span], text: str) -> Iterator[Span]:
    """`spans` without what is public or of another kind by its form."""
    spans = list(spans)
    if not any(map(str.isdigit, text)):
        yield from spans
        return
    cited = citations(text)
    numbers = (match.span() for pattern in (_DATE, _MEASURE) for match in pattern.finditer(text))
    formed = joined([*cited, *numbers, *((sum_.start, sum_.end) for sum_ in amounts(text))])
    for span in spans:
        if span.type in _GUESSED - {"DATE_TIME", "AMOUNT"}:
            yield from cut_out(span, text, formed)
        elif span.type in WORDED or span.score < PROVED:
            yield from cut_out(span, text, cited)
        else:
            yield span


def joined(ranges: Iterable[Range]) -> list[Range]:
    """`ranges` in order, those that overlap as one."""
    found: list[Range] = []
    for start, end in sorted(ranges):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def cut_out(span: Span, text: str, ranges: Sequence[Range]) -> Iterator[Span]:
    """What is left of `span` outside of `ranges`, disjoint and in order; all of it where it meets none."""
    index = bisect_right(ranges, span.start, key=lambda one: one[1])
    if index == len(ranges) or ranges[index][0] >= span.end:
        yield span
        return
    start = span.start
    for begin, end in ranges[index:]:
        if begin >= span.end:
            break
        yield from _left(span, text, start, begin)
        start = end
    yield from _left(span, text, start, span.end)


def _left(span: Span, text: str, start: int, end: int) -> Iterator[Span]:
    while start < end and not text[start].isalnum():
        start += 1
    while start < end and not text[end - 1].isalnum():
        end -= 1
    if start < end and may_be(span.type, text[start:end]):
        yield replace(span, start=start, end=end)
