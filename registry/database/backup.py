"""A copy of the registry that was proved before anybody relies on it, made while others go on working.

It is a registry file like any other. Artifacts never change, so any tool that copies files keeps them.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from registry.artifacts import disk_full_named, sync
from registry.audit.proving import prove
from registry.audit.sealed import Proof
from registry.database import schema
from registry.database.copying import copy
from registry.database.store import Registry
from registry.errors import ConfigError
from registry.progress import Progress
from registry.trust.principals import Trust


def back_up(registry: Registry, target: Path, trust: Trust, progress: Progress | None = None) -> Proof:
    """Write the registry as it is now to `target`, which must not exist, after proving the copy's whole chain.

    Raises ConfigError, ChainBroken, DiskFull.
    """
    schema.require_text((str(target),))
    if target.exists():
        raise ConfigError(f"{target} exists already; nothing is overwritten", "name another file")
    with aside(target) as place:
        draft = place / target.name
        copy(registry, draft)
        with Registry.open(draft, registry.actor, sealing=registry.sealing) as copied:
            proof = prove(copied, trust, progress)
        draft.rename(target)
        sync(target.parent)
    return proof


@contextmanager
def aside(target: Path) -> Iterator[Path]:
    """A directory beside `target` for what is not finished; it goes with the block."""
    place = target.with_name(f".{target.name}.unfinished")
    shutil.rmtree(place, ignore_errors=True)  # what a kill left
    with disk_full_named(target):
        place.mkdir(parents=True)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
