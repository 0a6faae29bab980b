"""Cells of a line, by their delimiter, and what the header of a column says of the values below it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from governance.pii.cells.values import people, value_end
from governance.pii.text.spans import Span
from governance.pii.words.labels import Label, label

SCORE = 0.86
VAGUE_SCORE = 0.6
"""Of an address without a number, which may as well be the name of who lives there."""
MAX_LINE = 4_000
_CELLS = {
    "|": re.compile(r"(?:^|\|)(?P<cell>[^|\n]*)"),
    "\t": re.compile(r"(?:^|\t)(?P<cell>[^\t\n]*)"),
    ";": re.compile(r"(?:^|;)(?P<cell> ?\"(?:[^\"]|\"\")*\" ?(?=[;\r\n]|$)|[^;\n]*)"),
    ",": re.compile(r"(?:^|,)(?P<cell> ?\"(?:[^\"]|\"\")*\" ?(?=[,\r\n]|$)|[^,\n]*)"),
    "  ": re.compile(r"(?:^| {2,})(?P<cell>\S+(?: \S+)*)"),
}
RULER = re.compile(r"[\s|:+=_-]*")
_OPENED = re.compile(r"(?:^|[,;]) ?\"(?:[^\"]|\"\")*$")
_CLOSES = re.compile(r"(?:[^\"]|\"\")*\"[ \r]*(?:[,;]|$)")
_MOST_LINES = 40
"""Of a record: a quote that is never closed is of its own line."""
_OUTER = " \t\r\"'*_`>"
Lines = Sequence[tuple[int, str]]
"""Lines of a document, each with the offset at which it starts."""


@dataclass(frozen=True)
class Cell:
    """The stripped text of a cell and where it starts in the document."""

    start: int
    text: str

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def lines_of(text: str) -> Lines:
    lines, position = [], 0
    for line in text.split("\n"):
        lines.append((position, line))
        position += len(line) + 1
    return lines


def records_of(text: str) -> Lines:
    """Lines; a record of a table one of whose quoted cells goes over several lines (RFC 4180) is one."""
    lines = lines_of(text)
    if '"' not in text:
        return lines
    found, number = [], 0
    while number < len(lines):
        last = _last_line(lines, number)
        start, (end, line) = lines[number][0], lines[last]
        found.append((start, text[start : end + len(line)]))
        number = last + 1
    return found


def _last_line(lines: Lines, first: int) -> int:
    """The number of the line on which the record ends that begins on the line `first`."""
    start, line = lines[first]
    if line.count('"') % 2 and len(line) <= MAX_LINE and _OPENED.search(line):
        for number in range(first + 1, min(first + _MOST_LINES, len(lines))):
            offset, more = lines[number]
            if offset + len(more) - start > MAX_LINE:
                break
            if more.count('"') % 2:
                return number if _CLOSES.match(more) else first
    return first


def cells(line: str, delimiter: str, offset: int) -> list[Cell]:
    """The cells of one line that stands at `offset`; the empty ones before and after outer bars are dropped."""
    found = [(m.start("cell"), m.group("cell")) for m in _CELLS[delimiter].finditer(line)]
    if delimiter == "|" and found and not found[0][1].strip():
        found = found[1:]
    if delimiter == "|" and found and not found[-1][1].strip():
        found = found[:-1]
    return [stripped(text, offset + start) for start, text in found]


def stripped(text: str, start: int) -> Cell:
    """Without the quotes, marks of emphasis and blanks around it."""
    inner = text.lstrip(_OUTER)
    return Cell(start + len(text) - len(inner), inner.rstrip(_OUTER))


def header(
    line: str, delimiters: Iterable[str] = _CELLS, least: int = 2
) -> tuple[str, tuple[Label | None, ...]] | None:
    """The delimiter and the labels of a line that names columns: `least` known ones, one of which types."""
    for delimiter in delimiters:
        if delimiter not in line:
            continue
        names = [cell.text for cell in cells(line, delimiter, 0)]
        found = [label(name) for name in names]
        known = [one for one in found if one is not None]
        if len(known) >= least and any(one.strength == "sure" for one in known) and _only_names(names):
            return delimiter, tuple(_in_form(one) for one in found)
    return None


def _only_names(names: Sequence[str]) -> bool:
    """The number of a row (`#`), a share (`%`) and a year head columns too."""
    return all(len(name) <= 60 and (any(map(str.isalpha, name)) or not any(map(str.isdigit, name)) or _is_year(name))
               for name in names)  # fmt: skip


def _is_year(name: str) -> bool:
    return name.isdigit() and len(name) == 4 and name[:2] in ("19", "20")


def _in_form(one: Label | None) -> Label | None:
    """Beside others, a role or a bare `Name` is as good as any label whose value looks like a name."""
    return one and (one if one.strength == "sure" else Label(one.type, "in_context"))


def typed(cell: Cell, one: Label) -> Iterator[Span]:
    """The cell, its beginning or each of the people in it, as spans of its label's type; nothing if it can't be."""
    for start, limit in people(cell.text) if one.type == "PERSON" else [(0, len(cell.text))]:
        length = value_end(one.type, one.strength, cell.text[start:limit])
        if length:
            value = cell.text[start : start + length]
            vague = one.type == "STREET_ADDRESS" and not any(c.isdigit() for c in value)
            at = cell.start + start
            yield Span(at, at + length, one.type, VAGUE_SCORE if vague else SCORE)
