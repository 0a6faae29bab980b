"""The stage that leaves out of a training what `sft.learn_from` says, so that its dataset holds what was learnt."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from flows.datasets.messages import MADE
from flows.house import House
from flows.stage import Done, Inputs, Stage
from registry.records import Dataset
from registry.tables import read_table, write_table

SELECT = Stage("select rows", Dataset)
_COUNTED = ("licence", "origin")


def learnt(house: House, dataset: Dataset) -> Dataset:
    """The rows that SFT learns from; the dataset as it is where those are all. Raises DatasetTooSmall."""
    learn_from = house.pipeline.sft.learn_from
    if learn_from == "all" or MADE.isdisjoint(_origins(house, dataset)):
        return dataset

    def work(scratch: Path) -> Done[Dataset]:
        return Done(_kept(house, dataset, scratch))

    return house.once(SELECT, Inputs((dataset,), extra=(learn_from,)), work)


def _origins(house: House, dataset: Dataset) -> list[str]:
    return [str(one) for one in read_table(dataset.train, house.workspace.artifacts)["origin"].to_pylist()]


def _kept(house: House, dataset: Dataset, scratch: Path) -> Dataset:
    from flows.datasets.card import with_card
    from flows.training.selection import selected

    artifacts = house.workspace.artifacts
    table = selected(read_table(dataset.train, artifacts), house.pipeline.sft.learn_from)
    sides = (table, read_table(dataset.held_out, artifacts))
    licences, origins = (Counter(one for side in sides for one in side[name].to_pylist()) for name in _COUNTED)
    kept = dataset.model_copy(update={
        "train": write_table(table, artifacts, scratch, "selected"),
        "licences": dict(sorted(licences.items())),
        "origins": dict(sorted(origins.items())),
    })  # fmt: skip
    return with_card(kept, artifacts, scratch)
