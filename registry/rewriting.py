"""The registry file written anew: DuckDB keeps what was deleted or changed in freed blocks and in its log.

The new file holds what the tables hold and nothing else, and takes the old one's place in one rename.
"""

from __future__ import annotations

import os
from pathlib import Path

from registry.artifacts import disk_full_named
from registry.errors import IntegrityError
from registry.schema import named_errors
from registry.store import Registry

_TABLES = "SELECT table_name FROM duckdb_tables() WHERE database_name = ? ORDER BY table_name"


def rewrite(registry: Registry) -> None:
    """Put a fresh copy of the registry in its place. The last thing to be done with this connection.

    Raises IntegrityError where the copy is not the same, DiskFull.
    """
    path = registry.path
    fresh = path.with_name(f".{path.name}.fresh")
    fresh.unlink(missing_ok=True)
    with named_errors(path), disk_full_named(path):
        _copy(registry, fresh)
        if _log(path).exists() and _log(path).stat().st_size:
            raise IntegrityError(f"{path} is being written", "run again")
        _sync(fresh)
        fresh.replace(path)
        _sync(path.parent)


def _copy(registry: Registry, fresh: Path) -> None:
    connection = registry.connection
    row = connection.execute("SELECT current_database()").fetchone()
    assert row is not None
    own = str(row[0])
    connection.execute("CHECKPOINT")
    connection.execute(f"ATTACH '{str(fresh).replace(chr(39), chr(39) * 2)}' AS fresh")
    try:
        connection.execute(f'COPY FROM DATABASE "{own}" TO fresh')
        connection.execute("CHECKPOINT fresh")
        if _sizes(registry, own) != _sizes(registry, "fresh"):
            raise IntegrityError(f"the copy of {registry.path} is not whole", "run again")
    finally:
        connection.execute("DETACH fresh")


def _sizes(registry: Registry, database: str) -> dict[str, int]:
    """Rows by table."""
    run = registry.connection.execute
    names = [str(name) for (name,) in run(_TABLES, [database]).fetchall()]
    counts = (run(f'SELECT count(*) FROM "{database}"."{name}"').fetchall() for name in names)  # noqa: S608 - our names
    return {name: int(found[0][0]) for name, found in zip(names, counts, strict=True)}


def _log(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
