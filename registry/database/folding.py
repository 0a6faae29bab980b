"""The engine's log folded into its file, without a moment in which a kill leaves neither.

DuckDB writes blocks of metadata over themselves when it checkpoints, and the file cannot be read any more after a kill
that cut one of them in two. Its own checkpoints of the file are off, therefore: once nobody holds the file a copy of it
takes in a copy of the log, and then the place of both.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from registry import digests
from registry.artifacts import disk_full_named, sync
from registry.database import schema
from registry.database.turns import busy, pause
from registry.errors import DiskFull, IntegrityError

_LARGE_BYTES, _PART = 64 * 2**20, 64
"""A file above that size is copied once its log has grown to so small a part of it."""
_HEAD_BYTES = 3 * 4096
"""What DuckDB's file begins with: which state it is in is told there, and by no other state alike."""
_guard = threading.Lock()
_locks: dict[Path, tuple[int, int]] = {}
"""By file: the open lock of this process, and how many of its connections share it."""


@contextmanager
def held(path: Path, wait_s: float, actor: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the file at `path`, whose log is folded in when this process has closed its last one.

    No other process has one meanwhile. Raises RegistryBusy, RegistryTooNew, DiskFull, IntegrityError.
    """
    path = path.resolve()
    with alone(path, wait_s) as left_s:
        connection = schema.connect(path, left_s, actor)
        try:
            yield connection
        finally:
            with _guard, schema.named_errors(path):
                last = _locks[path][1] == 1 and sessions(connection) <= 1
                connection.close()
                if last:
                    _fold(path)


def sessions(connection: duckdb.DuckDBPyConnection) -> int:
    """How many this process has with the same file: a server's clients have theirs, and may commit while they have."""
    with suppress(duckdb.Error):  # after a fatal error nobody commits any more
        return int(connection.execute("SELECT count FROM duckdb_connection_count()").fetchall()[0][0])
    return 0


@contextmanager
def alone(path: Path, wait_s: float) -> Iterator[float]:
    """No other process has the file meanwhile; gives how many seconds of `wait_s` are left. Raises RegistryBusy."""
    path, deadline = path.resolve(), time.monotonic() + wait_s
    while not _taken(path):
        if time.monotonic() >= deadline:
            raise busy(path, None)
        pause()
    try:
        yield max(0.0, deadline - time.monotonic())
    finally:
        with _guard:
            _given_back(path)


def log_of(path: Path) -> Path:
    """Where the engine keeps what was committed and is not in the file yet: beside the file itself, not a link."""
    path = path.resolve()
    return path.with_name(f"{path.name}.wal")


def settle(path: Path) -> None:
    """Fold the log in however small it is. For a file that nobody holds and that is to stand alone."""
    _fold(path.resolve(), at_once=True)


def snapshot(path: Path, place: Path, wait_s: float) -> Path:
    """The file with its log as a copy in `place`, for whoever may not write beside it. Raises RegistryBusy."""
    path = path.resolve()
    copy = place / path.name
    with _still(path, wait_s):
        whole = _whole_of(path)
        shutil.copyfile(whole if whole.exists() else path, copy)
        if log_of(path).exists() and not whole.exists():
            shutil.copyfile(log_of(path), log_of(copy))
    return copy


@contextmanager
def _still(path: Path, wait_s: float) -> Iterator[None]:
    """Nobody writes to the file meanwhile. Where there is no lock to ask for, as in a copy, nobody does."""
    deadline = time.monotonic() + wait_s
    try:
        lock = os.open(_lock_of(path), os.O_RDONLY)
    except OSError:
        yield
        return
    try:
        while not _shared(lock):
            if time.monotonic() >= deadline:
                raise busy(path, None)
            pause()
        yield
    finally:
        os.close(lock)


def _shared(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def hand_over(path: Path, fresh: Path) -> None:
    """Have `fresh` take the place of the file and its log as soon as the one connection to them is closed.

    Raises RegistryBusy where there are more: what they write meanwhile would be lost.
    """
    path = path.resolve()
    with _guard:
        if _locks.get(path, (0, 0))[1] > 1:
            raise busy(path, str(os.getpid()))
        _owned_alike(path, fresh)
        fresh.replace(_whole_of(path))
        sync(path.parent)


def finish(path: Path) -> None:
    """Go on where a process was killed; every step may be repeated."""
    draft = _draft_of(path)
    for left in (draft, log_of(draft)):
        left.unlink(missing_ok=True)
    waiting = list(path.parent.glob(f".{path.name}.*.folded")) if path.exists() else []
    for one in waiting:
        if one != _whole_of(path):
            one.unlink()  # of another state than the file is in: it came along with a copy, or the file was put back
            continue
        log_of(path).unlink(missing_ok=True)
        one.replace(path)
        sync(path.parent)


def _taken(path: Path) -> bool:
    """Whether this process has the file now. Nobody gets a share of one that is about to be replaced."""
    with _guard:
        lock, shares = _locks.get(path, (0, 0))
        if shares:
            if _whole_of(path).exists():
                return False
        else:
            lock = _opened(_lock_of(path))
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                finish(path)
            except BlockingIOError:
                os.close(lock)
                return False
            except BaseException:
                os.close(lock)
                raise
        _locks[path] = lock, shares + 1
        return True


def _lock_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.lock")


def _opened(lock: Path) -> int:
    with disk_full_named(lock):
        lock.parent.mkdir(parents=True, exist_ok=True)
        try:
            return os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        except PermissionError:  # somebody else's, who shares the registry and not this
            return os.open(lock, os.O_RDONLY)


def _given_back(path: Path) -> None:
    lock, shares = _locks[path]
    if shares > 1:
        _locks[path] = lock, shares - 1
        return
    del _locks[path]
    os.close(lock)


def _forget() -> None:
    """A forked process has no part in what its parent holds, and must not keep it from others by living longer."""
    for lock, _ in _locks.values():
        os.close(lock)
    _locks.clear()


os.register_at_fork(after_in_child=_forget)


def _whole_of(path: Path) -> Path:
    """What is to replace the file is named after the state that the file is in."""
    return path.with_name(f".{path.name}.{state_of(path)[:16]}.folded")


def state_of(path: Path) -> str:
    """What the file's state is known by, which changes when a log is folded in."""
    with path.open("rb") as file:
        return digests.of_bytes(file.read(_HEAD_BYTES))


def _draft_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.folding")


def _bytes_in(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _owned_alike(path: Path, fresh: Path) -> None:
    """Who may read and write the file may do so after: people share one by its group."""
    stands = path.stat()
    shutil.copystat(path, fresh)
    os.utime(fresh)  # a backup by time and size would pass it over
    for owner in (stands.st_uid, -1):
        with suppress(PermissionError):
            os.chown(fresh, owner, stands.st_gid)
            return


def _fold(path: Path, at_once: bool = False) -> None:
    """Where no copy can be made, for want of room or of a right, the log stays: nothing is lost, and whoever closes the
    file next tries again.
    """
    finish(path)
    log, draft = log_of(path), _draft_of(path)
    logged, size = _bytes_in(log), _bytes_in(path)
    if not logged or (not at_once and size > _LARGE_BYTES and logged < size // _PART):
        return
    with suppress(DiskFull, OSError), schema.named_errors(path), disk_full_named(path):
        for source, copy in ((path, draft), (log, log_of(draft))):
            copy.touch(mode=0o600)
            shutil.copyfile(source, copy)
        with duckdb.connect(str(draft), config=schema.SETTINGS) as connection:
            connection.execute(schema.SILENT)
            connection.execute("CHECKPOINT")
        if _bytes_in(log_of(draft)):
            raise IntegrityError(f"the log of {path} could not be folded in", "run again")
        _owned_alike(path, draft)
        sync(draft)
        draft.replace(_whole_of(path))
        sync(path.parent)
    finish(path)
