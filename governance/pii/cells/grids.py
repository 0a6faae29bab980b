"""Which lines of a text are rows of a table, and where their cells end: no finding goes over the end of a cell.

Raw CSV and TSV are read so, tables of bars and columns set apart by spaces. A line is a row where a header of known
labels stands above it, where its neighbour has as many cells, or where it has so many that it can be nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from governance.pii.cells import named_columns
from governance.pii.cells.tables import MAX_LINE, RULER, Cell, Lines, cells, header, records_of, typed
from governance.pii.text.spans import NOWHERE, Range, Ranges, Span
from governance.pii.words.labels import Label, label

_MARKS = "|\t;,"
_TOGETHER = {"|": 2, "\t": 2, ";": 3, ",": 3}
"""By delimiter, how many cells two lines must have to be rows of one table."""
_ALONE = {"|": 3, "\t": 8, ";": 4, ",": 4}
"""And how many a line that stands alone; a number may be set in groups by tabs."""
_FORM_CELLS = 2
"""Lines of two cells are more often label and value."""
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_QUANTITY = re.compile(
    r"[-+(]?(?:0|[1-9]\d{0,5}|[1-9]\d{0,14}[.,]\d{1,4}|[1-9]\d{0,2}(?:[,.' ]\d{3}){1,4}(?:[.,]\d{1,4})?) ?%?\)?"
)
"""A quantity: too short for a number that is somebody's, or with decimals."""


@dataclass(frozen=True)
class Row:
    """The cells of a line with the labels of their columns, if any; `heads` of the line that names the columns."""

    cells: tuple[Cell, ...]
    delimiter: str
    labels: tuple[Label | None, ...] = ()
    heads: bool = False


@dataclass(frozen=True)
class Grid:
    """Places in a text: between cells, of header lines, and of cells that are nothing but a quantity."""

    rows: tuple[Row, ...] = ()
    borders: Ranges = NOWHERE
    heads: Ranges = NOWHERE
    quantities: Sequence[Range] = ()
    typed: Sequence[Span] = ()
    """Cells whose column says what they are."""

    def cells(self, start: int, end: int) -> Iterator[Cell]:
        """Those that text[start:end] meets."""
        for row in self.rows:
            if row.cells[0].start < end and start < row.cells[-1].end:
                yield from (cell for cell in row.cells if cell.start < end and start < cell.end)

    def is_row(self, start: int, end: int) -> bool:
        """Whether text[start:end] is all that stands in one row of bars."""
        return any(
            (row.delimiter, row.cells[0].start, row.cells[-1].end) == ("|", start, end) for row in self.rows
        )


EMPTY = Grid()


def grid(text: str) -> Grid:
    """The tables in `text`."""
    if not any(mark in text for mark in (*_MARKS, "  ")):
        return EMPTY
    rows = tuple(_with_people(list(_rows(records_of(text)))))
    each = [cell for row in rows if not row.heads for cell in row.cells]
    return Grid(
        rows,
        Ranges([(left.end, right.start) for row in rows for left, right in pairwise(row.cells)]),
        Ranges([(row.cells[0].start, row.cells[-1].end) for row in rows if row.heads]),
        [(cell.start, cell.end) for cell in each if _QUANTITY.fullmatch(cell.text)],
        [span for row in rows for span in _typed(row)],
    )


def _with_people(rows: Sequence[Row]) -> Iterator[Row]:
    """`rows` with PERSON over the columns that hold names and have no known header."""
    for _, group in groupby(rows, key=lambda row: (row.heads, row.delimiter, len(row.cells), row.labels)):
        table = list(group)
        named = named_columns.named([row.cells for row in table]) if not table[0].heads else ()
        known = table[0].labels or (None,) * len(named)
        labels = tuple(one or other for one, other in zip(known, named, strict=False)) or table[0].labels
        if any(named) and not table[0].labels and named_columns.heads(table[0].cells, named):
            yield table.pop(0)
        yield from (replace(row, labels=labels) for row in table)


def _typed(row: Row) -> Iterator[Span]:
    for cell, one in zip(row.cells, row.labels, strict=False):
        if one is not None and one.type:
            yield from typed(cell, one)


def spread(text: str, table: Grid) -> str:
    """`text` with a tab for each delimiter of a row: the tagger knows that from forms, and no tab is part of a word."""
    if not table.rows:
        return text
    signs = list(text)
    for row in table.rows:
        for left, right in pairwise(row.cells):
            signs[text.index(row.delimiter, left.end, right.start)] = "\t"
    return "".join(signs)


def _rows(lines: Lines) -> Iterator[Row]:
    """In order. A header reaches down to the next empty line."""
    alike = _alike(lines)
    delimiter, labels = "", tuple[Label | None, ...]()
    for number, (offset, line) in enumerate(lines):
        if not line.strip():
            labels = ()
        elif len(line) <= MAX_LINE and not RULER.fullmatch(line):
            opened = header(line) or (None if labels else _lone(lines, number, alike))
            if opened is not None:
                delimiter, labels = opened
                values = _below(delimiter, len(labels), lines[number + 1 : number + 4])
                labels = () if any(map(_is_label, values)) else labels
                yield Row(tuple(cells(line, delimiter, offset)), delimiter, heads=bool(labels and values))
            elif len(row := cells(line, delimiter, offset) if labels else ()) == len(labels) > 0:
                yield Row(tuple(row), delimiter, labels)
            elif number in alike:
                yield Row(tuple(cells(line, alike[number], offset)), alike[number])


def _lone(lines: Lines, number: int, alike: Mapping[int, str]) -> tuple[str, tuple[Label | None, ...]] | None:
    """A header with one known name, which is enough at the top of a drawn table or of three columns and more."""
    line, next_line = lines[number][1], lines[number + 1][1] if number + 1 < len(lines) else ""
    drawn = "|" in line and "-" in next_line and RULER.fullmatch(next_line) is not None
    delimiter = "|" if drawn else alike.get(number)
    if delimiter is None or number - 1 in alike or any(map(str.isdigit, line)):
        return None
    opened = header(line, (delimiter,), 1) or _of_roles(line, delimiter, lines[number + 1 : number + 4])
    if opened is None or not _below(delimiter, len(opened[1]), lines[number + 1 : number + 4]):
        return None
    row = cells(line, delimiter, 0)
    return opened if drawn or (len(row) > _FORM_CELLS and not named_columns.in_a_form(row)) else None


def _of_roles(line: str, delimiter: str, lines: Lines) -> tuple[str, tuple[Label | None, ...]] | None:
    """`employee;manager;unit` with a name known by the lists under one of the roles, and under each what may be one."""
    labels = [label(cell.text) for cell in cells(line, delimiter, 0)]
    roles = [n for n, one in enumerate(labels) if one is not None and (one.type, one.strength) == ("PERSON", "likely")]
    rows = [row for _, below in lines if len(row := cells(below, delimiter, 0)) == len(labels)]
    under = [row[n] for row in rows for n in roles]
    if not under or not named_columns.of_people(under):
        return None
    return delimiter, tuple(Label("PERSON", "in_context") if n in roles else None for n in range(len(labels)))


def _below(delimiter: str, width: int, lines: Lines) -> list[Cell]:
    """The cells of the next row, if it has as many. Where labels are among them, this line is one of a form."""
    rows = [cells(line, delimiter, 0) for _, line in lines if line.strip() and not RULER.fullmatch(line)]
    return rows[0] if rows and len(rows[0]) == width else []


def _is_label(cell: Cell) -> bool:
    one = label(cell.text)
    return one is not None and one.strength == "sure" and bool(one.type)


def _alike(lines: Lines) -> dict[int, str]:
    """Line numbers of rows that no header types, with their delimiters."""
    found: dict[int, str] = {}
    for shape, group in groupby(range(len(lines)), key=lambda number: _shape(lines[number][1])):
        if shape is not None:
            numbers, (delimiter, width) = list(group), shape
            if width >= (_TOGETHER if len(numbers) > 1 else _ALONE)[delimiter]:
                found.update(dict.fromkeys(numbers, delimiter))
    return found


def _shape(line: str) -> tuple[str, int] | None:
    """The delimiter and the number of cells; commas and semicolons of prose have a space behind them."""
    if len(line) > MAX_LINE:
        return None
    bare = _QUOTED.sub("", line) if '"' in line else line
    found = next((mark for mark in _MARKS if mark in bare), "")
    if not found or f"{found} " in bare.replace("| ", "|").replace("\t ", "\t") or '":' in line:
        return None
    if found == "," and "," not in _THOUSANDS.sub("", bare):
        return None
    row = cells(line, found, 0)
    return (found, len(row)) if sum(any(map(str.isalnum, cell.text)) for cell in row) > 1 else None
