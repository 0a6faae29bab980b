"""A checkpoint whose own story does not hold is not gone on from: no step is skipped, none is made up."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from safetensors.numpy import save_file
from transformers.trainer_utils import rotate_checkpoints

from flows.training.checkpoints import last_checkpoint, seal

Told = dict[str, object]


def checkpoint(directory: Path, step: int, **forged: object) -> Path:
    """As the trainer leaves one after `step` of ten, but for what is forged."""
    place = directory / f"checkpoint-{step}"
    place.mkdir()
    save_file({"a": np.zeros(1)}, place / "adapter_model.safetensors")
    for name in ("optimizer.pt", "scheduler.pt", "rng_state.pth"):
        with ZipFile(place / name, "w") as parts:
            parts.writestr("data", "0")
    state = {"global_step": step, "max_steps": 10, "log_history": history(step)} | forged
    (place / "trainer_state.json").write_text(json.dumps(state))
    seal(place, step)
    return place


def history(steps: int) -> list[Told]:
    return [{"loss": 1.0 / step, "step": step} for step in range(1, steps + 1)]


def test_an_untouched_checkpoint_is_gone_on_from(tmp_path: Path) -> None:
    _, newest = (checkpoint(tmp_path, step) for step in (2, 4))

    assert last_checkpoint(tmp_path) == str(newest)


@pytest.mark.parametrize("forged", [
    {"global_step": 9}, {"global_step": 9, "log_history": history(9)}, {"log_history": history(3)},
    {"log_history": history(5)}, {"log_history": []}, {"log_history": None}, {"log_history": [3]},
    {"log_history": [*history(3), {"loss": "low", "step": 4}]}, {"log_history": [*history(3), {"loss": 0.1}]},
    {"log_history": [*history(3), {"loss": float("nan"), "step": 4}]}, {"log_history": history(4)[::-1]},
    {"log_history": [*history(3), {"loss": 10**400, "step": 4}]}, {"global_step": "4"}, {"max_steps": None},
])  # fmt: skip
def test_a_checkpoint_that_skips_or_invents_steps_is_passed_over(tmp_path: Path, forged: Told) -> None:
    before = checkpoint(tmp_path, 2)
    checkpoint(tmp_path, 4, **forged)

    assert last_checkpoint(tmp_path) == str(before)


@pytest.mark.parametrize("name", ["adapter_model.safetensors", "trainer_state.json"])
def test_a_checkpoint_with_another_byte_than_was_written_is_passed_over(tmp_path: Path, name: str) -> None:
    before, newest = (checkpoint(tmp_path, step) for step in (2, 4))
    whole = (newest / name).read_bytes()
    at = whole.rindex(b"0" if name.endswith("json") else b"\0")

    (newest / name).write_bytes(whole[:at] + b"1" + whole[at + 1 :])

    assert last_checkpoint(tmp_path) == str(before)


@pytest.mark.parametrize("spoilt", ["", "[]", "null"])
def test_a_checkpoint_of_which_nothing_was_noted_is_passed_over(tmp_path: Path, spoilt: str) -> None:
    before, newest = (checkpoint(tmp_path, step) for step in (2, 4))

    (newest / "digests.json").write_text(spoilt)

    assert last_checkpoint(tmp_path) == str(before)


def test_a_clock_that_is_set_back_does_not_have_the_newest_go_for_the_older(tmp_path: Path) -> None:
    _, before = (checkpoint(tmp_path, step) for step in (2, 4))
    newest = checkpoint(tmp_path, 6)
    os.utime(newest, (hours_ago := time.time() - 7200, hours_ago))  # as the trainer makes it, before it is sealed

    rotate_checkpoints(str(tmp_path), save_total_limit=2, use_mtime=True)

    assert set(tmp_path.iterdir()) == {before, newest}
