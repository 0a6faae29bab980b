"""Tables as text: each cell stands behind its column's name, so that a reader of one line, person or
scrubber, still knows what a number is."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain, islice

from flows.ingest import plain
from flows.ingest.reading import Unfit
from governance.pii.words.labels import label
from registry.records import Reason

_MAX_CELL = 131_072
_MAX_CELLS = 2_000_000
_SAMPLE_ROWS = 60
"""So many rows say whether a table is a form, and which of them is its header."""
_LEAST_FORM_ROWS = 2
_LEAST_NAMES = 2
_END = "\x1e"
"""Behind the last line; no visible text holds it."""
_SEPARATORS = ",;\t|"
_NAMED = re.compile(rf"sep=([{_SEPARATORS}])(?=\n|$)")
_ROWS = re.compile(r"[^\t\n]\t")
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"\d[\d.,]*")
_YEAR = re.compile(r"(?:19|20)\d\d")
_DATE = re.compile(
    r"\d{1,4}([./-])\d{1,2}\1\d{1,4}|\d{1,2}\.?\s[^\W\d]{3,12}\.?,?\s\d{4}|[^\W\d]{3,12}\.?\s\d{1,2},?\s\d{4}"
)


def read_csv(data: bytes) -> str:
    """CSV, TSV and semicolon files as `header: value` lines."""
    return render(values for _, values in lines(data))


def lines(data: bytes, is_header: Callable[[Sequence[str]], bool] | None = None) -> Iterator[tuple[int, Sequence[str]]]:
    """Each record with the number of the line it begins in. Raises Unfit.

    `is_header` knows the first line of a table of rows, whatever signs stand in the cells below it. How a cell is
    quoted is not guessed: apostrophes of a text would be taken for it. Between tabs, a cell of lines in which a tab
    stands behind a word is rows between two stray marks.
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
            if delimiter == "\t" and any("\n" in cell and _ROWS.search(cell) for cell in record):
                raise Unfit(Reason.CORRUPT, f"a quotation mark in the row of line {number} makes a cell of other rows")
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
    """One line a row, behind the names of its columns where a row says them: see `_header`.

    A form, whose rows are a label and its value, has none.
    """
    lines: list[str] = []
    cells = 0
    cleaned = ([_cell(value) for value in row] for row in rows)
    first = list(islice(cleaned, _SAMPLE_ROWS))
    form = _is_form(first)
    between, named = (": ", None) if form else (" | ", _header(first))
    header: Sequence[str] = ()
    for number, values in enumerate(chain(first, cleaned)):
        cells += len(values)
        if cells > _MAX_CELLS:
            raise Unfit(Reason.TOO_LARGE, f"a table of more than {_MAX_CELLS:,} cells")
        if number == named:
            header = values
            lines.append(" | ".join(value for value in values if value))
        elif any(values):
            lines.append(_line(values, header, between))
    return "\n".join(lines)


def _line(values: Sequence[str], header: Sequence[str], between: str) -> str:
    """The filled cells behind their names. An empty one is told as well where a later one bears the same name."""
    if not header:
        return between.join(value for value in values if value)
    names = [*header, *[""] * (len(values) - len(header))]
    known = frozenset(names)
    pairs = [(name, _parted(value, known)) for name, value in zip(names, values, strict=False)]
    last = {name: place for place, (name, value) in enumerate(pairs) if name and value}
    said = [pair for place, pair in enumerate(pairs) if pair[1] or last.get(pair[0], -1) > place]
    return "; ".join(f"{name}: {value}" if name else _nameless(value) for name, value in said).removeprefix("; ")


def _nameless(value: str) -> str:
    """Behind one more semicolon where it looks named, as what goes on with the cell before would."""
    return f"; {value}" if ": " in value else value


def _parted(value: str, names: Collection[str]) -> str:
    """A blank before a semicolon that a column's name follows: `; Fee: ` begins the cell of that column."""
    if "; " not in value:
        return value
    first, *others = value.split("; ")
    escaped = (f"{' ' if ': ' in part and part.split(': ', 1)[0] in names else ''}; {part}" for part in others)
    return first + "".join(escaped)


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


def _header(rows: Sequence[Sequence[str]]) -> int | None:
    """Which row names the columns: the first that is as wide as the table, if what stands in it is no data.

    Narrower rows above it are titles, and so is one that only counts the columns. Where the first wide row is data, or
    where the row above it has labels only, that row may be a header that leaves a column unnamed.
    """
    filled = [sum(map(bool, row)) for row in rows]
    widths = sorted(width for width in filled if width >= _LEAST_NAMES)
    width = widths[len(widths) // 2] if widths else 0
    start = next((n for n, row in enumerate(rows) if _is_wide(row, width) and not _counts(row)), None)
    if start is None:
        return None
    above = max((number for number in range(start) if filled[number]), default=start)
    if 2 * filled[above] > width and _names(rows, above):
        labelled = all(label(value) for value in rows[above] if value)
        return above if labelled or not _names(rows, start) else start
    return start if _names(rows, start) else None


def _is_wide(row: Sequence[str], width: int) -> bool:
    """Whether it fills the table's columns, but for the corner above the names of the rows, or one of four and more."""
    filled = sum(map(bool, row))
    return filled >= _LEAST_NAMES and filled + (not row[0] or filled > _LEAST_NAMES) >= width


def _counts(row: Sequence[str]) -> bool:
    filled = [value for value in row if value]
    return any(filled == [str(number) for number in range(first, first + len(filled))] for first in (0, 1))


def _names(rows: Sequence[Sequence[str]], number: int) -> bool:
    """Whether the row may name columns. A number does not; a year, a date or `30 days` does, unless that is what
    stands below it as well."""
    named = {place: value for place, value in enumerate(rows[number]) if value}
    if len(named) < _LEAST_NAMES or any(_is_number(value) and not _is_time(value) for value in named.values()):
        return False
    counted = {place: value for place, value in named.items() if _DIGIT.search(value)}
    return not any(_is_one_of(value, place, rows[number + 1 :]) for place, value in counted.items())


def _is_one_of(value: str, place: int, rows: Sequence[Sequence[str]]) -> bool:
    """Whether half of what stands in its column or more is of its kind."""
    kind, below = _kind(value), [row[place] for row in rows if place < len(row) and row[place]]
    alike = sum(_kind(other) == kind for other in below)
    return alike > 0 and 2 * alike >= len(below)


def _kind(value: str) -> str:
    """Of a cell with a digit, what it is but for its numbers: `30 days` and `1 day` are of one kind."""
    if _YEAR.fullmatch(value):
        return "a year"
    return "a date" if _DATE.fullmatch(value) else _NUMBER.sub("0", value.casefold()).removesuffix("s")


def _is_time(value: str) -> bool:
    return bool(_YEAR.fullmatch(value) or _DATE.fullmatch(value))


def _is_number(value: str) -> bool:
    return value.strip("%$€£()- ").replace(",", "").replace(".", "").isdigit()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return " ".join(str(value).split())
