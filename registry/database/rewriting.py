"""The registry file written anew: DuckDB keeps what was deleted or changed in freed blocks and in its log.

A fresh copy takes the place of the old file and its log once that is closed.
"""

from __future__ import annotations

from registry.artifacts import disk_full_named
from registry.database.copying import copy
from registry.database.folding import hand_over, log_of
from registry.database.schema import named_errors
from registry.database.store import Registry


def rewrite(registry: Registry) -> None:
    """Have a fresh copy of the registry take its place. The last thing to be done with this connection.

    Raises IntegrityError where the copy is not the same, RegistryBusy, DiskFull.
    """
    path = registry.path.resolve()
    fresh = path.with_name(f".{path.name}.fresh")
    for left in (fresh, log_of(fresh)):
        left.unlink(missing_ok=True)
    with named_errors(path), disk_full_named(path):
        copy(registry, fresh)
        hand_over(path, fresh)
