"""What a finding may not go over or take for something else: a citation, a sum of money, a date, the end of a cell.

The tagger reads words and their neighbours; where numbers stand close together it takes one kind for another. What is
known by its form is cut out of its guesses, and what is left of one stays only if it could be that alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from governance.pii.cells.grids import Grid
from governance.pii.cells.tables import Cell
from governance.pii.cells.values import may_be
from governance.pii.fields.keys import heads, keys
from governance.pii.patterns import identifiers
from governance.pii.patterns.amounts import amounts
from governance.pii.patterns.citations import citations
from governance.pii.text.rules import matches
from governance.pii.text.spans import Ranges, Span, joined

PROVED = 0.9
"""What is that sure goes by a checksum or by its own form."""
_GUESSED = frozenset((
    "PERSON", "ORGANIZATION", "LOCATION", "NRP", "DATE_TIME", "AMOUNT", "STREET_ADDRESS", "MISC", "CASE_NUMBER",
))  # fmt: skip
"""What the tagger says, which may be as sure of a guess as a checksum is."""
_SELF_FORMED = frozenset(("DATE_TIME", "AMOUNT", "DATE_OF_BIRTH"))
_SET_IN_CELLS = frozenset(("CREDIT_CARD", "IBAN_CODE"))
"""Numbers of equal groups, which a form may set in a row of cells."""
_DATE = re.compile(
    r"(?<![\w/.-])(?:(?:19|20)\d\d([/.-])[01]?\d\1[0-3]?\d|[0-3]?\d([/.-])[0-3]?\d\2(?:19|20)\d\d)(?![\w-]|[/.]\d)"
)
_MEASURE = re.compile(
    r"(?<![\w.,/-])(?:\d{1,15}[.,]\d{1,3} ?(?:k|m|mn|bn|K|M|B|%)|\d{1,3} ?%"
    r"|(?:BP|HR|RR|SpO2|Temp|BMI)[: ]{1,2}\d{1,3}(?:[./]\d{1,3})?)(?![\w/-])"
)
"""Shares, sums in short, and a patient's vital signs, which an address is not made of."""

_PHONE = re.compile(r"(?!\d{5}-\d{4}\Z)(?:[+ ()./-]{0,4}\d){9,16}")
"""Longer than a house number and a postcode."""
DIALLED = 0.985
"""Just above what the tagger may be sure of."""


def within_borders(spans: Iterable[Span], text: str, table: Grid) -> Iterator[Span]:
    """`spans` without what is public or of another kind by its form, each within one cell of a table.

    In a header line nothing is personal but what is proved; what a column's header types is that.
    """
    cited, dates = Ranges(citations(text)), Ranges([match.span() for match in _DATE.finditer(text)])
    measures = (match.span() for match in _MEASURE.finditer(text))
    named = ((span.start, span.end) for found in (table.typed, amounts(text)) for span in found)
    formed = joined([*cited.places, *dates.places, *measures, *named, *table.quantities, *keys(text)])
    dated = joined([*cited.places, *dates.places])
    labels = Ranges(list(heads(text)))
    guesses = (_before_labels(span, text, labels) for span in _dialled(list(spans), text))
    for span in in_tables(guesses, text, table):
        if _is_proved(span):
            yield span
        elif span.type in _SELF_FORMED:
            yield from cut_out(_whole(span, dates), text, cited)
        else:
            yield from cut_out(span, text, formed if span.type in _GUESSED else dated)


def _dialled(spans: Sequence[Span], text: str) -> Iterator[Span]:
    """`spans`; a phone number goes before an address or a case of which the tagger makes it a part."""
    guessed = joined((one.start, one.end) for one in spans if one.type in ("STREET_ADDRESS", "CASE_NUMBER"))
    named = joined((one.start, one.end) for one in spans if one.type not in _GUESSED | {"PHONE_NUMBER"})
    for span in spans:
        dialled = span.type == "PHONE_NUMBER" and _PHONE.fullmatch(text, span.start, span.end)
        wins = dialled and guessed.meet(span) and not named.meet(span)
        yield replace(span, score=max(span.score, DIALLED)) if wins else span


def _before_labels(span: Span, text: str, labels: Ranges) -> Span:
    """Up to the next line where that begins with a label."""
    if span.type in _GUESSED:
        ends = next((start for start, _ in labels.met(span) if start > span.start), span.end)
        return replace(span, end=ends)
    return span


def _whole(span: Span, dates: Ranges) -> Span:
    """With all of a date of which it has a part."""
    met = list(dates.met(span)) if span.type == "DATE_TIME" else []
    return replace(span, start=min(span.start, met[0][0]), end=max(span.end, met[-1][1])) if met else span


def in_tables(spans: Iterable[Span], text: str, table: Grid) -> Iterator[Span]:
    """`spans` each within one cell, and none in a header line unless it is proved."""
    for span in spans:
        if _is_proved(span) or not table.heads.meet(span):
            yield from _in_cells(span, text, table)


def _is_proved(span: Span) -> bool:
    return span.score >= PROVED and span.type not in _GUESSED


def _in_cells(span: Span, text: str, table: Grid) -> Iterator[Span]:
    """The parts of `span` in each cell that could be that alone; a number is one over all cells of its row."""
    if not table.borders.meet(span) or (span.type in _SET_IN_CELLS and table.is_row(span.start, span.end)):
        yield span
    elif _is_proved(span):
        yield from (one for cell in table.cells(span.start, span.end) for one in _checked(cell))
    else:
        yield from cut_out(span, text, table.borders)


def _checked(cell: Cell) -> Iterator[Span]:
    """Numbers that are proved by what stands in the cell alone."""
    for rule in identifiers.rules():
        yield from (span.moved(cell.start) for span in matches(rule, cell.text))
    yield from (span.moved(cell.start) for span in identifiers.numbers(cell.text))


def cut_out(span: Span, text: str, ranges: Ranges) -> Iterator[Span]:
    """What is left of `span` outside of `ranges`, disjoint and in order; all of it where it meets none."""
    met = list(ranges.met(span))
    if not met:
        yield span
        return
    start = span.start
    for begin, end in met:
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
