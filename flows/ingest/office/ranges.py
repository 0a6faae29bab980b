"""Merged cells of worksheets: a licence over ten rows is the licence of ten rows.

openpyxl reads no merged ranges in the mode that spares memory, and gives their value to the first cell alone.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from flows.ingest import grid, hidden
from flows.ingest.reading import Unfit
from registry.records import Reason

_REF = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7}):\$?([A-Z]{1,3})\$?(\d{1,7})")
Lines = Sequence[Sequence[object]]
Line = tuple[int, Sequence[object]]


@dataclass(frozen=True)
class Range:
    """Rows and columns from 1, the last ones within."""

    top: int
    left: int
    bottom: int
    right: int


def merged(sheet: bytes) -> list[Range]:
    """The merged ranges of one worksheet part from top to bottom. Raises Unfit for more than a sheet can hold."""
    found: list[Range] = []
    for element in hidden.elements(sheet, b"mergeCell", "row", "mergeCell"):
        if element.tag.endswith("}mergeCell") and (match := _REF.fullmatch(element.get("ref", ""))):
            found.append(_range(match))
            if len(found) > grid.MOST_COPIES:
                raise Unfit(Reason.TOO_LARGE, f"a sheet of more than {grid.MOST_COPIES:,} merged ranges")
    return sorted(found, key=lambda one: one.top)


def _range(match: re.Match[str]) -> Range:
    return Range(int(match[2]), _number(match[1]), int(match[4]), _number(match[3]))


def _number(letters: str) -> int:
    """Of a column: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def spread(
    lines: Lines, ranges: Sequence[Range], columns: Sequence[int], hidden: frozenset[int], heads: bool
) -> Iterator[Line]:
    """The lines of a sheet by number, but for `hidden` ones, in the shown `columns`, and in all that is shown of a
    range its value: as on the screen, where a range is read even if its first row or column is hidden. With `heads`
    two rows of names are one, as in `grid.spread`.
    """
    shown = [number for number, line in enumerate(lines, 1) if number not in hidden and _end(line)]
    cells = _cells(lines, ranges, shown, columns)
    return zip(shown, grid.spread(cells) if heads else grid.each(cells, len(columns)), strict=True)


def width(lines: Iterable[Sequence[object]]) -> int:
    """The last column of a sheet in which something stands."""
    return max(map(_end, lines), default=0)


def _end(line: Sequence[object]) -> int:
    return next((column for column in range(len(line), 0, -1) if line[column - 1] not in (None, "")), 0)


def _cells(
    lines: Lines, ranges: Sequence[Range], shown: Sequence[int], columns: Sequence[int]
) -> Iterator[list[grid.Cell]]:
    last = max(columns, default=0)
    waiting = deque(one for one in ranges if one.left <= last)
    reaching: list[Range] = []
    begun: set[Range] = set()
    copies = 0
    for number in shown:
        while waiting and waiting[0].top <= number:
            reaching.append(waiting.popleft())
        reaching = [one for one in reaching if one.bottom >= number]
        copies += sum(min(one.right, last) - one.left + 1 for one in reaching)
        grid.check(copies)
        covered = {column: one for one in reaching for column in range(one.left, min(one.right, last) + 1)}
        yield list(_row(lines, number, covered, columns, begun))
        begun.update(covered.values())


def _row(
    lines: Lines, number: int, covered: Mapping[int, Range], columns: Sequence[int], begun: set[Range]
) -> Iterator[grid.Cell]:
    """As long as what stands in it: a row that is longer than the header is to be seen as such."""
    end = max(_end(lines[number - 1]), max(covered, default=0))
    before: Range | None = None
    for column in columns[: bisect_right(columns, end)]:
        one = covered.get(column)
        value = _value(lines, one.top, one.left) if one else _value(lines, number, column)
        begins = one is None or (one is not before and one not in begun)
        yield grid.Cell(value, joined="" if begins else "left" if one is before else "above")
        before = one


def _value(lines: Lines, row: int, column: int) -> object:
    line = lines[row - 1] if 0 < row <= len(lines) else ()
    return line[column - 1] if column <= len(line) else None
