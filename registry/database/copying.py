"""The registry's rows copied into a fresh file: what it holds and nothing else, as of one moment.

The fresh file gets its tables from the same migrations as any other, so whatever was planted in the old one, or
lies in its freed blocks, does not come along.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from registry.artifacts import disk_full_named, sync
from registry.database import schema
from registry.database.store import Registry
from registry.errors import IntegrityError

TABLES = ("records", "edges", "stages", "events", "attestations", "adopted", "checkpoints")
_BATCH_ROWS = 50_000


def copy(registry: Registry, fresh: Path) -> int:
    """Write the registry as it is now to `fresh`, which must not exist, and sync it; returns how many rows it has.

    Raises IntegrityError where the copy is not whole, DiskFull.
    """
    with schema.named_errors(fresh), disk_full_named(fresh):
        with duckdb.connect(str(fresh), config=schema.SETTINGS) as to, schema.transaction(registry.connection):
            schema.migrate(to, fresh, registry.actor)
            rows = sum(_table(registry, to, name) for name in TABLES)
            to.execute("CHECKPOINT")
        sync(fresh)
    return rows


def _table(registry: Registry, to: duckdb.DuckDBPyConnection, name: str) -> int:
    (wanted,) = registry.connection.execute(f"SELECT count(*) FROM {name}").fetchall()[0]  # noqa: S608 - our names
    reader = registry.connection.execute(f"SELECT * FROM {name}").fetch_record_batch(_BATCH_ROWS)  # noqa: S608
    for batch in reader:
        to.register("batch", batch)
        to.execute(f"INSERT INTO {name} SELECT * FROM batch")  # noqa: S608 - our names
        to.unregister("batch")
    (kept,) = to.execute(f"SELECT count(*) FROM {name}").fetchall()[0]  # noqa: S608 - our names
    if kept != wanted:
        raise IntegrityError(f"{kept} of {wanted} rows of {name} were copied", "run again")
    return int(kept)
