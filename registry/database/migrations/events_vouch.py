"""Schema 2: every row names its event, bodies are canonical, and older events get digests of the rows they brought.

What an event of schema 1 tells of and the tables no longer hold is marked, and what they hold without an
event as well, so that no later verification finds either sound.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from registry import digests
from registry.audit import chain
from registry.database import rows
from registry.database.changes import Change
from registry.database.migrations import schema_1
from registry.database.migrations.schema_1 import Old, Row
from registry.errors import ChainBroken

GONE = "not what the event tells of"
NOBODY = -1
_CHUNK = 10_000
_READ = {
    "records": "SELECT digest, kind, created_at, body FROM records ORDER BY created_at, digest",
    "stages": "SELECT key, name, record, seconds, finished_at FROM stages ORDER BY finished_at, key",
    "attestations": "SELECT digest, subject, type, envelope, signer FROM attestations ORDER BY digest",
}
_VOUCHED: dict[str, Callable[[Row], rows.Row]] = {
    "records": lambda row: (str(row[0]),),
    "edges": lambda row: (str(row[0]), str(row[1]), str(row[2])),
    "stages": lambda row: (str(row[0]), str(row[1]), str(row[2]), float(str(row[3]))),
    "attestations": lambda row: (str(row[0]), str(row[4])),
}
_EDGES = "SELECT parent, child, relation FROM edges ORDER BY ALL"


def migrate(connection: duckdb.DuckDBPyConnection, actor: str) -> None:
    """Move every row to its new place, and vouch for all of them in one event by `actor`. Raises ChainBroken."""
    connection.execute((Path(__file__).parent / "0002.sql").read_text(encoding="utf-8"))
    try:
        told = schema_1.events(connection)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ChainBroken("an audit event was edited", "restore the registry from a backup") from error
    old = {table: connection.execute(sql).fetchall() for table, sql in _READ.items()}
    old["edges"] = connection.execute(_EDGES).fetchall()
    new = _placed(old, schema_1.index(told, old["edges"]))
    signed = {_event_of(row) for row in new["attestations"]}
    unfit = schema_1.gone(told, old, signed)
    new["events"] = [(e.sequence, e.digest, _canonical("audit-event", e.digest, e.body)) for e in told]
    for table, moved in new.items():
        _insert(connection, f"new_{table}", moved)
        connection.execute(f"DROP TABLE {table}")
        connection.execute(f"ALTER TABLE new_{table} RENAME TO {table}")
    if told:
        _vouch(connection, told[-1], _adopted(new, unfit), actor)


def _placed(old: dict[str, list[Row]], known: schema_1.Index) -> dict[str, list[Row]]:
    """The rows of each new table, each with the number of its event, in the order of events."""
    new: dict[str, list[Row]] = {"records": [], "edges": [], "stages": [], "attestations": []}
    for digest, kind, created_at, body in old["records"]:
        event = _number(schema_1.of_record(known, str(digest), created_at))  # type: ignore[arg-type]
        new["records"].append((digest, kind, created_at, _canonical(str(kind), str(digest), str(body)), event))
    for parent, child, relation in old["edges"]:
        event = _number(schema_1.of_edge(known, str(parent), str(child), str(relation)))
        new["edges"].append((parent, child, relation, event))
    for key, name, record, seconds, finished_at in old["stages"]:
        told = schema_1.of_stage(known, str(key), str(name), str(record))
        event = _number(told if told and told.at == finished_at else None)
        new["stages"].append((key, name, record, seconds, finished_at, event))
    for digest, subject, kind, envelope, signer in old["attestations"]:
        told = schema_1.of_attestation(known, (str(subject), str(kind), str(envelope), str(signer)))
        new["attestations"].append((digest, subject, kind, envelope, signer, _number(told)))
    return {table: sorted(moved, key=_event_of) for table, moved in new.items()}


def _adopted(new: dict[str, list[Row]], unfit: Iterable[int]) -> dict[int, str]:
    """For each event that brought rows the digest of these rows; for an unfit one, what no rows have."""
    brought: dict[int, list[rows.Row]] = {}
    for table, vouched in _VOUCHED.items():
        for row in new[table]:
            brought.setdefault(_event_of(row), []).append((table, *vouched(row)))
    brought.pop(NOBODY, None)
    return {**{event: rows.digest_of(those) for event, those in brought.items()}, **dict.fromkeys(unfit, GONE)}


def _event_of(row: Row) -> int:
    return int(str(row[-1]))


def _vouch(connection: duckdb.DuckDBPyConnection, last: Old, adopted: dict[int, str], actor: str) -> None:
    """The event of the migration itself, which binds what the older events did not."""
    number = last.sequence + 1
    _insert(connection, "adopted", [(*item, number) for item in sorted(adopted.items())])
    digest = rows.digest_of(("adopted", *item) for item in adopted.items())
    source = chain.Source(datetime.now(UTC), actor)
    change = Change("migrate", (), "from schema 1 to schema 2")
    rows.append(connection, chain.link(chain.Head(last.sequence, last.digest), source, change, digest))


def _insert(connection: duckdb.DuckDBPyConnection, table: str, moved: Sequence[Row]) -> None:
    for start in range(0, len(moved), _CHUNK):
        columns = [list(column) for column in zip(*moved[start : start + _CHUNK], strict=True)]
        places = ", ".join("unnest(?)" for _ in columns)
        connection.execute(f"INSERT INTO {table} SELECT {places}", columns)


def _canonical(kind: str, digest: str, body: str) -> str:
    """The one spelling that has this digest; a body that has another one stays as it is, and is found by it."""
    try:
        spelt = digests.canonical(json.loads(body))
    except (ValueError, RecursionError):
        return body
    return spelt.decode() if digests.of_record(kind, spelt) == digest else body


def _number(event: Old | None) -> int:
    return event.sequence if event else NOBODY
