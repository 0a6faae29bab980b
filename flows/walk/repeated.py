"""Trainings that need not be repeated: a file that was saved anew makes a dataset with a lineage of its own, and
teaches the same.
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from flows import console
from flows.house import House
from flows.stage import Inputs, Stage, known, stage_key
from registry.artifacts import Artifacts
from registry.database.store import Registry
from registry.errors import DigestMismatch, NotFound
from registry.records import Dataset, Record, TrainingRun
from registry.tables import read_table

_WHERE_FROM = ("document", "groups", "licence", "source")
"""Columns of a row that no training reads."""


def trained_before(
    house: House,
    stage: Stage[TrainingRun],
    dataset: Dataset,
    inputs_of: Callable[[Dataset, Record | None], Inputs],
    parent: TrainingRun | None = None,
) -> TrainingRun | None:
    """The newest run of `stage` that learnt the rows of `dataset` in their order, as a run on `dataset`; else None.

    `inputs_of` gives the stage's inputs with another dataset and the run that it went on from, whose weights are those
    of `parent`.
    """
    workspace = house.workspace
    with Registry.open(workspace.registry, house.actor) as registry:
        runs = list(reversed(registry.all(TrainingRun)))
        found = registry.many({digest for run in runs for digest in (run.dataset, run.parent) if digest})
    for run in runs:
        rows, before = found.get(run.dataset), found.get(run.parent or "")
        if not isinstance(rows, Dataset) or rows == dataset or _weights(before) != _weights(parent):
            continue
        same = rows.train.rows == dataset.train.rows and _alike(rows, dataset, workspace.artifacts)
        if same and known(workspace, house.actor, stage, stage_key(stage, inputs_of(rows, before))) == run:
            console.doing(f"{stage.name}: {run.digest[:12]} learnt the very same rows; its weights are taken")
            return run.model_copy(update={"dataset": dataset.digest, "parent": parent.digest if parent else None})
    return None


def _weights(run: Record | None) -> str:
    return run.weights if isinstance(run, TrainingRun) else ""


def _alike(one: Dataset, other: Dataset, artifacts: Artifacts) -> bool:
    try:
        return bool(_taught(one, artifacts).equals(_taught(other, artifacts)))
    except (NotFound, DigestMismatch):  # erased, or damaged: it teaches nobody any more
        return False


def _taught(dataset: Dataset, artifacts: Artifacts) -> pa.Table:
    table = read_table(dataset.train, artifacts)
    return table.select([name for name in table.column_names if name not in _WHERE_FROM])
