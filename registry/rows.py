"""One change as rows: called inside a transaction, in as few statements as its size allows.

Every row names the event that tells of it, and that event the digest of all rows it brought: a row
that was added, removed, moved or edited since fits no event.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from registry import audit, digests
from registry.changes import Change, Edge
from registry.engine import Connection
from registry.records import KINDS, AuditEvent, Record

Row = tuple[str | int | float, ...]
"""(table, then the columns that an event vouches for)"""


@dataclass(frozen=True)
class Place:
    """Which event a change is told by, and when that was (UTC, as the database keeps it)."""

    event: int
    moment: datetime


def insert(connection: Connection, change: Change, place: Place) -> str | None:
    """Write what is new of the change; returns the digest of these rows, None where nothing is new.

    Raises ValueError for a record of a kind that the registry does not hold.
    """
    rows = [*_records(connection, change.records, place), *_edges(connection, change.edges, place)]
    for stage in change.stages:
        connection.execute(
            "INSERT INTO stages VALUES (?, ?, ?, ?, ?, ?)",
            [stage.key, stage.name, stage.record, stage.seconds, place.moment, place.event],
        )
        rows.append(("stages", stage.key, stage.name, stage.record, stage.seconds))
    for grave in change.tombstones:
        connection.execute(
            "UPDATE records SET kind = ?, body = ? WHERE digest = ?", [grave.kind, grave.canonical().decode(), grave.of]
        )
    for one in change.attestations:
        new = connection.execute(
            "INSERT INTO attestations VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING digest",
            [one.digest, one.subject, one.type, one.envelope, one.signer, place.event],
        )
        rows += [("attestations", str(digest), one.signer) for (digest,) in new.fetchall()]
    return digest_of(rows) if rows else None


def append(connection: Connection, event: AuditEvent) -> audit.Head:
    """Write the event itself; returns the head that it makes."""
    body = event.canonical()
    digest = digests.of_record(event.kind, body)
    connection.execute("INSERT INTO events VALUES (?, ?, ?)", [event.sequence, digest, body.decode()])
    return audit.Head(event.sequence, digest)


def digest_of(rows: Iterable[Row]) -> str:
    """One digest for the rows of an event, in whatever order they come."""
    return digests.of_bytes(json.dumps(sorted(rows), separators=(",", ":")).encode())


def _records(connection: Connection, records: Sequence[Record], place: Place) -> list[Row]:
    unknown = {record.kind for record in records} - KINDS.keys()
    if unknown:
        raise ValueError(f"not a record of the registry: {', '.join(sorted(unknown))}")
    bodies = [(record.kind, record.canonical()) for record in records]
    distinct = {digests.of_record(kind, body): (kind, body.decode()) for kind, body in bodies}
    if not distinct:
        return []
    kinds, texts = zip(*distinct.values(), strict=True)
    new = connection.execute(
        "INSERT INTO records SELECT unnest(?), unnest(?), ?, unnest(?), ? ON CONFLICT DO NOTHING RETURNING digest",
        [list(distinct), list(kinds), place.moment, list(texts), place.event],
    )
    return [("records", str(digest)) for (digest,) in new.fetchall()]


def _edges(connection: Connection, edges: Sequence[Edge], place: Place) -> list[Row]:
    distinct = sorted({(edge.parent, edge.child, str(edge.relation)) for edge in edges})
    if not distinct:
        return []
    columns = [list(column) for column in zip(*distinct, strict=True)]
    new = connection.execute(
        "INSERT INTO edges SELECT unnest(?), unnest(?), unnest(?), ? ON CONFLICT DO NOTHING"
        " RETURNING parent, child, relation",
        [*columns, place.event],
    )
    return [("edges", str(p), str(c), str(r)) for p, c, r in new.fetchall()]
