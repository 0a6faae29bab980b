"""Supervised fine-tuning in one process, or by several on one machine, each with its share of every batch.

Gradients are averaged by torch's DistributedDataParallel: over gloo on CPUs, over NCCL where each process has a GPU.
A batch holds the rows that it would hold in one process, so that the losses are the same up to rounding.
"""

from __future__ import annotations

import json
import os
import socket
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch.multiprocessing.spawn import ProcessExitedException, ProcessRaisedException, spawn

from flows.training.loop import Trained
from flows.training.ranks import RANK
from flows.training.settings import SftSection
from flows.training.sft import Footing, learn_alone
from registry import errors
from registry.artifacts import Artifacts
from registry.errors import MunimentError, TrainingDiverged
from registry.files import write_atomically
from registry.progress import Progress
from registry.records import Base

if TYPE_CHECKING:
    import pyarrow as pa


_POLL_S = 0.5
_DONE, _FAILED, _STEPS = "together.done.json", "together.failed.json", "together.steps"


def learn(
    table: pa.Table,
    base: Base,
    section: SftSection,
    place: tuple[Artifacts, Path],
    progress: Progress | None = None,
    footing: Footing | None = None,
) -> Trained:
    """`flows.training.sft.learn_alone`, by `section.processes` processes; a killed run goes on from its checkpoint.

    Raises as that does, and TrainingDiverged where one of several processes died without a word.
    """
    if section.processes == 1:
        return learn_alone(table, base, section, place, progress, footing)
    _, scratch = place
    for name in (_DONE, _FAILED, _STEPS):
        (scratch / name).unlink(missing_ok=True)
    ours = section.model_copy(update={
        "processes": 1, "per_device_train_batch_size": section.per_device_train_batch_size // section.processes,
    })  # fmt: skip
    group = spawn(  # type: ignore[no-untyped-call]
        _member, (table, (base, footing), ours, place, (section.processes, _free_port())), section.processes, join=False
    )
    try:
        while not group.join(timeout=_POLL_S):
            _report(scratch / _STEPS, progress)
    except (ProcessRaisedException, ProcessExitedException) as error:
        raise _named(scratch / _FAILED) from error
    finally:
        for process in group.processes:
            process.kill()
    return Trained(**json.loads((scratch / _DONE).read_text(encoding="utf-8")))


def _member(
    rank: int,
    table: pa.Table,
    start: tuple[Base, Footing | None],
    section: SftSection,
    place: tuple[Artifacts, Path],
    group: tuple[int, int],
) -> None:
    """One process. The first of them writes the adapter, says how far they are, and what went wrong."""
    (base, footing), (size, port) = start, group
    os.environ |= {
        RANK: str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(size), "LOCAL_WORLD_SIZE": str(size),
        "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port),
    }  # fmt: skip
    torch.set_num_threads(max(1, (os.cpu_count() or 1) // size))
    scratch = place[1]
    try:
        trained = learn_alone(table, base, section, place, _noting(scratch / _STEPS) if rank == 0 else None, footing)
    except MunimentError as error:
        told = {"error": type(error).__name__, "message": error.message, "next_step": error.next_step}
        write_atomically(scratch / _FAILED, json.dumps(told).encode())
        raise
    if rank == 0:
        write_atomically(scratch / _DONE, json.dumps(asdict(trained)).encode())
    torch.distributed.destroy_process_group()


def _noting(path: Path) -> Progress:
    def note(done: int, total: int) -> None:
        write_atomically(path, f"{done} {total}".encode())

    return note


def _report(path: Path, progress: Progress | None) -> None:
    if progress and path.exists():
        done, total = path.read_text(encoding="utf-8").split()
        progress(int(done), int(total))


def _named(path: Path) -> MunimentError:
    """What the process that failed said, as the error that it was."""
    if not path.exists():
        return TrainingDiverged(
            "one of the processes that train together ended without a word",
            "it may have been killed for want of memory: set fewer sft.processes, then run again",
        )
    told = json.loads(path.read_text(encoding="utf-8"))
    kind = getattr(errors, told["error"], MunimentError)
    named = kind(told["message"], told["next_step"])
    assert isinstance(named, MunimentError)
    return named


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
