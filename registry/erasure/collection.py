"""What no adapter, release or evidence was made from, and what no record holds: it may be removed, and nothing else.

Whatever an audit could ask for is reached from there by lineage, so it stays; so does what an erasure left of a
table, and what a legal hold is on. Removing is told in the audit chain before it begins.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from registry.artifacts import Artifacts
from registry.audit.checkpoints import Signers
from registry.audit.known import require_known
from registry.counted import counted
from registry.database.changes import Change, manifest
from registry.database.store import Registry
from registry.erasure.holds import in_force
from registry.erasure.records import Erasure
from registry.erasure.tombstones import successor
from registry.records import (
    Adapter,
    Base,
    Dataset,
    DocumentSet,
    Evidence,
    Export,
    Record,
    Release,
    ScrubbedSet,
    TrainingRun,
    ValidatedBatch,
)  # fmt: skip
from registry.times import naive
from registry.trust.principals import Trust
from registry.workspace import Workspace

HOLDING: tuple[type[Record], ...] = (
    DocumentSet, ScrubbedSet, ValidatedBatch, Dataset, Base, TrainingRun, Adapter, Export, Evidence, Release,
)  # fmt: skip
"""Records that stand for artifacts."""
_KEPT = """
WITH RECURSIVE kept(digest) AS (
    SELECT digest FROM records WHERE kind IN ('adapter', 'release', 'evidence', 'verdict') OR created_at > ?
    UNION
    SELECT e.parent FROM kept k JOIN edges e ON e.child = k.digest
)
SELECT digest FROM kept
"""
_HELD = """
SELECT e.child FROM edges e JOIN records r ON r.digest = e.parent
WHERE r.kind = 'document' AND list_contains(?, r.body ->> 'content')
"""


@dataclass(frozen=True)
class Garbage:
    """Artifacts by digest, directories of stages that a kill ended long ago, and how many bytes both take."""

    artifacts: tuple[str, ...]
    unfinished: tuple[Path, ...]
    size_bytes: int


def garbage(registry: Registry, workspace: Workspace, trust: Trust, now: datetime, age: timedelta) -> Garbage:
    """What can go. Whatever was recorded, begun or put in less than `age` ago stays, since work may go on from there,
    on another machine that shares the artifacts as well.

    Raises RolledBack: an older copy of the registry knows nothing of what was made since.
    """
    require_known(registry.connection, registry.sealing.outside, Signers.of(trust))
    keep = _kept(registry, workspace.artifacts, trust, now - age)
    old = (digest for digest in workspace.artifacts if digest not in keep)
    artifacts = tuple(digest for digest in old if _arrived(workspace.artifacts.address(digest)) < now - age)
    unfinished = tuple(path for path in _unfinished(workspace) if _changed(path) < now - age)
    places = [*map(workspace.artifacts.address, artifacts), *unfinished]
    return Garbage(artifacts, unfinished, sum(map(_size, places)))


def collect(registry: Registry, workspace: Workspace, found: Garbage) -> None:
    """Remove it; to be called while the workspace is `undisturbed`. A killed one is taken up by the next."""
    if found.artifacts:
        told = f"{counted(len(found.artifacts), 'artifact')}, manifest {manifest(found.artifacts)}"
        registry.apply(Change("gc", (), told))
    for digest in found.artifacts:
        workspace.artifacts.remove(digest)
    for path in found.unfinished:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _kept(registry: Registry, artifacts: Artifacts, trust: Trust, since: datetime) -> set[str]:
    reached = {str(row[0]) for row in registry.query(_KEPT, naive(since))}
    reached |= {str(row[0]) for row in registry.query(_HELD, sorted(in_force(registry, trust)))}
    records = (record for kind in HOLDING for record in registry.all(kind) if record.digest in reached)
    held = {digest for record in records for digest in record.held()}
    left = {one.successor for erasure in registry.all(Erasure) for one in erasure.removed if one.successor}
    return held | left | {rest for digest in held if (rest := successor(artifacts, digest))}


def _unfinished(workspace: Workspace) -> list[Path]:
    places = (workspace.scratch, workspace.artifacts.root / "tmp")
    return [path for place in places for path in sorted(place.glob("*"))]


def _arrived(path: Path) -> datetime:
    """When it came to its address, as far as that is known: whoever keeps it may not have come to record it yet."""
    return datetime.fromtimestamp(path.lstat().st_ctime, UTC)


def _changed(path: Path) -> datetime:
    """When anything in it was last written."""
    times = [one.stat().st_mtime for one in (path, *path.rglob("*")) if not one.is_symlink()]
    return datetime.fromtimestamp(max(times), UTC)


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
