"""Scrubbing spread over processes of this machine: the same results in the same order, whatever their number.

Processes are spawned, not forked: a fork copies the locks of threads that don't exist in the copy.
"""

from __future__ import annotations

import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Thread
from typing import TypeVar

import psutil

from registry.errors import WorkerDied

T = TypeVar("T")
R = TypeVar("R")
WORKER_BYTES = 1_200 * 2**20
"""What one process needs at most; it holds its own copy of the language model."""
CHARS_THAT_PAY = 100_000
"""A further process takes seconds to start, in which another one scrubs about so much text."""
WAITING = 3
BATCH_CHARS = 20_000
BATCH_ITEMS = 500
_CGROUP = Path("/sys/fs/cgroup")
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")


@dataclass(frozen=True)
class Crew:
    """Processes or threads that work at the same time; without a pool, this one alone."""

    pool: Executor | None
    size: int

    def each(self, work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """`work(item)` for each item, in their order; only a few are read ahead. Raises WorkerDied and what `work`
        raises."""
        if self.pool is None:
            yield from map(work, items)
            return
        waiting: deque[Future[R]] = deque()
        try:
            for item in items:
                waiting.append(_submitted(self.pool, work, item))
                if len(waiting) >= WAITING * self.size:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            raise WorkerDied(
                "a scrubbing process ended before its work was done, most often because memory ran out",
                "run again, which goes on where it ended; if memory is short, with fewer workers",
            ) from error


def _submitted(pool: Executor, work: Callable[[T], R], item: T) -> Future[R]:
    """A broken pool fails in the item's turn: what was finished before it broke is handed on first."""
    try:
        return pool.submit(work, item)
    except BrokenProcessPool as error:
        failed: Future[R] = Future()
        failed.set_exception(error)
        return failed


@contextmanager
def crew(size: int) -> Iterator[Crew]:
    """`size` processes, which end with the block or with this process, however it ends."""
    if size <= 1:
        yield Crew(None, 1)
        return
    pool = pool_of(size)
    try:
        with one_thread_each():
            yield Crew(pool, size)
    finally:
        pool.shutdown(cancel_futures=True)


def pool_of(size: int) -> ProcessPoolExecutor:
    """`size` processes that end with this one; they start when there is work."""
    return ProcessPoolExecutor(size, mp_context=get_context("spawn"), initializer=_begin)


def fitting(chars: int) -> int:
    """How many processes to use for a text of `chars` code points: no more than there are CPU cores and memory for,
    or than pay."""
    return max(1, min(cores(), _free_bytes() // WORKER_BYTES, chars // CHARS_THAT_PAY))


def batches(items: Iterable[T], chars: Callable[[T], int]) -> Iterator[list[T]]:
    """Neighbours handed to a process together: about 20,000 code points, or one longer item."""
    batch: list[T] = []
    size = 0
    for item in items:
        batch.append(item)
        size += chars(item)
        if size >= BATCH_CHARS or len(batch) >= BATCH_ITEMS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _begin() -> None:
    """A worker dies with its parent, and quietly at Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parent = parent_process()
    if parent is not None:
        Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Processes inherit it: several that each spin on all cores are slower than one."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def cores() -> int:
    """Cores that this process may use, by affinity and by its container's quota."""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    quota, _, period = _cgroup("cpu.max").partition(" ")
    return max(1, min(cores, int(quota) // int(period))) if quota.isdigit() and period.isdigit() else cores


def _free_bytes() -> int:
    """Memory that can still be had on this machine and in its container."""
    free = int(psutil.virtual_memory().available)
    limit = _cgroup("memory.max")
    return min(free, int(limit)) if limit.isdigit() else free


def _cgroup(name: str) -> str:
    """A value of control groups version 2; empty where there is none."""
    try:
        return (_CGROUP / name).read_text(encoding="ascii").strip()
    except OSError:
        return ""
