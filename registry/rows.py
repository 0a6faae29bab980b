"""One change as rows: called inside a transaction, in as few statements as its size allows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import duckdb

from registry.changes import Change, Edge
from registry.records import KINDS, AuditEvent, Record


def insert(connection: duckdb.DuckDBPyConnection, change: Change, event: AuditEvent) -> None:
    """Write the change and its event. Raises ValueError for a record of a kind that the registry does not hold."""
    moment = event.at.replace(tzinfo=None)
    _records(connection, change.records, moment)
    _edges(connection, change.edges)
    for stage in change.stages:
        connection.execute(
            "INSERT OR REPLACE INTO stages VALUES (?, ?, ?, ?, ?)",
            [stage.key, stage.name, stage.record, stage.seconds, moment],
        )
    for one in change.attestations:
        connection.execute(
            "INSERT INTO attestations VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [one.digest, one.subject, one.type, one.envelope, one.signer],
        )
    connection.execute("INSERT INTO events VALUES (?, ?, ?)", [event.sequence, event.digest, event.model_dump_json()])


def _records(connection: duckdb.DuckDBPyConnection, records: Sequence[Record], moment: datetime) -> None:
    by_digest = {record.digest: record for record in records}
    unknown = {record.kind for record in records} - KINDS.keys()
    if unknown:
        raise ValueError(f"not a record of the registry: {', '.join(sorted(unknown))}")
    if by_digest:
        bodies = [record.model_dump_json() for record in by_digest.values()]
        kinds = [record.kind for record in by_digest.values()]
        connection.execute(
            "INSERT INTO records SELECT unnest(?), unnest(?), ?, unnest(?) ON CONFLICT DO NOTHING",
            [list(by_digest), kinds, moment, bodies],
        )


def _edges(connection: duckdb.DuckDBPyConnection, edges: Sequence[Edge]) -> None:
    distinct = sorted({(edge.parent, edge.child, str(edge.relation)) for edge in edges})
    if distinct:
        columns = [list(column) for column in zip(*distinct, strict=True)]
        connection.execute("INSERT INTO edges SELECT unnest(?), unnest(?), unnest(?) ON CONFLICT DO NOTHING", columns)
