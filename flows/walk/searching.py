"""The stage that searches for training settings, and the house in which they are set.

Kept as evidence about the dataset: every trial with its scores, and what was chosen. The training that follows is an
ordinary one with these settings, under the same key as if somebody had written them into pipeline.yaml.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from flows import console
from flows.house import House
from flows.stage import Done, Inputs, Stage
from flows.training.settings import SftSection
from flows.walk.anchoring import and_fisher, file_of
from flows.walk.licences import admit
from registry.records import Base, Dataset, Evidence, Figure
from registry.tables import read_table

if TYPE_CHECKING:
    from flows.search.tune import Found

TUNE = Stage("tune", Evidence)
TYPE = "tuning"


def tuned(house: House, base: Base, dataset: Dataset, fisher: Evidence | None = None) -> House:
    """The house with the settings that its search chose; the house as it is where it searches for none.

    Raises DoesNotFit, DatasetTooSmall, TrainingDiverged, Unservable.
    """
    if not house.pipeline.tune.enabled:
        return house

    most_rank = house.pipeline.serve.max_lora_rank

    def work(scratch: Path) -> Done[Evidence]:
        from flows.search.auto import Asked, choose
        from flows.search.tune import Shown

        admit(house, base, (dataset,))
        table = read_table(dataset.train, house.workspace.artifacts)
        pipeline, held = house.pipeline, file_of(house, fisher)
        asked = Asked(table, base, pipeline.sft, pipeline.tune, pipeline.build.seed, held, most_rank)
        section, found = choose(asked, (house.workspace.artifacts, scratch), Shown(console.bar, console.trial_line))
        return Done(_evidence(house, dataset, (section, found), scratch))

    settings = (house.pipeline.sft.keyed, house.pipeline.tune)
    inputs = Inputs(and_fisher((base, dataset), fisher), settings, (str(most_rank),))
    evidence = house.once(TUNE, inputs, work)
    section = chosen(house, evidence)
    tried = evidence.figure("trials")
    console.settings_line(section, int(tried.value) if tried else 0)
    return replace(house, pipeline=house.pipeline.model_copy(update={"sft": section}))


def chosen(house: House, evidence: Evidence) -> SftSection:
    """The settings in a search's evidence. Raises DigestMismatch."""
    assert evidence.artifact is not None
    kept = json.loads(house.workspace.artifacts.verified(evidence.artifact).read_text(encoding="utf-8"))
    return SftSection.model_validate(kept["chosen"])


def _evidence(house: House, dataset: Dataset, outcome: tuple[SftSection, Found], scratch: Path) -> Evidence:
    """Accuracy of the best trial, how many trials there were, and all of them as the artifact."""
    from flows.evaluation.run import accuracy_figure

    section, found = outcome
    path, best = scratch / "trials.json", found.best
    trials = [trial.model_dump(mode="json") for trial in found.trials]
    kept = {"chosen": section.model_dump(mode="json"), "best": best.number if best else None, "trials": trials}
    path.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    tried = Figure(name="trials", value=float(len(trials)), n=len(trials))
    figures = (accuracy_figure(round(best.rank[1] * found.questions), found.questions), tried) if best else (tried,)
    artifact = house.workspace.artifacts.put(path)
    return Evidence(type=TYPE, subject=dataset.digest, figures=figures, artifact=artifact)
