"""Stages work side by side; what removes artifacts works alone, while no stage is between reading and keeping.

The lock is the operating system's own on an open file, so it goes with the process, however that ends.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from registry.artifacts import disk_full_named
from registry.errors import Busy
from registry.workspace import Workspace


@contextmanager
def working(workspace: Workspace) -> Iterator[None]:
    """Held by every stage while it works. Raises Busy while artifacts are being removed."""
    busy = "artifacts are being removed from this workspace"
    with _held(workspace, fcntl.LOCK_SH, busy, "wait for that command to end, then run again"):
        yield


@contextmanager
def undisturbed(workspace: Workspace) -> Iterator[None]:
    """Held by whoever removes artifacts. Raises Busy while a stage works."""
    with _held(workspace, fcntl.LOCK_EX, "a run is at work in this workspace", "wait for it to end, then try again"):
        yield


@contextmanager
def _held(workspace: Workspace, kind: int, busy: str, then: str) -> Iterator[None]:
    with disk_full_named(workspace.root):
        handle = os.open(workspace.root / ".gate", os.O_RDWR | os.O_CREAT, 0o666)
    try:
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy(busy, then) from error
        yield
    finally:
        os.close(handle)
