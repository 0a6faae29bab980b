"""A registry file of schema 1, in which rows did not say which event tells of them: how that is worked out.

Kept apart from today's records, which may change: what was written then is read as it was then.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from registry import digests
from registry.database.changes import manifest

Row = tuple[object, ...]
_ASKED = frozenset(("reveal", "reveal.asked"))
"""Events that name records and change none."""
_SIGNED = frozenset(("approve", "reject", "revoke", "promote", "rollback", "sign"))


@dataclass(frozen=True)
class Old:
    """An event of schema 1; `at` is in UTC without saying so, as the database keeps it."""

    sequence: int
    digest: str
    body: str
    at: datetime
    action: str
    subjects: tuple[str, ...]
    detail: str
    tells: bool


@dataclass(frozen=True)
class Index:
    """Events that changed something, by what they name, oldest first; and which records are members of which."""

    naming: dict[str, list[Old]]
    wholes: dict[str, list[str]]

    def first(self, digest: str) -> Old | None:
        return next(iter(self.naming.get(digest, ())), None)


def events(connection: duckdb.DuckDBPyConnection) -> list[Old]:
    """Raises ValueError and KeyError for an event that was edited."""
    found = connection.execute("SELECT sequence, digest, body FROM events ORDER BY sequence").fetchall()
    return [_old(int(sequence), str(digest), str(body)) for sequence, digest, body in found]


def index(told: Sequence[Old], edges: Iterable[Row]) -> Index:
    naming: dict[str, list[Old]] = {}
    for event in told:
        for subject in dict.fromkeys(event.subjects if event.tells else ()):
            naming.setdefault(subject, []).append(event)
    wholes: dict[str, list[str]] = {}
    for parent, child, relation in edges:
        if relation == "member":
            wholes.setdefault(str(parent), []).append(str(child))
    return Index(naming, wholes)


def of_record(known: Index, digest: str, created_at: datetime) -> Old | None:
    """The event that brought a record: the first to name it or what it is a member of, at its very moment."""
    own = known.first(digest)
    if own is not None:
        return own if own.at == created_at else None
    through = (event for whole in known.wholes.get(digest, ()) for event in known.naming.get(whole, ()))
    return next((event for event in through if event.at == created_at), None)


def of_edge(known: Index, parent: str, child: str, relation: str) -> Old | None:
    """The first event that names both ends; of a member and of a release's base, the first that names the child."""
    told = known.naming.get(child, [])
    both = (event for event in told if parent in event.subjects)
    alone = (e for e in told if relation == "member" or e.action in {"promote", "rollback"})
    return next(both, None) or next(alone, None)


def of_stage(known: Index, key: str, name: str, record: str) -> Old | None:
    """The last event of this stage under this key, if its result is this one."""
    told = [e for e in known.naming.get(record, ()) if e.action == f"stage.{name}" and e.subjects[0] == record]
    return next((event for event in reversed(told) if event.detail.startswith(f"key {key};")), None)


def of_attestation(known: Index, attestation: tuple[str, str, str, str]) -> Old | None:
    """The event in which (subject, type, envelope, signer) was signed."""
    subject, kind, envelope, signer = attestation
    if kind in {"model-signature", "evidence"}:
        told = (e for e in known.naming.get(subject, ()) if e.action == "sign")
        return next((e for e in told if e.detail == f"{signer} signed"), None)
    if kind == "release":
        return known.first(subject)
    event = known.first(_predicate_digest(kind, envelope))
    return event if event and event.subjects[0] == subject and event.detail.startswith(f"{signer}: ") else None


def gone(told: Sequence[Old], rows: dict[str, list[Row]], signed: set[int]) -> set[int]:
    """Events that tell of records, inputs, members or statements that are not there. `signed` events have theirs."""
    records = {str(row[0]) for row in rows["records"]}
    inputs = {(str(p), str(c)) for p, c, relation in rows["edges"] if relation == "input"}
    members: dict[str, list[str]] = {}
    for parent, child, relation in rows["edges"]:
        if relation == "member":
            members.setdefault(str(child), []).append(str(parent))
    found = set()
    for event in (e for e in told if e.tells):
        child = event.subjects[0] if event.subjects else ""
        stage = event.action.startswith("stage.")
        lost = not records.issuperset(event.subjects)
        lost |= stage and any((parent, child) not in inputs for parent in event.subjects[1:])
        lost |= stage and event.detail.rpartition("manifest ")[2] != manifest(members.get(child, []))
        lost |= stage and not records.issuperset(members.get(child, []))
        lost |= event.action in _SIGNED and event.sequence not in signed
        if lost:
            found.add(event.sequence)
    return found


def _old(sequence: int, digest: str, body: str) -> Old:
    said = json.loads(body)
    at = datetime.fromisoformat(said["at"]).astimezone(UTC).replace(tzinfo=None)
    tells = said["outcome"] == "done" and said["action"] not in _ASKED
    return Old(sequence, digest, body, at, said["action"], tuple(said["subjects"]), said["detail"], tells)


def _predicate_digest(kind: str, envelope: str) -> str:
    """The digest of the record that an in-toto statement states; empty where it states none."""
    try:
        predicate = json.loads(base64.b64decode(json.loads(envelope)["payload"]))["predicate"]
        return digests.of_record(kind, digests.canonical(predicate))
    except (ValueError, KeyError, TypeError):
        return ""
