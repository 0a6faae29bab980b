"""The tables held against the audit chain: every row fits the event that it names, and every event has its rows.

The chain proves its own events. Whoever adds, removes, moves or edits a row in the database file with plain
SQL leaves the chain whole, and is found here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from pydantic import ValidationError

from registry import digests
from registry.database.changes import Attestation
from registry.database.rows import Row, digest_of
from registry.database.store import Registry
from registry.erasure.records import Erasure, Tombstone, address_of
from registry.errors import RowsDiffer
from registry.records import AuditEvent
from registry.times import naive

_RESTORE = "restore the registry from a backup"
_TABLES = {
    "records": "digest, kind, created_at, body",
    "edges": "parent, child, relation",
    "stages": "key, name, record, seconds, finished_at",
    "attestations": "digest, subject, type, envelope, signer",
    "adopted": "sequence, rows",
}


@dataclass(frozen=True)
class Rows:
    """Rows as they stand: by table those that name one of some events, and what these events adopted.

    `graves` are the digests of tombstones that an erasure names, where a tombstone is among the rows.
    """

    tables: dict[str, list[tuple[object, ...]]]
    adopted: list[tuple[object, ...]]
    graves: frozenset[str] = frozenset()

    @classmethod
    def of(cls, registry: Registry, first: int, last: int) -> Rows:
        """Those of the events from `first` to `last`."""
        tables = {}
        for table, columns in _TABLES.items():
            sql = f"SELECT event, {columns} FROM {table} WHERE event BETWEEN ? AND ?"  # noqa: S608 - our own names
            tables[table] = registry.query(sql, first, last)
        sql = "SELECT sequence, rows FROM adopted WHERE sequence BETWEEN ? AND ?"
        buried = any(row[2] == Tombstone.kind for row in tables["records"])
        return cls(tables, registry.query(sql, first, last), _graves(registry) if buried else frozenset())


@dataclass
class Brought:
    """The rows that name one event: what it vouches for, their moments, and what is wrong with single ones."""

    rows: list[Row] = field(default_factory=list)
    moments: list[tuple[str, object]] = field(default_factory=list)
    edited: list[str] = field(default_factory=list)
    adopted: str | None = None


def brought(rows: Rows) -> dict[int, Brought]:
    """What rows tell, by the event that they name."""
    found: dict[int, Brought] = {}
    for table, those in rows.tables.items():
        for event, *values in those:
            _add(found.setdefault(int(str(event)), Brought()), table, values, rows.graves)
    for sequence, digest in rows.adopted:
        found.setdefault(int(str(sequence)), Brought()).adopted = str(digest)
    return found


def discords(event: AuditEvent, those: Brought | None) -> Iterator[RowsDiffer]:
    """What the tables hold otherwise than `event` tells."""
    those = those or Brought()
    number = event.sequence
    for about in those.edited:
        yield RowsDiffer(f"{about} was edited since audit event {number}", _RESTORE, number)
    for about, moment in those.moments:
        if moment != naive(event.at):
            yield RowsDiffer(f"{about} is dated otherwise than its audit event {number}", _RESTORE, number)
    if (digest_of(those.rows) if those.rows else None) != (event.rows or those.adopted):
        sentence = f"the tables hold other rows than audit event {number} ({event.action} by {event.actor}) brought"
        yield RowsDiffer(sentence, _RESTORE, number)


def strays(registry: Registry, events: int) -> Iterator[RowsDiffer]:
    """Rows that name no event of the chain, which has so many."""
    for table, columns in _TABLES.items():
        one = columns.partition(",")[0]
        sql = f"SELECT {one} FROM {table} WHERE event < 0 OR event >= ? ORDER BY ALL"  # noqa: S608 - our own names
        for (name,) in registry.query(sql, events):
            about = f"{str(name)[:12]} in {table}"
            yield RowsDiffer(f"{about} is told of by no audit event: it was put in from outside", _RESTORE)


def _graves(registry: Registry) -> frozenset[str]:
    """An erasure that was edited, and whatever else cannot be read as one, names none."""
    found: set[str] = set()
    for digest, body in registry.query("SELECT digest, body FROM records WHERE kind = ?", Erasure.kind):
        with suppress(ValidationError):
            erasure = Erasure.model_validate_json(str(body))
            found.update(erasure.tombstones.values() if erasure.digest == digest else ())
    return frozenset(found)


def _is_stored(digest: str, kind: str, body: str, graves: frozenset[str]) -> bool:
    """The record is the one that its digest names, or what an erasure left of that."""
    encoded = body.encode()
    named = kind != Tombstone.kind or digests.of_record(kind, encoded) in graves
    return named and address_of(kind, encoded) == digest


def _add(to: Brought, table: str, values: list[object], graves: frozenset[str]) -> None:
    match table, values:
        case "records", [digest, kind, created_at, body]:
            to.rows.append((table, str(digest)))
            if not _is_stored(str(digest), str(kind), str(body), graves):
                to.edited.append(f"record {str(digest)[:12]}")
            to.moments.append((f"record {str(digest)[:12]}", created_at))
        case "stages", [key, name, record, seconds, finished_at]:
            to.rows.append((table, str(key), str(name), str(record), float(str(seconds))))
            to.moments.append((f"stage {name}", finished_at))
        case "attestations", [digest, subject, kind, envelope, signer]:
            to.rows.append((table, str(digest), str(signer)))
            if Attestation(str(subject), str(kind), str(envelope), str(signer)).digest != digest:
                to.edited.append(f"statement {str(digest)[:12]}")
        case "adopted", [sequence, rows]:
            to.rows.append((table, int(str(sequence)), str(rows)))
        case _:
            to.rows.append((table, *(str(value) for value in values)))
