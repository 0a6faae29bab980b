"""One process at a time, where two would work on the same files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from registry.errors import Busy


@contextmanager
def alone(lock_file: Path, busy: str) -> Iterator[None]:
    """Hold `lock_file`, which goes with the block. Raises Busy, saying `busy`, while another process holds it."""
    lock = FileLock(lock_file)
    try:
        lock.acquire(timeout=1)
    except Timeout as error:
        raise Busy(busy, "wait for it, then run again") from error
    try:
        yield
    finally:
        lock.release()
        lock_file.unlink(missing_ok=True)
