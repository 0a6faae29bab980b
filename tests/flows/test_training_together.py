"""Two processes that share every batch learn what one learns, held to the base or not, and end as one does."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa
import pytest
from pydantic import ValidationError

from flows.base.model import load_base
from flows.training import fisher
from flows.training.ewc import anchors_of, total
from flows.training.loop import Trained
from flows.training.processes.together import learn
from flows.training.settings import PrivacySection, SftSection
from flows.training.sft import Footing
from flows.training.weights import check_weights
from registry.artifacts import Artifacts
from registry.errors import DatasetTooSmall
from registry.records import Base
from tests.trainable import rows

ALONE = SftSection(
    quantization="none", num_train_epochs=2, per_device_train_batch_size=4, save_steps=2, lora_r=8, ewc=1.0
)
TWO = ALONE.model_copy(update={"processes": 2})
STEPS = 10


def _table() -> pa.Table:
    return rows(20)


def _learn(base: Base, section: SftSection, artifacts: Artifacts, scratch: Path) -> tuple[Trained, list[int]]:
    scratch.mkdir(exist_ok=True)
    steps: list[int] = []
    held = fisher.measure(_table().slice(0, 4), base, section, (artifacts, scratch))
    place = (artifacts, scratch)
    return learn(_table(), base, section, place, lambda done, total, *_: steps.append(total), Footing(held)), steps


def _price(base: Base, artifacts: Artifacts, scratch: Path) -> float:
    from peft import PeftModel

    adapted = PeftModel.from_pretrained(load_base(base, artifacts)[0], scratch / "adapter")
    return float(total(anchors_of(adapted, scratch / "fisher.safetensors")))


def test_two_processes_have_the_losses_of_one_and_go_on_from_their_checkpoint(
    base: Base, artifacts: Artifacts, tmp_path: Path
) -> None:
    one, _ = _learn(base, ALONE, artifacts, tmp_path / "one")
    two, totals = _learn(base, TWO, artifacts, tmp_path / "two")

    assert len(two.losses) == STEPS
    assert two.losses == pytest.approx(one.losses, abs=1e-3)
    assert (two.rows, two.tokens) == (one.rows, one.tokens)
    assert set(totals) == {STEPS}
    alone, shared = (_price(base, artifacts, tmp_path / name) for name in ("one", "two"))
    assert shared == pytest.approx(alone, rel=0.1), "each process pulls, and their gradients are averaged"
    check_weights(tmp_path / "two" / "adapter")

    written = _weights(tmp_path / "two")
    shutil.rmtree(tmp_path / "two" / "adapter")
    resumed, _ = _learn(base, TWO, artifacts, tmp_path / "two")

    assert resumed == two
    assert _weights(tmp_path / "two") == written


def test_what_one_of_them_refuses_is_refused_by_name(base: Base, artifacts: Artifacts, tmp_path: Path) -> None:
    scratch = tmp_path / "nothing"
    scratch.mkdir()
    with pytest.raises(DatasetTooSmall):
        learn(_table().slice(0, 0), base, TWO, (artifacts, scratch))
    assert not (scratch / "adapter").exists()


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"processes": 3}, "must divide"),
        ({"processes": 2, "privacy": PrivacySection(epsilon=8.0)}, "one process"),
    ],
)
def test_shares_that_are_not_equal_are_refused_when_the_file_is_read(settings: dict[str, object], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        SftSection.model_validate({"per_device_train_batch_size": 4, **settings})


def _weights(scratch: Path) -> bytes:
    return (scratch / "adapter" / "adapter_model.safetensors").read_bytes()
