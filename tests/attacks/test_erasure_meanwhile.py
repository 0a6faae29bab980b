"""Something is erased while another machine, with a gate of its own, works on what it has read before."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.stage import Done, Inputs, Stage, once
from registry.database.store import Registry
from registry.errors import Erased
from registry.records import Base, Dataset, TrainingRun
from tests.erasable import NAME
from tests.flows.test_erasure import erase
from tests.walked import Place

TRAIN = Stage("train sft", TrainingRun)


@pytest.fixture
def place(erasable_once: Place, tmp_path: Path) -> Place:
    return erasable_once.copy(tmp_path)


def inputs(place: Place) -> Inputs:
    with Registry.open(place.workspace.registry, "eve") as registry:
        return Inputs((registry.all(Base)[0], registry.all(Dataset)[0]))


def trained(place: Place, scratch: Path, rests_on: Inputs) -> Done[TrainingRun]:
    (scratch / "adapter").mkdir()
    (scratch / "adapter" / "adapter_model.safetensors").write_text("weights 3")
    base, dataset = (one.digest for one in rests_on.parents)
    weights = place.workspace.artifacts.put(scratch / "adapter")
    return Done(TrainingRun(
        method="sft", base=base, dataset=dataset, parent=None, settings={"seed": 3}, rows=1, steps=1, weights=weights,
        tokens=1, first_loss=2.0, last_loss=1.0,
    ))  # fmt: skip


def runs(place: Place) -> int:
    with Registry.open(place.workspace.registry, "eve") as registry:
        return len(registry.all(TrainingRun))


def test_a_training_that_an_erasure_overtook_is_not_kept(place: Place) -> None:
    rests_on, before = inputs(place), runs(place)

    def work(scratch: Path) -> Done[TrainingRun]:
        (place.root / ".gate").unlink()  # that of another machine's workspace keeps nobody out here
        assert erase(place, NAME).code == 0
        scratch.mkdir(parents=True, exist_ok=True)
        return trained(place, scratch, rests_on)

    with pytest.raises(Erased):
        once(place.workspace, "eve", TRAIN, rests_on, work)

    assert runs(place) == before
    assert not any(place.workspace.scratch.glob("*"))


def test_what_was_erased_is_no_ground_for_a_stage_that_still_knows_it(place: Place) -> None:
    rests_on, before = inputs(place), runs(place)
    assert erase(place, NAME).code == 0

    with pytest.raises(Erased):
        once(place.workspace, "eve", TRAIN, rests_on, lambda scratch: trained(place, scratch, rests_on))

    assert runs(place) == before


def test_a_stage_that_rests_on_nothing_erased_is_kept(place: Place) -> None:
    with Registry.open(place.workspace.registry, "eve") as registry:
        base = registry.all(Base)[0]
    assert erase(place, NAME).code == 0

    made = once(place.workspace, "eve", Stage("base model", Base), Inputs((base,)), lambda _: Done(base))

    assert made.record == base
