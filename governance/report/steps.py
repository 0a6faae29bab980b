"""The way from the base model to the adapter, one training run a step, with what was measured at each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from governance.figures import ACCURACY, MAJORITY
from registry.records import Adapter, Evidence, Figure, TrainingRun


class Step(BaseModel):
    """A model on the way: the base (no run), then one for each training run, oldest first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str
    run: TrainingRun | None
    evidence: tuple[Evidence, ...]
    losses: tuple[float, ...] = ()

    @property
    def headline(self) -> Figure | None:
        """Its accuracy on the headline task, where it was measured."""
        return self._of_headline(ACCURACY)

    @property
    def majority(self) -> Figure | None:
        """What always giving the commonest answer to the same questions would score."""
        return self._of_headline(MAJORITY)

    def _of_headline(self, name: str) -> Figure | None:
        return next((f for e in self.evidence if e.type == "headline" and (f := e.figure(name))), None)


def steps_of(
    adapter: Adapter,
    adapters: Sequence[Adapter],
    runs: Sequence[TrainingRun],
    evidence: Sequence[Evidence],
    losses: Mapping[str, Sequence[float]],
) -> tuple[Step, ...]:
    """Base first, `adapter` last. A parent may be named by its run, its weights or its adapter.

    Of several pieces of evidence of one type about one model the last counts. `losses` are by the
    digest of the run.
    """
    known = [*adapters, adapter]
    base = Step(label="base", run=None, evidence=_about({adapter.base}, evidence))
    walked = _walk(adapter.run, known, runs)
    if not walked:
        return base, Step(label="adapter", run=None, evidence=_about({adapter.digest}, evidence))
    trained = (
        Step(
            label=run.method.upper(),
            run=run,
            evidence=_about(_names(run, known), evidence),
            losses=tuple(losses.get(run.digest, ())),
        )
        for run in walked
    )
    return (base, *trained)


def _about(subjects: set[str], evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    last = {e.type: e for e in evidence if e.subject in subjects}
    return tuple(last[kind] for kind in sorted(last))


def _names(run: TrainingRun, adapters: Sequence[Adapter]) -> set[str]:
    return {run.digest, run.weights, *(a.digest for a in adapters if a.run == run.digest)}


def _walk(start: str, adapters: Sequence[Adapter], runs: Sequence[TrainingRun]) -> list[TrainingRun]:
    """Runs from the oldest to the one named `start`; a parent that is not recorded ends the walk."""
    walked: list[TrainingRun] = []
    wanted: str | None = start
    while wanted is not None:
        found = next((r for r in runs if wanted in _names(r, adapters)), None)
        if found is None or found in walked:
            break
        walked.insert(0, found)
        wanted = found.parent
    return walked
