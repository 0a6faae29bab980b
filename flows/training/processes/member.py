"""One of the processes that train together, whoever started it, and the files through which it is heard.

Nothing but files of the workspace passes between a member and whoever waits for it: the rows stay in there.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from flows.training.loop import Trained
from flows.training.ranks import LOCAL_RANK, LOCAL_SIZE, is_first
from flows.training.settings import SftSection
from flows.training.sft import Footing, learn_alone
from registry import errors
from registry.artifacts import Artifacts, disk_full_named
from registry.errors import MunimentError, TrainingDiverged
from registry.files import write_atomically
from registry.progress import Steps
from registry.records import Base

if TYPE_CHECKING:
    import pyarrow as pa

_DONE, _FAILED, _STEPS = "together.done.json", "together.failed.json", "together.steps"


@dataclass(frozen=True)
class Share:
    """What a member is given besides rows. Its `section` is that of one process, with its part of a batch."""

    base: Base
    footing: Footing | None
    section: SftSection
    artifacts: Artifacts
    scratch: Path


def take_part(table: pa.Table, share: Share) -> None:
    """Train. The first of them writes the adapter, says how far they are; whoever is refused says why.

    Raises as `flows.training.sft.learn_alone`, and DiskFull.
    """
    torch.set_num_threads(max(1, (os.cpu_count() or 1) // int(os.environ[LOCAL_SIZE])))
    if torch.cuda.is_available():  # accelerate chooses so too, but after the base was loaded
        torch.cuda.set_device(int(os.environ.get(LOCAL_RANK, "0")) % torch.cuda.device_count())
    place, progress = (share.artifacts, share.scratch), _noting(share.scratch / _STEPS) if is_first() else None
    try:
        with disk_full_named(share.scratch):
            trained = learn_alone(table, share.base, share.section, place, progress, share.footing)
    except MunimentError as error:
        tell(error, share.scratch)
        raise
    if is_first():
        write_atomically(share.scratch / _DONE, json.dumps(asdict(trained)).encode())


def tell(error: MunimentError, scratch: Path) -> None:
    """Leave what went wrong for whoever waits."""
    told = {"error": type(error).__name__, "message": error.message, "next_step": error.next_step}
    write_atomically(scratch / _FAILED, json.dumps(told).encode())


def has_told(scratch: Path) -> bool:
    return (scratch / _FAILED).exists()


def forget(scratch: Path) -> None:
    """Remove what members of an earlier run left."""
    for name in (_DONE, _FAILED, _STEPS):
        (scratch / name).unlink(missing_ok=True)


def report(scratch: Path, progress: Steps | None, heard: int) -> int:
    """Pass on how many steps they have done, where that is not the number `heard` before; returns it."""
    if progress is None or not (scratch / _STEPS).exists():
        return heard
    done, total, beside = (scratch / _STEPS).read_text(encoding="utf-8").split(" ", 2)
    if int(done) != heard:
        progress(int(done), int(total), beside)
    return int(done)


def await_result(scratch: Path, seconds: float) -> None:
    """Until it is in sight: a shared file system may keep back for a while what another machine wrote."""
    until = time.monotonic() + seconds
    while not (scratch / _DONE).exists() and time.monotonic() < until:
        time.sleep(0.5)


def result(scratch: Path) -> Trained:
    return Trained(**json.loads((scratch / _DONE).read_text(encoding="utf-8")))


def refusal(scratch: Path) -> MunimentError:
    """What the member that failed said, as the error that it was."""
    if not has_told(scratch):
        return TrainingDiverged(
            "one of the processes that train together ended without a word",
            "it may have been killed for want of memory: set fewer sft.processes, then run again",
        )
    told = json.loads((scratch / _FAILED).read_text(encoding="utf-8"))
    kind = getattr(errors, told["error"], MunimentError)
    named = kind(told["message"], told["next_step"])
    assert isinstance(named, MunimentError)
    return named


def _noting(path: Path) -> Steps:
    def note(done: int, total: int, beside: str = "", /) -> None:
        write_atomically(path, f"{done} {total} {beside}".encode())

    return note
