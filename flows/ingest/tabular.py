"""Tables as text: each cell stands behind its column's name, so that a reader of one line, person or
scrubber, still knows what a number is."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from flows.ingest import plain
from flows.ingest.reading import Unfit
from registry.records import Reason

_MAX_CELL = 131_072
_MAX_CELLS = 2_000_000


def read_csv(data: bytes) -> str:
    """CSV, TSV and semicolon files as `header: value` lines."""
    return render(values for _, values in lines(data))


def lines(data: bytes) -> Iterator[tuple[int, Sequence[str]]]:
    """Each record with the number of the line it begins in. Raises Unfit."""
    text = plain.read(data)
    csv.field_size_limit(_MAX_CELL)
    try:
        dialect: type[csv.Dialect] = csv.Sniffer().sniff(text[:8192], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    reader = csv.reader(io.StringIO(text), dialect)
    number = 1
    try:
        for record in reader:
            yield number, record
            number = reader.line_num + 1
    except csv.Error as error:
        raise Unfit(Reason.CORRUPT, f"not a table: {error}") from error


def render(rows: Iterable[Sequence[object]]) -> str:
    """One line a row. The first row with two filled cells or more, none of them a number, is the header."""
    lines: list[str] = []
    header: list[str] | None = None
    cells = 0
    for row in rows:
        values = [_cell(value) for value in row]
        cells += len(values)
        if cells > _MAX_CELLS:
            raise Unfit(Reason.TOO_LARGE, f"a table of more than {_MAX_CELLS:,} cells")
        if not any(values):
            continue
        if header is None and _is_header(values):
            header = values
            lines.append(" | ".join(value for value in values if value))
        else:
            lines.append(_line(values, header or []))
    return "\n".join(lines)


def _line(values: Sequence[str], header: Sequence[str]) -> str:
    if not header:
        return " | ".join(value for value in values if value)
    names = [*header, *[""] * (len(values) - len(header))]
    pairs = zip(names, values, strict=False)
    return "; ".join(f"{name}: {value}" if name else value for name, value in pairs if value)


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
