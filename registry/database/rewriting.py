"""The registry file written anew: DuckDB keeps what was deleted or changed in freed blocks and in its log.

A fresh copy takes the old file's place in one rename, while the old one is still held.
"""

from __future__ import annotations

from pathlib import Path

from registry.artifacts import disk_full_named, sync
from registry.database.copying import copy
from registry.database.schema import named_errors
from registry.database.store import Registry
from registry.errors import IntegrityError


def rewrite(registry: Registry) -> None:
    """Put a fresh copy of the registry in its place. The last thing to be done with this connection.

    Raises IntegrityError where the copy is not the same, DiskFull.
    """
    path = registry.path
    fresh = path.with_name(f".{path.name}.fresh")
    for left in (fresh, _log(fresh)):
        left.unlink(missing_ok=True)
    with named_errors(path), disk_full_named(path):
        registry.connection.execute("CHECKPOINT")
        copy(registry, fresh)
        if _log(path).exists() and _log(path).stat().st_size:
            raise IntegrityError(f"{path} is being written", "run again")
        fresh.replace(path)
        sync(path.parent)


def _log(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")
