"""The loss of every step is kept with its run and read back for the report."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.training.losses import losses_of, said, write_losses
from registry.artifacts import Artifacts
from registry.errors import DigestMismatch, IntegrityError
from registry.records import TrainingRun

RUN = TrainingRun(
    method="sft", base="b" * 64, dataset="d" * 64, parent=None, weights="e" * 64, settings={}, rows=1, steps=3,
    tokens=1, first_loss=2, last_loss=1,
)  # fmt: skip


@pytest.fixture
def artifacts(tmp_path: Path) -> Artifacts:
    return Artifacts(tmp_path / "artifacts")


def test_losses_come_back_as_they_were_written(artifacts: Artifacts, tmp_path: Path) -> None:
    log = artifacts.put(write_losses([2.0, 1.00000049, 0.5], tmp_path / "loss.json"))
    run = RUN.model_copy(update={"log": log})

    assert losses_of([run, RUN], artifacts) == {run.digest: (2.0, 1.0, 0.5)}


def test_the_loss_is_told_over_the_last_steps() -> None:
    assert said([]) == ""
    assert said([9.0] * 5 + [1.0, 2.0] * 5) == "loss 1.500"


def test_a_log_that_is_gone_leaves_no_curve(artifacts: Artifacts) -> None:
    assert losses_of([RUN.model_copy(update={"log": "f" * 64})], artifacts) == {}


def test_a_changed_log_is_not_drawn(artifacts: Artifacts, tmp_path: Path) -> None:
    log = artifacts.put(write_losses([2.0], tmp_path / "loss.json"))
    artifacts.path(log).write_text('{"loss": [0.1]}')

    with pytest.raises(DigestMismatch):
        losses_of([RUN.model_copy(update={"log": log})], artifacts)


def test_an_artifact_that_is_no_log_is_named(artifacts: Artifacts, tmp_path: Path) -> None:
    (tmp_path / "other").write_text('{"loss": ["NaN"]}')
    run = RUN.model_copy(update={"log": artifacts.put(tmp_path / "other")})

    with pytest.raises(IntegrityError, match="no loss log"):
        losses_of([run], artifacts)
