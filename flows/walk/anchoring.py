"""The stage that elastic weight consolidation needs: what the base model's own words hang on, measured once for a base.

Over the rows that replay has too, which the base wrote itself; kept as evidence about the base.
"""

from __future__ import annotations

from pathlib import Path

from flows import console
from flows.datasets.replay import BATCH
from flows.house import House
from flows.stage import Done, Inputs, Stage
from flows.walk.replaying import own_rows
from registry.records import Base, Dataset, Evidence, Figure, Record
from registry.tables import read_table

FISHER = Stage("weigh base", Evidence)
TYPE = "fisher"


def weigh_base(house: House, base: Base, questions: Dataset) -> Evidence | None:
    """The base's Fisher factors as the evidence's artifact; None where `sft.ewc` is 0.

    Raises DatasetTooSmall, Unservable, NothingToLearn.
    """
    section = house.pipeline.sft
    if not section.ewc:
        return None
    written = own_rows(house, base, questions.train.rows)

    def work(scratch: Path) -> Done[Evidence]:
        from safetensors.torch import load_file

        from flows.training.fisher import held_share, measure

        artifacts = house.workspace.artifacts
        own = read_table(written.train, artifacts).slice(0, BATCH)
        with console.bar("weigh base") as report:
            path = measure(own, base, section, (artifacts, scratch), report)
        held = Figure(name="held", value=round(held_share(load_file(path)), 4), n=own.num_rows)
        return Done(Evidence(type=TYPE, subject=base.digest, figures=(held,), artifact=artifacts.put(path)))

    asked = (section.quantization, str(section.max_length), *section.target_modules)
    return house.once(FISHER, Inputs((base, written), extra=asked), work)


def file_of(house: House, fisher: Evidence | None) -> Path | None:
    """Where the factors are. Raises DigestMismatch."""
    if fisher is None:
        return None
    assert fisher.artifact is not None
    return house.workspace.artifacts.verified(fisher.artifact)


def and_fisher(parents: tuple[Record, ...], fisher: Evidence | None) -> tuple[Record, ...]:
    """What a training hangs on."""
    return parents if fisher is None else (*parents, fisher)
