"""Small files that are there whole or not at all, and stay there after a power cut."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from uuid import uuid4

from registry.artifacts import disk_full_named, sync
from registry.errors import ConfigError


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
