"""Everything that an adapter was made of and everything said about it, gathered once for pages and documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from registry.database.store import Registry
from registry.erasure.records import Tombstone
from registry.lineage.graph import around, nearest_first
from registry.records import (
    Adapter,
    Base,
    Dataset,
    Decision,
    Document,
    DocumentSet,
    Evidence,
    Record,
    Release,
    ScrubbedSet,
    TrainingRun,
    Verdict,
)  # fmt: skip

Kind = TypeVar("Kind", bound=Record)
Made = Base | DocumentSet | ScrubbedSet | Dataset | TrainingRun | Adapter
_READ = (Base, DocumentSet, ScrubbedSet, Dataset, TrainingRun, Adapter, Evidence, Verdict, Decision, Release)


@dataclass(frozen=True)
class Provenance:
    """`made_of` oldest first, adapters that it goes on from among them; `documents` are the source files; of each type
    of evidence the piece that counts.

    `measured` is all evidence about the adapter, also what the gate had measured beside another one. `erased` is what
    is left of source files that were erased.
    """

    adapter: Adapter
    made_of: tuple[Made, ...]
    documents: tuple[Document, ...]
    erased: tuple[Tombstone, ...]
    evidence: tuple[Evidence, ...]
    verdicts: tuple[Verdict, ...]
    decisions: tuple[Decision, ...]
    releases: tuple[Release, ...]
    measured: tuple[Evidence, ...] = ()

    @property
    def runs(self) -> tuple[TrainingRun, ...]:
        """In the order of training: each from the one before."""
        return tuple(_of(self.made_of, TrainingRun))

    @property
    def datasets(self) -> tuple[Dataset, ...]:
        return tuple(_of(self.made_of, Dataset))

    @property
    def learnt(self) -> tuple[Dataset, ...]:
        """Those that a run was trained on, in that order."""
        known = {one.digest: one for one in self.datasets}
        return tuple(known[run.dataset] for run in self.runs if run.dataset in known)

    @property
    def methods(self) -> tuple[tuple[str, TrainingRun], ...]:
        """Each run with a name of its own: `sft`, `dpo`, `sft 2`."""
        met: Counter[str] = Counter()
        named: list[tuple[str, TrainingRun]] = []
        for run in self.runs:
            met[run.method] += 1
            named.append((run.method if met[run.method] == 1 else f"{run.method} {met[run.method]}", run))
        return tuple(named)

    @property
    def base(self) -> Base | None:
        return next((one for one in _of(self.made_of, Base) if one.digest == self.adapter.base), None)

    @property
    def paths(self) -> dict[str, str]:
        """What to call each source file, by its digest."""
        return {one.digest: one.path for one in self.documents} | {one.of: "an erased document" for one in self.erased}

    @property
    def verdict(self) -> Verdict | None:
        """The gate's latest."""
        return self.verdicts[-1] if self.verdicts else None


def provenance_of(registry: Registry, adapter: Adapter) -> Provenance:
    """Read in three queries. Raises NotFound, DigestMismatch for an edited record."""
    graph = around(registry, adapter.digest, down=True)
    above = {digest for digest in nearest_first(graph, up=True) if digest != adapter.digest}
    shown = {kind.kind for kind in (*_READ, Document, Tombstone)}
    records = registry.many(digest for digest, kind in graph.kinds.items() if kind in shown)
    ordered = [records[digest] for digest in graph.kinds if digest in records]
    verdicts = tuple(one for one in _of(ordered, Verdict) if one.subject == adapter.digest)
    measured = tuple(one for one in _of(ordered, Evidence) if one.subject == adapter.digest)
    return Provenance(
        adapter=adapter,
        made_of=tuple(one for one in ordered if isinstance(one, Made) and one.digest in above),
        documents=tuple(sorted(_of(ordered, Document), key=lambda one: (one.path, one.digest))),
        erased=tuple(one for one in _of(ordered, Tombstone) if one.was == Document.kind),
        evidence=_counting(measured, verdicts[-1:]),
        verdicts=verdicts,
        decisions=tuple(one for one in _of(ordered, Decision) if one.adapter == adapter.digest),
        releases=tuple(sorted(_released(ordered, adapter), key=lambda one: one.version)),
        measured=measured,
    )


def gone_on_from(adapter: Adapter, adapters: Iterable[Adapter], runs: Mapping[str, TrainingRun]) -> Adapter | None:
    """The adapter that was in production when this one was trained on from it; None for one that began at the base.

    `runs` are by digest. Preference training behind it changes nothing about that.
    """
    run = runs.get(adapter.run)
    if run is not None and run.method != "sft":
        run = runs.get(run.parent or "")
    if run is None or run.method != "sft" or run.parent is None:
        return None
    return next((one for one in adapters if one.run == run.parent), None)


def _counting(evidence: Sequence[Evidence], verdict: Sequence[Verdict]) -> tuple[Evidence, ...]:
    """One piece a type: what the gate's latest verdict saw goes before any other, else the newest."""
    seen = {digest for one in verdict for digest in one.evidence}
    by_type = {one.type: one for one in sorted(evidence, key=lambda one: one.digest in seen)}
    return tuple(by_type[name] for name in sorted(by_type))


def _released(records: Sequence[Record], adapter: Adapter) -> Iterable[Release]:
    return (one for one in _of(records, Release) if one.adapter.digest == adapter.digest)


def _of(records: Iterable[Record], kind: type[Kind]) -> Iterable[Kind]:
    return (record for record in records if isinstance(record, kind))
