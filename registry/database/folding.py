"""The engine's log folded into its file, without a moment in which a kill leaves neither.

DuckDB writes blocks of metadata over themselves when it checkpoints, and the file cannot be read any more after a kill
that cut one of them in two. Its own checkpoints of the file are off, therefore: once nobody holds the file a copy of it
takes in a copy of the log, and then the place of both.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from registry.artifacts import disk_full_named, sync
from registry.database import schema
from registry.errors import DiskFull, IntegrityError, RegistryBusy

_LARGE_BYTES, _PART = 64 * 2**20, 64
"""A file above that size is copied once its log has grown to so small a part of it."""
_guard = threading.Lock()
_held: Counter[Path] = Counter()


@contextmanager
def held(path: Path, wait_s: float, actor: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the file at `path`, whose log is folded in when this process has closed its last one.

    Call it while holding the turn. Raises RegistryBusy, RegistryTooNew, DiskFull, IntegrityError.
    """
    path = path.absolute()
    with _guard:
        if not _held[path]:
            finish(path)
        _held[path] += 1
    connection = None
    try:
        connection = schema.connect(path, wait_s, actor)
        yield connection
    finally:
        with _guard, schema.named_errors(path):
            _held[path] -= 1
            if connection is not None:
                connection.close()
                if not _held[path]:
                    _fold(path)


def log_of(path: Path) -> Path:
    """Where the engine keeps what was committed and is not in the file yet."""
    return path.with_name(f"{path.name}.wal")


def hand_over(path: Path, fresh: Path) -> None:
    """Have `fresh` take the place of the file and its log as soon as the one connection to them is closed.

    Raises RegistryBusy where there are more: what they write meanwhile would be lost.
    """
    with _guard:
        if _held[path.absolute()] > 1:
            raise RegistryBusy(f"{path} is being written", "run again")
        _owned_alike(path, fresh)
        fresh.replace(_whole_of(path))
        sync(path.parent)


def finish(path: Path) -> None:
    """Go on where a process was killed; every step may be repeated."""
    draft = _draft_of(path)
    for left in (draft, log_of(draft)):
        left.unlink(missing_ok=True)
    if _whole_of(path).exists():
        log_of(path).unlink(missing_ok=True)
        _whole_of(path).replace(path)
        sync(path.parent)


def _whole_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.folded")


def _draft_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.folding")


def _owned_alike(path: Path, fresh: Path) -> None:
    """Who may read and write the file may do so after: people share one by its group."""
    stands = path.stat()
    shutil.copystat(path, fresh)
    os.utime(fresh)  # a backup by time and size would pass it over
    for owner in (stands.st_uid, -1):
        with suppress(PermissionError):
            os.chown(fresh, owner, stands.st_gid)
            return


def _fold(path: Path) -> None:
    """Where there is no room for a copy the log stays: nothing is lost, and the next one to close the file tries."""
    finish(path)
    log, draft = log_of(path), _draft_of(path)
    logged = log.stat().st_size if log.exists() else 0
    size = path.stat().st_size if path.exists() else 0
    if not logged or (size > _LARGE_BYTES and logged < size // _PART):
        return
    with suppress(DiskFull), schema.named_errors(path), disk_full_named(path):
        shutil.copyfile(path, draft)
        shutil.copyfile(log, log_of(draft))
        with duckdb.connect(str(draft), config=schema.SETTINGS) as copy:
            copy.execute(schema.SILENT)
            copy.execute("CHECKPOINT")
        if log_of(draft).exists() and log_of(draft).stat().st_size:
            raise IntegrityError(f"the log of {path} could not be folded in", "run again")
        _owned_alike(path, draft)
        sync(draft)
        draft.replace(_whole_of(path))
        sync(path.parent)
    finish(path)
