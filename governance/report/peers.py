"""Everything that was measured on the same held-out rows as an adapter, side by side: base, production, candidates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from registry.database.store import Registry
from registry.records import Adapter, Base, Dataset, Evidence, Figure, TrainingRun, Verdict

_KINDS = ("headline", "general")


class Peer(BaseModel):
    """A model, what it began with, how it did, the gate's latest word; `this` is the one that the report is about."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    began: str
    headline: Figure | None
    general: Figure | None
    passed: bool | None
    this: bool


def peers_of(registry: Registry, adapter: Adapter) -> tuple[Peer, ...]:
    """Oldest first; none for an adapter that was not measured on a dataset. Raises DigestMismatch."""
    measured = _measured_with(registry, adapter)
    adapters, verdicts = registry.all(Adapter), {one.subject: one for one in registry.all(Verdict)}
    runs = {run.digest: run for run in registry.all(TrainingRun)}
    return tuple(
        Peer(
            name=one.version if isinstance(one, Adapter) else one.name,
            began=_began(one, adapters, runs),
            **{kind: _accuracy(measured, one.digest, kind) for kind in _KINDS},
            passed=verdicts[one.digest].passed if one.digest in verdicts else None,
            this=one.digest == adapter.digest,
        )
        for one in registry.many({evidence.subject for evidence in measured}).values()
        if isinstance(one, Adapter | Base)
    )


def _measured_with(registry: Registry, adapter: Adapter) -> list[Evidence]:
    """Headline evidence made with the dataset that the adapter was last measured on, and how general those models are,
    which no dataset says."""
    known = [one for one in registry.all(Evidence) if one.type in _KINDS]
    own = [one for one in known if one.subject == adapter.digest and one.type == "headline"]
    asked = (edge.parent for one in own[-1:] for edge in registry.edges(one.digest, up=True))
    datasets = [digest for digest, record in registry.many(asked).items() if isinstance(record, Dataset)]
    made = {edge.child for digest in datasets for edge in registry.edges(digest, up=False)}
    beside = {one.subject for one in known if one.digest in made and one.type == "headline"}
    return [one for one in known if one.digest in made or (one.type == "general" and one.subject in beside)]


def _began(one: Adapter | Base, adapters: Sequence[Adapter], runs: Mapping[str, TrainingRun]) -> str:
    """What its own training run started with: preference training starts with the adapter of the questions."""
    if isinstance(one, Base):
        return "the base itself"
    run = runs.get(one.run)
    if run is not None and run.parent is None:
        return "the base"
    before = [known.version for known in adapters if run is not None and known.run == run.parent]
    return before[0] if before else "not on record"


def _accuracy(measured: list[Evidence], subject: str, kind: str) -> Figure | None:
    found = [one for one in measured if one.subject == subject and one.type == kind]
    return found[-1].figure("accuracy") if found else None
