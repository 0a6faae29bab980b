"""An adapter on one page: what it is, may it be used, what it was made of, measured, decided and released."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from registry.graph import around
from registry.labels import label
from registry.pages import Section, fields, text_of
from registry.records import (
    Adapter,
    Base,
    Dataset,
    Decision,
    DocumentSet,
    Evidence,
    Figure,
    Record,
    Release,
    ScrubbedSet,
    TrainingRun,
    Verdict,
)  # fmt: skip
from registry.store import Registry
from registry.times import spoken

Kind = TypeVar("Kind", bound=Record)
_MADE_OF = (Base, DocumentSet, ScrubbedSet, Dataset, TrainingRun)
_SAID = (Evidence, Verdict, Decision, Release)
_MOST_FIGURES = 6


def adapter_page(registry: Registry, adapter: Adapter, standing: str) -> list[Section]:
    """`standing` is the sentence that says whether it may be used. Raises DigestMismatch for an edited record."""
    graph = around(registry, adapter.digest, down=True)
    shown = {kind.kind for kind in (*_MADE_OF, *_SAID)}
    records = registry.many(digest for digest, kind in graph.kinds.items() if kind in shown)
    ordered = {digest: records[digest] for digest in graph.kinds if digest in records}
    documents = sum(kind == "document" for kind in graph.kinds.values())
    more = ("documents", f"{documents}: muniment lineage {adapter.version} --up")
    own = fields(adapter, leave_out=("name", "base", "run", "golden", "target_modules"))
    layers = sorted({name.rpartition(".")[2] for name in adapter.target_modules})
    modules = ("target modules", f"{len(adapter.target_modules)}: {', '.join(layers)}")
    golden = ("golden prompts", str(len(adapter.golden)))
    about = (("standing", standing), ("digest", adapter.digest), *own, modules, golden)
    return [Section(adapter.version, about), Section("Made of", (*_made_of(ordered), more)), *_said(adapter, ordered)]


def _made_of(records: Mapping[str, Record]) -> Iterable[tuple[str, ...]]:
    for record in records.values():
        if isinstance(record, _MADE_OF):
            yield record.kind, f"{label(record)}  {record.digest[:12]}"


def _said(adapter: Adapter, records: Mapping[str, Record]) -> list[Section]:
    verdicts = [one for one in _of(records, Verdict) if one.subject == adapter.digest]
    decisions = [one for one in _of(records, Decision) if one.adapter == adapter.digest]
    released = [one for one in _of(records, Release) if one.adapter.digest == adapter.digest]
    measured = (one for one in _of(records, Evidence) if one.subject == adapter.digest)
    return [
        Section("Evidence", tuple(evidence_rows(measured))),
        Section("Gate", tuple(verdict_rows(verdicts[-1] if verdicts else None))),
        Section("Decisions", tuple(decision_row(one) for one in decisions)),
        Section("Releases", tuple(_release_row(one) for one in sorted(released, key=lambda one: one.version))),
    ]


def evidence_rows(evidence: Iterable[Evidence]) -> Iterable[tuple[str, ...]]:
    for one in sorted(evidence, key=lambda one: (one.type, one.digest)):
        more = len(one.figures) - _MOST_FIGURES
        told = ", ".join(figure_text(figure) for figure in one.figures[:_MOST_FIGURES])
        yield one.type, one.digest[:12], told + (f", … {more} more" if more > 0 else "")


def figure_text(figure: Figure) -> str:
    """A figure with its interval and count, as `accuracy 0.812 [0.774, 0.845] of 300`."""
    span = "" if figure.low is None or figure.high is None else f" [{figure.low:.3g}, {figure.high:.3g}]"
    count = "" if figure.n is None else f" of {figure.n}"
    return f"{figure.name} {figure.value:.4g}{span}{count}"


def verdict_rows(verdict: Verdict | None) -> Iterable[tuple[str, ...]]:
    """One reason a row."""
    if verdict:
        yield "passed" if verdict.passed else "refused", f"under policy {verdict.policy[:12]}"
        yield from (("", reason) for reason in verdict.reasons)


def decision_row(decision: Decision) -> tuple[str, ...]:
    until = f"until {spoken(decision.expires)}" if decision.decision == "approve" else ""
    return decision.decision, decision.principal, spoken(decision.issued), until, decision.reason or "no reason given"


def _release_row(release: Release) -> tuple[str, ...]:
    told = f"by {release.principal}: {text_of(release.reason) or 'no reason given'}"
    return release.alias, f"version {release.version}", spoken(release.issued), told


def _of(records: Mapping[str, Record], kind: type[Kind]) -> list[Kind]:
    return [record for record in records.values() if isinstance(record, kind)]
