"""Records as pages that a person reads: titled sections of aligned lines, nothing of it hidden control characters."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from registry.counted import counted
from registry.pages.labels import label, visible
from registry.record import Record
from registry.records import Adapter, Base, Rejected, Release, Table

_MOST = 12
_MOST_LEFT_OUT = 20
_NARROWEST = 60


@dataclass(frozen=True)
class Section:
    """Lines of one to a few cells; the last cell may be long."""

    title: str
    rows: tuple[tuple[str, ...], ...]


def printed(sections: Sequence[Section]) -> Iterator[str]:
    """The page line by line; on a terminal, folded to its width."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for number, section in enumerate(one for one in sections if one.rows):
        if number:
            yield ""
        if section.title:
            yield visible(section.title)
        yield from _aligned(section.rows, width)


def _aligned(rows: Sequence[tuple[str, ...]], width: int | None) -> Iterator[str]:
    cells = [tuple(visible(cell) for cell in row) for row in rows]
    columns = max(len(row) for row in cells)
    widths = [max((len(row[n]) for row in cells if len(row) > n + 1), default=0) for n in range(columns)]
    for row in cells:
        lead = "  " + "".join(f"{cell:<{widths[n] + 2}}" for n, cell in enumerate(row[:-1]))
        yield from _folded(lead, row[-1], width)


def _folded(lead: str, text: str, width: int | None) -> Iterator[str]:
    if width is None or len(lead) + len(text) <= width:
        yield (lead + text).rstrip()
        return
    hanging = " " * len(lead)
    yield from textwrap.wrap(text, max(width, len(lead) + _NARROWEST), initial_indent=lead, subsequent_indent=hanging)


def page(record: Record) -> Section:
    """A record in one line, its digest, and what it holds."""
    rows = (("digest", record.digest), *fields(record, leave_out=("approvals", "figures")))
    if isinstance(record, Release):
        rows += (("approvals", f"{len(record.approvals)} signed; whose: muniment show --at TIME {record.alias}"),)
    return Section(f"{record.kind}: {label(record)}", rows)


def left_out(record: Record) -> Section:
    """The first that a record says were refused or set aside, with place and reason; how many more there are."""
    held = (getattr(record, name) for name in type(record).model_fields)
    found = [one for value in held if isinstance(value, tuple) for one in value if isinstance(one, Rejected)]
    rows: list[tuple[str, ...]] = [(one.place, one.reason.value, one.detail) for one in found[:_MOST_LEFT_OUT]]
    if len(found) > _MOST_LEFT_OUT:
        rows.append((f"and {len(found) - _MOST_LEFT_OUT} more: --json names all",))
    return Section("left out", tuple(rows))


def fields(record: Record, leave_out: Sequence[str] = ()) -> tuple[tuple[str, ...], ...]:
    """Every field of a record, large ones by their counts."""
    values = ((name, getattr(record, name)) for name in type(record).model_fields if name not in leave_out)
    return tuple((name.replace("_", " "), told) for name, value in values if (told := text_of(value)))


def text_of(value: object) -> str:  # noqa: PLR0911 - one shape a line
    """A value in one line: tables and long lists by what they count."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case Table():
            return f"{counted(value.rows, 'row')}, artifact {value.artifact[:12]}"
        case Mapping():
            return ", ".join(f"{name} {text_of(inner)}" for name, inner in sorted(value.items()))
        case tuple() if value and all(isinstance(one, Rejected) for one in value):
            return f"{len(value)}: " + text_of(Counter(str(one.reason) for one in value))
        case tuple():
            more = f", … {len(value) - _MOST} more" if len(value) > _MOST else ""
            return ", ".join(text_of(one) for one in value[:_MOST]) + more
        case Adapter() | Base():
            return f"{label(value)} {value.digest[:12]}"
        case Record():
            return "; ".join(f"{row[0]} {row[1]}" for row in fields(value))
        case _:
            return str(value)
