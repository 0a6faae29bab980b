"""One process at a time, where two would work on the same files."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from registry.artifacts import disk_full_named
from registry.errors import Busy

_WAIT_S, _AGAIN_S = 1.0, 0.02
_LONGEST = 200


@contextmanager
def alone(lock_file: Path, busy: str, at: str = "") -> Iterator[None]:
    """Hold `lock_file`, which goes with the block and says what we are `at`. Raises Busy, saying `busy`, while another
    process holds it.
    """
    deadline = time.monotonic() + _WAIT_S
    while (handle := _taken(lock_file)) is None:
        if time.monotonic() >= deadline:
            raise Busy(busy, "wait for it, then run again")
        time.sleep(_AGAIN_S)
    try:
        with disk_full_named(lock_file):
            os.truncate(handle, 0)
            os.write(handle, at.encode())
        yield
    finally:
        if _lies(lock_file, handle):
            lock_file.unlink(missing_ok=True)
        os.close(handle)


def held(lock_file: Path) -> str | None:
    """What the process that holds `lock_file` is at, None where nobody holds it, or it may not be asked."""
    try:
        handle = os.open(lock_file, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.read(handle, _LONGEST).decode(errors="replace")
    finally:
        os.close(handle)
    return None


def _taken(lock_file: Path) -> int | None:
    """The file, open and locked. Whoever held it before has taken it away: one that no longer lies there locks nobody
    out.
    """
    with disk_full_named(lock_file):
        handle = os.open(lock_file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
    with suppress(BlockingIOError):
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _lies(lock_file, handle):
            return handle
    os.close(handle)
    return None


def _lies(lock_file: Path, handle: int) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(handle), lock_file.lstat())
    return False
