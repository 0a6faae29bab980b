"""Tables as text: each cell stands behind its column's name, so that a reader of one line, person or
scrubber, still knows what a number is."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice

from flows.ingest import plain
from flows.ingest.reading import Unfit
from governance.pii.labels import label
from registry.records import Reason

_MAX_CELL = 131_072
_MAX_CELLS = 2_000_000
_FORM_ROWS = 60
"""So many rows say whether a table is a form."""
_LEAST_FORM_ROWS = 2
_END = "\x1e"
"""Behind the last line; no visible text holds it."""
_SEPARATORS = ",;\t|"
_NAMED = re.compile(rf"sep=([{_SEPARATORS}])(?=\n|$)")


def read_csv(data: bytes) -> str:
    """CSV, TSV and semicolon files as `header: value` lines."""
    return render(values for _, values in lines(data))


def lines(data: bytes, is_header: Callable[[Sequence[str]], bool] | None = None) -> Iterator[tuple[int, Sequence[str]]]:
    """Each record with the number of the line it begins in. Raises Unfit.

    `is_header` knows the first line of a table of rows, whatever signs stand in the cells below it. How a cell is
    quoted is not guessed: apostrophes of a text would be taken for it.
    """
    text = plain.visible(plain.sound(data).replace("\r\n", "\n").replace("\r", "\n"))
    csv.field_size_limit(_MAX_CELL)
    delimiter, spaced = _separator(text, is_header)
    reader = csv.reader(chain(io.StringIO(text), [_END]), delimiter=delimiter, skipinitialspace=spaced)
    number = 1
    try:
        for record in reader:
            if record == [_END]:
                return
            if record and record[-1].endswith(_END):
                raise Unfit(Reason.CORRUPT, f"a quotation mark that opens in the row of line {number} is never closed")
            if number > 1 or not _NAMED.match(text):
                yield number, record
            number = reader.line_num + 1
    except csv.Error as error:
        raise Unfit(Reason.CORRUPT, f"not a table: {error}") from error


def _separator(text: str, is_header: Callable[[Sequence[str]], bool] | None) -> tuple[str, bool]:
    """What stands between cells, and whether blanks follow it: as Excel's first line names it, or as it looks."""
    if named := _NAMED.match(text):
        return named[1], False
    try:
        dialect = csv.Sniffer().sniff(text[:8192], delimiters=_SEPARATORS)
        seen = dialect.delimiter, bool(dialect.skipinitialspace)
    except csv.Error:
        seen = ",", False
    for delimiter in (seen[0], *_SEPARATORS) if is_header else ():
        header = _first(text, delimiter)
        if len(header) > 1 and is_header and is_header(header):
            return seen if delimiter == seen[0] else (delimiter, all(cell.startswith(" ") for cell in header[1:]))
    return seen


def _first(text: str, delimiter: str) -> Sequence[str]:
    """The first record in which something stands."""
    records = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        return next((record for record in records if any(cell.strip() for cell in record)), [])
    except csv.Error:
        return []


def render(rows: Iterable[Sequence[object]]) -> str:
    """One line a row. The first row with two filled cells or more, none of them a number, is the header.

    A form, whose rows are a label and its value, has none.
    """
    lines: list[str] = []
    cells = 0
    cleaned = ([_cell(value) for value in row] for row in rows)
    first = list(islice(cleaned, _FORM_ROWS))
    between = ": " if _is_form(first) else " | "
    header: list[str] | None = [] if between == ": " else None
    for values in chain(first, cleaned):
        cells += len(values)
        if cells > _MAX_CELLS:
            raise Unfit(Reason.TOO_LARGE, f"a table of more than {_MAX_CELLS:,} cells")
        if not any(values):
            continue
        if header is None and _is_header(values):
            header = values
            lines.append(" | ".join(value for value in values if value))
        else:
            lines.append(_line(values, header or [], between))
    return "\n".join(lines)


def _line(values: Sequence[str], header: Sequence[str], between: str) -> str:
    if not header:
        return between.join(value for value in values if value)
    names = [*header, *[""] * (len(values) - len(header))]
    pairs = zip(names, values, strict=False)
    return "; ".join(f"{name}: {value}" if name else value for name, value in pairs if value)


def _is_form(rows: Sequence[Sequence[str]]) -> bool:
    """Rows of two cells, of which the first are labels of personal details and the second are not: `DOB | 4 July 1983`.

    Under a header `Name | Anna Roe` the birthday in the next row would stand behind her name and not behind its label.
    """
    filled = [[value for value in row if value] for row in rows if any(row)]
    if len(filled) < _LEAST_FORM_ROWS or any(len(row) > 2 for row in filled):
        return False
    pairs = [row for row in filled if len(row) == 2]
    labelled = [row for row in pairs if label(row[0].rstrip(": ")) and not label(row[1])]
    return len(labelled) >= _LEAST_FORM_ROWS and filled[0] in labelled and 2 * len(labelled) > len(filled)


def _is_header(values: Sequence[str]) -> bool:
    filled = [value for value in values if value]
    return len(filled) >= 2 and not any(_is_number(value) for value in filled)


def _is_number(value: str) -> bool:
    return value.strip("%$€£()- ").replace(",", "").replace(".", "").isdigit()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return " ".join(str(value).split())
