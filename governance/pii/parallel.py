"""How much text is handed to a process at once, and how many processes a text is worth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import psutil

from registry.processes import cgroup, cores

T = TypeVar("T")
WORKER_BYTES = 1_200 * 2**20
"""What one process needs at most; it holds its own copy of the language model."""
CHARS_THAT_PAY = 100_000
"""A further process takes seconds to start, in which another one scrubs about so much text."""
BATCH_CHARS = 20_000
BATCH_ITEMS = 500


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


def _free_bytes() -> int:
    """Memory that can still be had on this machine and in its container."""
    free = int(psutil.virtual_memory().available)
    limit = cgroup("memory.max")
    return min(free, int(limit)) if limit.isdigit() else free
