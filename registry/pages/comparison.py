"""Two adapters side by side, as JSON and as a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict

from registry.counted import counted
from registry.lineage.comparison import Comparison, Documents, Line, Measured
from registry.lineage.row_changes import RowChange
from registry.pages.adapter import figure_text
from registry.pages.sections import Section, text_of
from registry.records import Adapter, Figure

_SHOWN = 12
_NONE = "–"


def comparison_json(found: Comparison) -> dict[str, object]:
    """Everything, also what is the same; a side that says nothing has null."""
    return {
        "a": _head(found.a),
        "b": _head(found.b),
        **{name: [_line(line) for line in getattr(found, name)] for name in ("settings", "data", "licences", "gate")},
        "documents": asdict(found.documents),
        "rows": [_rows(change) for change in found.rows],
        "evidence": [{"name": one.name, "a": _figure(one.a), "b": _figure(one.b)} for one in found.evidence],
        "measured_again": found.again or None,
    }


def comparison_page(found: Comparison, everything: bool = False) -> list[Section]:
    """What differs, and how much is the same; with `everything`, that as well."""
    heads = (found.a.version, found.b.version)
    return [
        _section("Settings", heads, _texts(found.settings), everything),
        _section("Data", heads, _texts(found.data), everything),
        Section("Documents", tuple(_document_rows(found.documents))),
        Section("Rows", tuple(cells for change in found.rows for cells in _row_rows(change))),
        _section("Licences", heads, _texts(found.licences), everything),
        _evidence_section(found, heads, everything),
        _section("Gate", heads, _texts(found.gate), everything),
    ]


def _head(adapter: Adapter) -> dict[str, str]:
    return {"version": adapter.version, "digest": adapter.digest}


def _line(line: Line) -> dict[str, object]:
    return {**asdict(line), "same": line.a == line.b}


def _rows(change: RowChange) -> dict[str, object]:
    documents = [{"path": path, "added": added, "removed": removed} for path, added, removed in change.documents]
    return {**asdict(change), "documents": documents}


def _figure(figure: Figure | None) -> dict[str, object] | None:
    return figure.model_dump(exclude={"name"}) if figure else None


def _texts(lines: Iterable[Line]) -> list[tuple[str, str, str]]:
    return [(line.name, text_of(line.a), text_of(line.b)) for line in lines]


def _measured(evidence: Iterable[Measured]) -> list[tuple[str, str, str]]:
    return [
        (one.name, figure_text(one.a) if one.a else "", figure_text(one.b) if one.b else "") for one in evidence
    ]


def _section(title: str, heads: tuple[str, str], lines: Sequence[tuple[str, str, str]], everything: bool) -> Section:
    shown = [(name, a or _NONE, b or _NONE) for name, a, b in lines if everything or a != b]
    same = len(lines) - len(shown)
    rows = [("", *heads), *shown] if shown else []
    return Section(title, (*rows, *([(f"{same} the same",)] if same else [])))


def _evidence_section(found: Comparison, heads: tuple[str, str], everything: bool) -> Section:
    section = _section("Evidence", heads, _measured(found.evidence), everything)
    if not found.again:
        return section
    other = next(head for head in heads if head != found.again)
    return Section(section.title, (*section.rows, (f"{found.again} as measured on what {other} was asked",)))


def _document_rows(documents: Documents) -> Iterator[tuple[str, ...]]:
    for verb, paths in (("added", documents.added), ("removed", documents.removed), ("changed", documents.changed)):
        more = f", … {len(paths) - _SHOWN} more: --json" if len(paths) > _SHOWN else ""
        if paths:
            yield f"{len(paths)} {verb}", ", ".join(paths[:_SHOWN]) + more
    yield (f"{documents.same} the same",)


def _row_rows(change: RowChange) -> Iterator[tuple[str, ...]]:
    name = f"{change.purpose} {change.side.replace('_', ' ')}"
    if change.gone:
        yield name, f"{change.a} and {change.b} rows; which ones is not known: {change.gone}"
        return
    yield name, f"{change.a} and {change.b} rows: {change.added} added, {change.removed} removed"
    for path, added, removed in change.documents[:_SHOWN]:
        yield "", f"+{added} −{removed}: {path}"
    if len(change.documents) > _SHOWN:
        yield "", f"… {counted(len(change.documents) - _SHOWN, 'more document')}: --json"
