"""Work spread over processes of this machine: the same results in the same order, whatever their number.

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

from registry.errors import WorkerDied

T = TypeVar("T")
R = TypeVar("R")
WAITING = 3
"""How many items are read ahead for each process."""
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")
_CGROUP = Path("/sys/fs/cgroup")


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
                "a process ended before its work was done, most often because memory ran out",
                "run again, with more memory free or fewer workers; a scrub goes on where it ended",
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
    quota, _, period = cgroup("cpu.max").partition(" ")
    return max(1, min(cores, int(quota) // int(period))) if quota.isdigit() and period.isdigit() else cores


def cgroup(name: str) -> str:
    """A value of control groups version 2; empty where there is none."""
    try:
        return (_CGROUP / name).read_text(encoding="ascii").strip()
    except OSError:
        return ""
