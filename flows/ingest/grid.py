"""Tables with merged cells: what a cell says holds for every column and row that it covers.

Without it the cells behind a merged one stand under another column's name, and those below it under none.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Literal, NamedTuple

from flows.ingest.reading import Unfit
from registry.records import Reason

MOST_COPIES = 2_000_000
"""A file whose merged cells cover more than so many places is refused."""
_MOST_SPANNED = 1_000
"""No browser lets a cell cover more columns."""
_COUNT = re.compile(r"\s*\+?(\d{1,9})")


class Cell(NamedTuple):
    """A cell as a file lists it: how far it reaches, or whether it goes on with the one on its left or above it."""

    value: object
    columns: int = 1
    rows: int = 1
    joined: Literal["", "left", "above"] = ""


class _Span(NamedTuple):
    """A cell where it stands: columns `first` to before `end`; `own` where its row is the first that it covers."""

    value: object
    first: int
    end: int
    rows: int
    own: bool


def count(written: str | None, otherwise: int = 1) -> int:
    """How many columns or rows a file says that a cell covers; 0 only where it says so."""
    found = _COUNT.match(written or "")
    return min(int(found[1]), _MOST_SPANNED) if found else otherwise


def spread(rows: Iterable[Iterable[Cell]]) -> Iterator[list[object]]:
    """One line for each row, a value in each column that its cell covers; empty where all goes on from above.

    Columns in which no cell begins say what those on their left do and are left out. A row that is one cell over
    several columns says its value of none of them, so that it comes behind them all: a title, or the name of what
    follows. Two rows of names, the second below merged ones, are one. Raises Unfit.
    """
    placed = list(_placed(rows))
    begins = sorted({span.first for spans in placed for span in spans})
    copies = 0
    for line, spans in zip(_headed(placed, begins), placed, strict=True):
        copies += max(0, len(line) - len(spans))
        check(copies)
        yield line


def each(rows: Iterable[Iterable[Cell]], width: int) -> Iterator[list[object]]:
    """The lines as they come, of rows whose cells are one column wide each, and with no thought of a header."""
    return _lines(_placed(rows), range(width))


def check(copies: int) -> None:
    """Raises Unfit for more places than merged cells may cover."""
    if copies > MOST_COPIES:
        raise Unfit(Reason.TOO_LARGE, f"a table whose merged cells cover more than {MOST_COPIES:,} places")


def _placed(rows: Iterable[Iterable[Cell]]) -> Iterator[list[_Span]]:
    above: list[_Span] = []
    copies = 0
    for cells in rows:
        above = list(_beside(cells, above))
        copies += sum(not span.own for span in above)
        check(copies)
        yield above


def _beside(cells: Iterable[Cell], above: Sequence[_Span]) -> Iterator[_Span]:
    """The cells of one row from left to right, between those that reach down into it."""
    values = {span.first: span.value for span in above}
    reaching = deque(span._replace(rows=span.rows - 1, own=False) for span in above if span.rows > 1)
    last: _Span | None = None
    column = 0
    for cell in cells:
        if cell.joined == "left" and last:
            column = last.end + cell.columns
            last = last._replace(end=column)
            continue
        if last:
            yield last
        while reaching and reaching[0].first <= column:
            column = reaching[0].end
            yield reaching.popleft()
        end = min(column + cell.columns, reaching[0].first) if reaching else column + cell.columns
        follows = cell.joined == "above" and column in values
        last = _Span(values[column] if follows else cell.value, column, end, cell.rows, not follows)
        column = end
    yield from filter(None, (last,))
    yield from reaching


def _says(span: _Span) -> bool:
    return span.value is not None and span.value != ""


def _lines(placed: Iterable[Sequence[_Span]], begins: Sequence[int]) -> Iterator[list[object]]:
    return (_line(spans, begins) for spans in placed)


def _line(spans: Sequence[_Span], begins: Sequence[int]) -> list[object]:
    if not any(span.own and _says(span) for span in spans):
        return []
    saying = [span for span in spans if _says(span)]
    if len(saying) == 1 and _is_wide(saying[0], begins):
        return [*[""] * len(begins), saying[0].value]
    line: list[object] = [""] * bisect_left(begins, spans[-1].end)
    for span in spans:
        start, end = bisect_left(begins, span.first), bisect_left(begins, span.end)
        line[start:end] = [span.value] * (end - start)
    return line


def _is_wide(span: _Span, begins: Sequence[int]) -> bool:
    return bisect_left(begins, span.end) - bisect_left(begins, span.first) > 1


def _headed(placed: Sequence[Sequence[_Span]], begins: Sequence[int]) -> Iterator[list[object]]:
    """The lines, the first two that hold more than a title as one where the second names the parts of the first."""
    titles = next((n for n, spans in enumerate(placed) if sum(map(_says, spans)) > 1), len(placed))
    yield from _lines(placed[:titles], begins)
    top, below = [*placed[titles : titles + 2], (), ()][:2]
    if _names_parts(top, below, begins):
        pairs = zip_longest(_line(top, begins), _line(below, begins), fillvalue="")
        yield [one if part in (None, "", one) else f"{one} {part}" for one, part in pairs]
        yield []
        titles += 2
    yield from _lines(placed[titles:], begins)


def _names_parts(top: Sequence[_Span], below: Sequence[_Span], begins: Sequence[int]) -> bool:
    """Whether what the second row says of its own stands below merged cells alone. A figure may be a year, if another
    cell reaches down from the first row to say that both are the header.
    """
    wide = [span for span in top if _is_wide(span, begins) and _says(span)]
    parts = [span for span in below if span.own and _says(span)]
    reaches = any(not span.own and _says(span) for span in below)
    return (
        len(parts) > 1
        and all(any(one.first <= part.first and part.end <= one.end for one in wide) for part in parts)
        and (reaches or not any(re.search(r"\d", str(part.value)) for part in parts))
    )
