"""Where things came from, what became of them, and what was in force when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from registry.errors import NotFound
from registry.records import (
    Adapter,
    Base,
    Dataset,
    Decision,
    Document,
    DocumentSet,
    Evidence,
    Record,
    Release,
    ScrubbedSet,
    TrainingRun,
    ValidatedBatch,
    Verdict,
)  # fmt: skip
from registry.store import Registry


@dataclass(frozen=True)
class Node:
    """A record with what it was made from (looking up) or what was made from it (down).

    `seen` marks a record whose branches were shown at an earlier place of the same tree.
    """

    digest: str
    kind: str
    label: str
    relation: str
    branches: tuple[Node, ...]
    seen: bool = False


def resolve(registry: Registry, reference: str) -> str:
    """The digest of an adapter, of a document by its path, or of any record by 8 digits or more. Raises NotFound."""
    try:
        return registry.find(reference).digest
    except NotFound:
        found = registry.search(reference)
    if len(found) == 1:
        return found[0]
    many = f"{reference!r} fits {len(found)} records" if found else f"nothing is called {reference!r}"
    raise NotFound(many, "name an adapter, a document's path or 8 digits of a digest: muniment list")


def tree(registry: Registry, digest: str, up: bool = True) -> Node:
    """The whole graph above or below a record, as a tree in which nothing is unfolded twice."""
    return _unfold(registry, digest, up, "self", set())


def _unfold(registry: Registry, digest: str, up: bool, relation: str, seen: set[str]) -> Node:
    try:
        record = registry.get(digest)
    except NotFound:
        return Node(digest, "outside", "not in this registry", relation, ())
    if digest in seen:
        return Node(digest, record.kind, label(record), relation, (), seen=True)
    seen.add(digest)
    branches = tuple(
        _unfold(registry, edge.parent if up else edge.child, up, edge.relation, seen)
        for edge in registry.edges(digest, up)
    )
    return Node(digest, record.kind, label(record), relation, branches)


def label(record: Record) -> str:  # noqa: PLR0911, PLR0912 - one line a kind
    """A record in one line for a person."""
    match record:
        case Document():
            return f"{PurePosixPath(record.path)} ({record.licence})"
        case DocumentSet():
            return f"{record.documents} documents, {len(record.rejected)} rejected"
        case ScrubbedSet():
            return f"{record.units.rows} units, {sum(record.entities.values())} personal data replaced"
        case ValidatedBatch():
            return f"{record.rows.rows} rows valid, {len(record.quarantined)} quarantined"
        case Dataset():
            return f"{record.purpose}, {record.train.rows} rows to train, {record.held_out.rows} held out"
        case Base():
            return f"{record.name} ({record.licence})"
        case TrainingRun():
            return f"{record.method}, {record.steps} steps, loss {record.first_loss:.3f} → {record.last_loss:.3f}"
        case Adapter():
            return record.version
        case Evidence():
            return ", ".join([record.type, *(f"{f.name} {f.value:.3g}" for f in record.figures[:3])])
        case Verdict():
            return "passed the gate" if record.passed else "refused by the gate"
        case Decision():
            return f"{record.decision} by {record.principal}: {record.reason}"
        case Release():
            return f"{record.alias} version {record.version} by {record.principal}"
        case _:
            return ""


def in_force(registry: Registry, alias: str, at: datetime) -> Release:
    """What the alias meant at a moment, and so by whose decision. Raises NotFound."""
    issued = [release for release in registry.releases(alias) if release.issued <= at]
    if not issued:
        raise NotFound(f"{alias} meant nothing at {at:%Y-%m-%d %H:%M}", f"see: muniment history {alias}")
    return issued[-1]
