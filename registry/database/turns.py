"""Turns at the registry file: whoever asked first gets it first, so that no command starves beside a busy loop.

DuckDB's own lock says who holds the file, and lets whoever happens to try next have it. A ticket is a file whose
name begins with the time it was drawn, locked by its owner: a ticket that nobody locks belongs to the dead.
"""

from __future__ import annotations

import fcntl
import os
import random
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from registry.artifacts import disk_full_named
from registry.errors import RegistryBusy

POLL_S = (0.002, 0.02)
_TICKET = re.compile(r"\d{20}-(\d+)-[0-9a-f]{8}")


@contextmanager
def turn(path: Path, wait_s: float) -> Iterator[float]:
    """Wait until nobody is before this process, then hold the turn; gives how many seconds of `wait_s` are left.

    Connections of one process take no turns among each other. Raises RegistryBusy naming the holder.
    """
    deadline = time.monotonic() + wait_s
    with disk_full_named(path):
        queue = _queue_of(path.resolve())
        queue.mkdir(parents=True, exist_ok=True)
        ticket, handle = _drawn(queue)
    try:
        while (holder := _before(queue, ticket)) is not None:
            if time.monotonic() >= deadline:
                raise busy(path, holder)
            pause()
        yield max(0.0, deadline - time.monotonic())
    finally:
        ticket.unlink(missing_ok=True)
        os.close(handle)


def _queue_of(path: Path) -> Path:
    """Beside the file itself: whoever comes by a link stands in the same queue."""
    return path.with_name(f".{path.name}.queue")


def busy(path: Path, holder: str | None) -> RegistryBusy:
    by = f" by process {holder}" if holder else ""
    next_step = "wait for the other command to end, then try again; if that is a server, name it as registry.url"
    return RegistryBusy(f"{path} is held{by}", next_step)


def pause() -> None:
    """A little while at random. Never longer for whoever has tried before: the one that waits longest would starve."""
    time.sleep(random.uniform(*POLL_S))  # noqa: S311 - jitter


def _drawn(queue: Path) -> tuple[Path, int]:
    """A ticket that is locked before anybody can see it."""
    draft = queue / f".{uuid4().hex}"
    handle = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
    fcntl.flock(handle, fcntl.LOCK_EX)
    ticket = queue / f"{time.time_ns():020d}-{os.getpid()}-{draft.name[1:9]}"
    draft.rename(ticket)
    return ticket, handle


def _before(queue: Path, ticket: Path) -> str | None:
    """The process that holds the oldest ticket drawn before this one; tickets of the dead are thrown away."""
    drawn = (found for one in queue.iterdir() if (found := _TICKET.fullmatch(one.name)))
    for name, pid in sorted((found[0], found[1]) for found in drawn if found[0] < ticket.name):
        if pid == str(os.getpid()):
            continue
        if _alive(queue / name):
            return pid
        with suppress(OSError):
            (queue / name).unlink()
    return None


def _alive(ticket: Path) -> bool:
    try:
        handle = os.open(ticket, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return False  # its owner is done, or it is no ticket
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
