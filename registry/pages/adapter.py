"""An adapter on one page: what it is, may it be used, what it was made of, measured, decided and released."""

from __future__ import annotations

from collections.abc import Iterable

from registry.lineage.provenance import Provenance
from registry.pages.labels import label, number
from registry.pages.sections import Section, fields
from registry.records import Decision, Evidence, Figure, Release, Verdict
from registry.times import spoken

_MOST_FIGURES = 6


def adapter_page(provenance: Provenance, standing: str) -> list[Section]:
    """`standing` is the sentence that says whether it may be used."""
    adapter = provenance.adapter
    own = fields(adapter, leave_out=("name", "base", "run", "golden", "target_modules"))
    layers = sorted({name.rpartition(".")[2] for name in adapter.target_modules})
    modules = ("target modules", f"{len(adapter.target_modules)}: {', '.join(layers)}")
    golden = ("golden prompts", str(len(adapter.golden)))
    made_of = ((one.kind, f"{label(one)}  {one.digest[:12]}") for one in provenance.made_of)
    count = f"{len(provenance.documents)}" + (f", {len(provenance.erased)} erased" if provenance.erased else "")
    more = ("documents", f"{count}: muniment lineage {adapter.version} --up")
    return [
        Section(adapter.version, (("standing", standing), ("digest", adapter.digest), *own, modules, golden)),
        Section("Made of", (*made_of, more)),
        Section("Evidence", tuple(evidence_rows(provenance.evidence))),
        Section("Gate", tuple(verdict_rows(provenance.verdict))),
        Section("Decisions", tuple(decision_row(one) for one in provenance.decisions)),
        Section("Releases", tuple(_release_row(one) for one in provenance.releases)),
    ]


def evidence_rows(evidence: Iterable[Evidence]) -> Iterable[tuple[str, ...]]:
    for one in sorted(evidence, key=lambda one: (one.type, one.digest)):
        more = len(one.figures) - _MOST_FIGURES
        told = ", ".join(f"{figure.name} {figure_text(figure)}" for figure in one.figures[:_MOST_FIGURES])
        yield one.type, one.digest[:12], told + (f", … {more} more" if more > 0 else "")


def figure_text(figure: Figure) -> str:
    """A figure with its interval and count, as `0.812 [0.774, 0.845] of 300`."""
    span = "" if figure.low is None or figure.high is None else f" [{figure.low:.3g}, {figure.high:.3g}]"
    count = "" if figure.n is None else f" of {figure.n}"
    return f"{number(figure.value, 4)}{span}{count}"


def verdict_rows(verdict: Verdict | None) -> Iterable[tuple[str, ...]]:
    """One reason a row."""
    if verdict:
        yield "passed" if verdict.passed else "refused", f"under policy {verdict.policy[:12]}"
        yield from (("", reason) for reason in verdict.reasons)


def decision_row(decision: Decision) -> tuple[str, ...]:
    until = f"until {spoken(decision.expires)}" if decision.decision == "approve" else ""
    return decision.decision, decision.principal, spoken(decision.issued), until, decision.reason or "no reason given"


def _release_row(release: Release) -> tuple[str, ...]:
    told = f"by {release.principal}: {release.reason or 'no reason given'}"
    return release.alias, f"version {release.version}", spoken(release.issued), told
