"""Small files that are there whole or not at all, and stay there after a power cut."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from registry.artifacts import disk_full_named, sync
from registry.errors import ConfigError

T = TypeVar("T")


def nearest(path: Path) -> Path:
    """The path itself where something is there, else the nearest folder above it that is."""
    return next(place for place in (path, *path.absolute().parents) if place.exists())


def writable(folder: Path) -> bool:
    """Whether something can be made in it. False for what is no folder."""
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


def expanded(path: Path) -> Path:
    """With the home directory that `~` or `~NAME` stands for. Raises ConfigError where that user has none."""
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise ConfigError(f"{path}: there is no such home directory", "name the whole path, or set HOME") from error


def read_whole(path: Path) -> bytes:
    """The bytes of a file; what waits for a writer, such as a pipe put in its place, is none. Raises OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode):
            raise OSError(errno.EISDIR if stat.S_ISDIR(mode) else errno.ENXIO, "Is no file", str(path))
        with open(handle, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(handle)


def left_whole(path: Path, read: Callable[[bytes], T]) -> T | None:
    """What a run that was cut off left for the next one, as `read` makes it out; None where it is to be made anew.

    That is where nothing lies, and where a bad disk keeps a file's name and not its bytes: no rerun may end by it.
    """
    try:
        return read(path.read_bytes()) if path.is_file() else None
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def left_or_made(path: Path, read: Callable[[bytes], T], make: Callable[[], T]) -> T:
    """What `left_whole` finds there, else what `make` gives, left there as JSON for the next run. Raises DiskFull."""
    known = left_whole(path, read)
    if known is None:
        known = make()
        write_copy(path, json.dumps(known).encode())
    return known


def write_atomically(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Write beside, sync, rename, sync the directory. Raises DiskFull; ConfigError for a device or a directory."""
    if path.exists() and not path.is_file():
        raise ConfigError(f"{path} is no file that could be replaced", "name another one")
    write_copy(path, data)
    with disk_full_named(path):
        sync(path.parent)


def write_copy(path: Path, data: bytes | Iterable[bytes]) -> None:
    """The same for a copy of what the registry keeps: a power cut may leave the older state, from which it is mended.

    Raises DiskFull.
    """
    staging = path.with_name(f".{path.name}.{uuid4().hex}")
    with disk_full_named(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with staging.open("wb") as file:
                file.writelines([data] if isinstance(data, bytes) else data)
                file.flush()
                os.fsync(file.fileno())
            staging.replace(path)
        finally:
            staging.unlink(missing_ok=True)
