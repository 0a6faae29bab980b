"""Which checkpoint a training goes on from: the newest that is whole.

A killed process leaves what it had not finished, a power cut files that have their names and none of their bytes, and a
bad disk a byte that is another one.
"""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from registry import digests
from registry.files import left_whole, write_copy

CHECKPOINTS, PRIVATE = "checkpoints", "private.pt"
"""Where trainings keep them, and where a private one does."""
LAST_WRITTEN = "trainer_state.json"
_DIGESTS = "digests.json"
_UNCHECKED = ("adapter_model.safetensors", LAST_WRITTEN)
"""What has no checksums of its own, as files of torch have."""
_STATES = ("optimizer.pt", "scheduler.pt", "rng_state*.pth")


def seal(checkpoint: Path, step: int) -> None:
    """Note what was written in it. Old ones go by the age of their folders, which is the step from here on: a clock
    that is set back meanwhile would have the newest go.
    """
    write_copy(checkpoint / _DIGESTS, json.dumps(_found(checkpoint)).encode())
    os.utime(checkpoint, (step, step))


def last_checkpoint(directory: Path) -> str | None:
    """The newest whole checkpoint before the last step.

    From a checkpoint of the last step the trainer would take one step more than was asked for.
    """
    usable = [path for path in directory.glob("checkpoint-*") if _is_whole(path) and _may_go_on(path / LAST_WRITTEN)]
    return str(max(usable, key=lambda path: int(path.name.rpartition("-")[2]))) if usable else None


def reached(scratch: Path) -> str:
    """The step that a training in `scratch` goes on after, in words; nothing where it begins."""
    last = last_checkpoint(scratch / CHECKPOINTS)
    if last is not None:
        state = json.loads((Path(last) / LAST_WRITTEN).read_text(encoding="utf-8"))
        return f"step {state['global_step']} of {state['max_steps']}"
    if not is_whole(scratch / PRIVATE):
        return ""
    import torch

    state = torch.load(scratch / PRIVATE, weights_only=True, mmap=True)
    return f"step {state['step']} of {state.get('steps', '?')}"


def is_whole(path: Path) -> bool:
    """Whether a file that torch wrote holds what was written, by its own checksums; nothing of it is unpickled."""
    try:
        with ZipFile(path) as parts:
            return parts.testzip() is None
    except (OSError, BadZipFile):
        return False


def _may_go_on(state: Path) -> bool:
    """Whether steps are left, and each one before is told of with its loss: none was skipped or made up."""
    try:
        written = json.loads(state.read_text(encoding="utf-8"))
        told = [entry for entry in written["log_history"] if "loss" in entry]
        known = all(math.isfinite(entry["loss"]) for entry in told)
        steps = [entry["step"] for entry in told]
        done = written["global_step"]
        named = state.parent.name == f"checkpoint-{done}"
        return bool(named and known and steps == [*range(1, done + 1)] and done < written["max_steps"])
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        return False


def _is_whole(checkpoint: Path) -> bool:
    states = [list(checkpoint.glob(name)) for name in _STATES]
    return (
        left_whole(checkpoint / _DIGESTS, lambda noted: bool(json.loads(noted) == _found(checkpoint))) is True
        and all(states)
        and all(is_whole(path) for paths in states for path in paths)
    )


def _found(checkpoint: Path) -> dict[str, str]:
    return {name: digests.of_file(checkpoint / name) for name in _UNCHECKED}
