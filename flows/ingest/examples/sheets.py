"""Tables whose lines are rows to learn from: by a column map, or by headers that are a shape's own field names.

Every line is a unit or is refused by its number in the file; cells keep their line breaks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from flows.ingest import tabular
from flows.ingest.examples import rows
from flows.ingest.office import ooxml
from flows.ingest.examples.labels import JUDGED, LABELS, OF_A_SCALE, Row, grade, is_score, rating, scaled
from flows.ingest.reading import Reading, Refusal, Unfit, Unit
from flows.ingest.examples.shapes import BETTER, ROW_FIELDS, WORSE, shape_of
from flows.ingest.examples.turns import Malformed
from registry.records import Reason

TABLES = frozenset((".csv", ".tsv", ".xlsx"))
_OWN = rows.PROVENANCE.union(LABELS, JUDGED, WORSE, {BETTER})
_READ = ROW_FIELDS | _OWN | {"system", "context"}
_ERROR = re.compile("#[¡¿]?[A-ZÀ-Ý]+(?:/0)?[!?]|#N/?[A-Z]")
"""What a formula leaves that failed, in the languages of spreadsheets."""
Line = tuple[int, Sequence[object]]


def read_rows(data: bytes, suffix: str, columns: Mapping[str, str]) -> Reading | None:
    """The lines as rows, or None for a table that is only text. `columns` is header by field name.

    A table that has none of the columns that make a row is read as if none were mapped. Raises Unfit for what is no
    table, and for one that has only some of them.
    """
    if suffix == ".xlsx":
        sheets = [list(lines) for _, lines in ooxml.sheets(data)]
    else:
        sheets = [list(tabular.lines(data, lambda header: bool(_fields(header, columns))))]
    sheets = [[line for line in lines if any(map(_cell, line[1]))] for lines in sheets]
    fields = [_fields(lines[0][1], columns) if lines else {} for lines in sheets]
    if not any(fields):
        if lacking := sorted({name for lines in sheets if lines for name in _lacking(lines[0][1], columns)}):
            raise Unfit(Reason.UNSUPPORTED, f"a table of rows that lacks the columns {', '.join(lacking)}")
        return None
    if suffix == ".xlsx":
        _refuse_veiled(data, sheets, fields, columns)
    graded = any(scaled(_grades(lines[1:], of)) for lines, of in zip(sheets, fields, strict=True))
    read = [_sheet(lines, of, graded) for lines, of in zip(sheets, fields, strict=True)]
    return read[0] if len(read) == 1 else _joined(read, [lines[-1][0] if lines else 0 for lines in sheets])


def _fields(header: Sequence[object], columns: Mapping[str, str]) -> dict[str, int]:
    """Column number by field name; empty where the line is no header of rows.

    Beside mapped columns, those that bear the name of a label, of a worse answer, of a pair's scores, of what may
    reject an answer, or of what tells where a row comes from count as well.
    Raises Unfit where two columns bear the name of one field: nobody knows which is meant.
    """
    known = list(map(_named, header))
    if columns and all(_named(column) in known for column in columns.values()):
        mapped = {field: _only(known, _named(column)) for field, column in columns.items()}
        unmapped = [name for place, name in enumerate(known) if place not in mapped.values()]
        own = [name for name in unmapped if name in _OWN or is_score(name)]
        return {name: _only(known, name) for name in own} | mapped
    shape = shape_of(dict.fromkeys(filter(None, known), True))
    if shape is None or shape.name == "text":
        return {}
    return {name: _only(known, name) if name in ROW_FIELDS | _OWN else known.index(name) for name in known if name}


def _refuse_veiled(
    data: bytes, sheets: Sequence[Sequence[Line]], fields: Sequence[Mapping[str, int]], columns: Mapping[str, str]
) -> None:
    """Raises Unfit for a hidden column that says something of the rows: without their labels dislikes are learnt."""
    counted = _READ.union(map(_named, columns.values()))
    for lines, of, (_, veiled) in zip(sheets, fields, ooxml.sheets(data, veiled=True), strict=True):
        if not of:
            continue
        number, shown = lines[0]
        whole = next((header for place, header in veiled if place == number), ())
        if kept := sorted(counted.intersection(map(_named, whole)).difference(map(_named, shown))):
            detail = f"a table of rows with a hidden column named {kept[0]}: show it, or delete it"
            raise Unfit(Reason.UNSUPPORTED, detail)


def _only(names: Sequence[str], name: str) -> int:
    if names.count(name) > 1:
        raise Unfit(Reason.UNSUPPORTED, f"a table of rows with {names.count(name)} columns named {name}")
    return names.index(name)


def _lacking(header: Sequence[object], columns: Mapping[str, str]) -> list[str]:
    """The mapped columns that are missing where one that makes a row is there: a header misspelt, not another table."""
    there = set(map(_named, header))
    concerned = any(field in ROW_FIELDS and _named(column) in there for field, column in columns.items())
    return [column for column in columns.values() if concerned and _named(column) not in there]


def _grades(lines: Sequence[Line], fields: Mapping[str, int]) -> Iterator[float]:
    """The labels that are numbers: what a 1 means is said by all sheets together."""
    places = [fields[name] for name in LABELS if name in fields]
    cells = (_cell(values[place]) for _, values in lines for place in places if place < len(values))
    return (found for cell in cells if (found := grade(cell)) is not None)


def _sheet(lines: Sequence[Line], fields: Mapping[str, int], graded: bool) -> Reading:
    if lines and not fields:
        detail = "a sheet without the columns of the others"
        return Reading(refusals=(Refusal(what="document", place="", reason=Reason.UNSUPPORTED, detail=detail),))
    return rows.reading((place, partial(_row, values, fields, lines[0][1], graded)) for place, values in lines[1:])


def _row(values: Sequence[object], fields: Mapping[str, int], header: Sequence[object], graded: bool) -> Row:
    if any(map(_cell, values[len(header) :])):
        raise Malformed("more cells than the header has")
    if list(map(_named, values)) == list(map(_named, header)):
        raise Malformed("the header once more")
    cells = {field: _cell(values[place]) for field, place in fields.items() if place < len(values)}
    if failed := sorted(field for field, cell in cells.items() if field in _READ and _ERROR.fullmatch(cell)):
        raise Malformed(f"{failed[0]} is the error of a formula")
    row: dict[str, object] = {field: cell for field, cell in cells.items() if cell}
    for name in LABELS:
        if name in fields:
            _check_label(cells.get(name, ""), name, graded)
    return row


def _check_label(cell: str, name: str, graded: bool) -> None:
    if rating(cell) is None:
        raise Malformed(f"{name} is neither true nor false")
    if graded and grade(cell) is not None:
        raise Malformed(OF_A_SCALE)


def _cell(value: object) -> str:
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e15
    return "" if value is None else str(int(value) if whole else value).strip()  # type: ignore[call-overload]


def _named(value: object) -> str:
    """A header, or the name of one: who types it again may not see its capitals."""
    return _cell(value).lower()


def _joined(sheets: Sequence[Reading], lengths: Sequence[int]) -> Reading:
    """Sheets one below the other: units count on, while a refusal names its sheet and the row in it."""
    units: list[Unit] = []
    refusals: list[Refusal] = []
    for number, sheet in enumerate(sheets):
        above = sum(lengths[:number])
        units += [unit.model_copy(update={"unit": above + unit.unit}) for unit in sheet.units]
        refusals += [one.model_copy(update={"place": f"#{number + 1}{one.place}"}) for one in sheet.refusals]
    return Reading(units=tuple(units), refusals=tuple(refusals))
