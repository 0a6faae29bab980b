"""Supervised fine-tuning in one process, or by several, each with its share of every batch.

Gradients are averaged by torch's DistributedDataParallel: over gloo on CPUs, over NCCL where each process has a GPU.
A batch holds the rows that it would hold in one process, so that the losses are the same up to rounding.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch.multiprocessing.spawn import ProcessContext, ProcessExitedException, ProcessRaisedException, spawn

from flows.training.loop import Trained
from flows.training.planning.plan import warmed
from flows.training.processes import clustered, member
from flows.training.processes.member import Share
from flows.training.ranks import LOCAL_RANK, LOCAL_SIZE, RANK
from flows.training.settings import SftSection
from flows.training.sft import Footing, learn_alone
from registry.artifacts import Artifacts
from registry.progress import Steps
from registry.records import Base

if TYPE_CHECKING:
    import pyarrow as pa


_POLL_S = 0.1


def learn(
    table: pa.Table,
    base: Base,
    section: SftSection,
    place: tuple[Artifacts, Path],
    progress: Steps | None = None,
    footing: Footing | None = None,
) -> Trained:
    """`flows.training.sft.learn_alone`, by `section.processes` processes; a killed run goes on from its checkpoint.

    Raises as that does, TrainingDiverged where one of several processes died without a word, and with
    `section.launcher` ray as `flows.training.processes.clustered.started`.
    """
    section = warmed(section, table.num_rows)
    if section.processes == 1 and section.launcher == "spawn":
        return learn_alone(table, base, section, place, progress, footing)
    artifacts, scratch = place
    member.forget(scratch)
    ours = share_of(section, table.num_rows)
    begin = clustered.started if section.launcher == "ray" else _started
    with begin(table, Share(base, footing, ours, artifacts, scratch), section.processes) as group:
        heard = 0
        try:
            while not group.join(timeout=_POLL_S):
                heard = member.report(scratch, progress, heard)
        except (ProcessRaisedException, ProcessExitedException) as error:
            raise member.refusal(scratch) from error
    member.report(scratch, progress, heard)
    return member.result(scratch)


def share_of(section: SftSection, rows: int) -> SftSection:
    """What each of `section.processes` processes does: passes over `rows` as the whole batch counts them."""
    batch = section.per_device_train_batch_size // section.processes
    passes = section.passes(rows)
    return section.model_copy(
        update={"processes": 1, "per_device_train_batch_size": batch, "num_train_epochs": passes}
    )


@contextmanager
def _started(table: pa.Table, share: Share, size: int) -> Iterator[ProcessContext]:
    """`size` processes on this machine, none of which outlives the block."""
    group = spawn(_member, (table, share, (size, _free_port())), size, join=False)  # type: ignore[no-untyped-call]
    try:
        yield group
    finally:
        for process in group.processes:
            process.kill()


def _member(rank: int, table: pa.Table, share: Share, group: tuple[int, int]) -> None:
    size, port = group
    os.environ |= {
        RANK: str(rank), LOCAL_RANK: str(rank), "WORLD_SIZE": str(size), LOCAL_SIZE: str(size),
        "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port),
    }  # fmt: skip
    member.take_part(table, share)
    torch.distributed.destroy_process_group()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
