"""The registry: what exists, where it came from, and what was done, in one DuckDB file.

Every change is one transaction that holds the records, their lineage edges, the stage's key and
the audit event together, so a kill at any byte leaves all of it or nothing.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TypeVar, cast

import duckdb
from pydantic import ValidationError

from registry import audit, connecting, rows, schema, sealing
from registry.changes import Attestation, Change, Edge, StageResult, StageRow, manifest
from registry.engine import Connection
from registry.erasure_records import address_of
from registry.errors import ChainBroken, ConfigError, DigestMismatch, IntegrityError, NotFound, Refused, RegistryBusy
from registry.records import KINDS, Adapter, AuditEvent, Record, Release
from registry.sealing import Made, Notary, Sealing
from registry.times import naive
from registry.turns import pause

__all__ = ["Attestation", "Change", "Edge", "Registry", "StageResult"]

Kind = TypeVar("Kind", bound=Record)
_ALL = 2**62
_PREFIX = re.compile(r"[0-9a-f]{8,64}")


@dataclass
class Registry:
    """An open registry: one connection, one actor, one process."""

    connection: Connection
    path: Path
    actor: str
    wait_s: float
    sealing: Sealing

    @classmethod
    @contextmanager
    def open(cls, path: Path, actor: str, wait_s: float = 10.0, sealing: Sealing | None = None) -> Iterator[Registry]:
        """Open for one command or one batch; `actor` is who the audit events name.

        Checkpoints are kept beside the file as well where `sealing` names no other place.

        Raises RegistryBusy after `wait_s` seconds, RegistryTooNew, IntegrityError, DiskFull.
        """
        with connecting.connected(path, wait_s, actor) as connection:
            yield cls(connection, path, actor, wait_s, sealing or Sealing(path.parent / "checkpoints"))

    def lookup(self, key: str) -> Record | None:
        """The record of a stage that already ran under this key."""
        row = self._row("SELECT record FROM stages WHERE key = ? ORDER BY event DESC LIMIT 1", key)
        return self.get(str(row[0])) if row else None

    def commit(self, result: StageResult) -> str:
        """Keep a stage's result; returns the digest of its record."""
        child = result.record.digest
        members = tuple(member.digest for member in result.members)
        inputs = tuple(Edge(parent, child) for parent in result.parents)
        self.apply(
            Change(
                action=f"stage.{result.stage}",
                subjects=(child, *result.parents),
                detail=f"key {result.key}; members {len(members)}, manifest {manifest(members)}",
                records=(*result.members, result.record),
                edges=inputs + tuple(Edge(member, child, "member") for member in members),
                stages=(StageRow(result.key, result.stage, child, result.seconds),),
            )
        )
        return child

    def add(self, record: Record, parents: Sequence[str] = (), action: str = "add") -> str:
        """Keep one record made from `parents`; returns its digest."""
        child = record.digest
        edges = tuple(Edge(parent, child) for parent in parents)
        self.apply(Change(action, (child, *parents), records=(record,), edges=edges))
        return child

    def refuse(self, action: str, subjects: Sequence[str], detail: str) -> None:
        """Keep in the audit chain that something was tried and refused."""
        self.apply(Change(action, tuple(subjects), detail, outcome="refused"))

    def apply(self, change: Change, by: Notary | None = None) -> AuditEvent:
        """Do one change whole. Another writer's conflicting commit is waited out by trying again.

        A checkpoint that is due, or that the change asks for, is signed by `by`, else by whoever `sealing` names.
        Raises RegistryBusy, DiskFull; ChainBroken where the change asks for a checkpoint of a broken chain.
        """
        deadline = time.monotonic() + self.wait_s
        for tries in count():
            try:
                with schema.named_errors(self.path), schema.transaction(self.connection):
                    event, made = self._write(change, by)
                break
            except (duckdb.TransactionException, duckdb.ConstraintException) as error:
                if time.monotonic() >= deadline:
                    raise RegistryBusy(f"{self.path} is being written by others", "try again") from error
            pause(tries)
        if made:
            sealing.keep(self.connection, self.sealing.outside, made)
        return event

    def get(self, digest: str) -> Record:
        """The record of this digest. Raises NotFound, and DigestMismatch if its row was edited."""
        row = self._row("SELECT digest, kind, body FROM records WHERE digest = ?", digest)
        if row is None:
            raise NotFound(f"no record {digest[:12]} in {self.path.name}", "see what there is: muniment list")
        return self._parse(*row)

    def many(self, digests: Iterable[str]) -> dict[str, Record]:
        """Those of the records that are here, by digest, in one query. Raises DigestMismatch."""
        found = self._rows("SELECT digest, kind, body FROM records WHERE digest IN (SELECT unnest(?))", list(digests))
        return {str(row[0]): self._parse(*row) for row in found}

    def all(self, record_type: type[Kind]) -> list[Kind]:
        """All records of one type, oldest first. Raises DigestMismatch."""
        found = self._rows(
            "SELECT digest, kind, body FROM records WHERE kind = ? ORDER BY created_at, digest",
            record_type.kind,
        )
        parsed = (self._parse(*row) for row in found)
        return [record for record in parsed if isinstance(record, record_type)]

    def find(self, reference: str) -> Adapter:
        """An adapter by alias, name@digest12, name (the newest of it) or digest prefix of 8 or more.

        Raises NotFound, or ConfigError where a prefix fits several.
        """
        release = self.current(reference)
        if release:
            return release.adapter
        name, at, prefix = reference.partition("@")
        if not at and _PREFIX.fullmatch(name):
            name, prefix = "", name
        fitting: list[tuple[object, ...]] = []
        if not at or _PREFIX.fullmatch(prefix):
            fitting = self._rows(
                "SELECT digest FROM adapters WHERE starts_with(digest, ?) AND ? IN ('', name)"
                " ORDER BY created_at DESC, digest",
                prefix, name,
            )  # fmt: skip
        if not fitting:
            raise NotFound(f"no adapter {reference!r} in {self.path}", "see what there is: muniment list")
        if prefix and len(fitting) > 1:
            raise ConfigError(f"{reference!r} fits {len(fitting)} adapters", "give more digits of its digest")
        found = self.get(str(fitting[0][0]))
        assert isinstance(found, Adapter)
        return found

    def current(self, alias: str) -> Release | None:
        """The release that an alias means now."""
        row = self._row(
            "SELECT r.digest, r.kind, r.body FROM releases v JOIN records r USING (digest) WHERE v.alias = ?"
            " ORDER BY v.version DESC LIMIT 1",
            alias,
        )
        found = self._parse(*row) if row else None
        return found if isinstance(found, Release) else None

    def releases(self, alias: str) -> list[Release]:
        """Every release of an alias, first version first."""
        found = self._rows(
            "SELECT r.digest, r.kind, r.body FROM releases v JOIN records r USING (digest) WHERE v.alias = ?"
            " ORDER BY v.version",
            alias,
        )
        records = (self._parse(*row) for row in found)
        return [record for record in records if isinstance(record, Release)]

    def aliases(self) -> list[str]:
        return [str(row[0]) for row in self._rows("SELECT DISTINCT alias FROM releases ORDER BY alias")]

    def newest_version(self) -> int:
        """The highest release version of all aliases; 0 before the first."""
        row = self._row("SELECT coalesce(max(version), 0) FROM releases")
        return int(str(row[0])) if row else 0

    def release_envelopes(self, alias: str) -> list[str]:
        """The signed releases of an alias as they were written, first version first."""
        found = self._rows(
            "SELECT a.envelope FROM releases r JOIN attestations a ON a.subject = r.digest AND a.type = 'release'"
            " WHERE r.alias = ? ORDER BY r.version",
            alias,
        )
        return [str(row[0]) for row in found]

    def refusals(self) -> list[Attestation]:
        """Signed decisions about adapters that somebody rejected or revoked, the refusals among them."""
        found = self._rows(
            "SELECT subject, type, envelope, signer FROM attestations WHERE type = 'decision' AND subject IN (SELECT"
            " body ->> 'adapter' FROM records WHERE kind = 'decision' AND NOT contains(body, ?)) ORDER BY digest",
            '"decision":"approve"',
        )
        return [Attestation(*(str(value) for value in row)) for row in found]

    def attestations(self, subject: str, type: str | None = None) -> list[Attestation]:
        """Signed statements about a record, unverified, in a stable order."""
        found = self._rows(
            "SELECT subject, type, envelope, signer FROM attestations WHERE subject = ? AND (? IS NULL OR type = ?)"
            " ORDER BY digest",
            subject, type, type,
        )  # fmt: skip
        return [Attestation(*(str(value) for value in row)) for row in found]

    def edges(self, digest: str, up: bool) -> list[Edge]:
        """Edges to what it was made from (up) or to what was made from it."""
        side = "child" if up else "parent"
        found = self._rows(
            f"SELECT parent, child, relation FROM edges WHERE {side} = ? ORDER BY relation, parent, child",  # noqa: S608
            digest,
        )
        return [Edge(str(p), str(c), "member" if r == "member" else "input") for p, c, r in found]

    def events(self, last: int | None = None) -> list[AuditEvent]:
        """The audit chain as it stands, unverified; of it only the `last` so many events."""
        found = self._rows("SELECT body FROM events ORDER BY sequence DESC LIMIT ?", _ALL if last is None else last)
        return [_event(row[0]) for row in reversed(found)]

    def stored_events(self, first: int, last: int) -> list[tuple[int, str, str]]:
        """Number, digest and body, as they stand, of the events from `first` to `last`."""
        found = self._rows(
            "SELECT sequence, digest, body FROM events WHERE sequence BETWEEN ? AND ? ORDER BY sequence", first, last
        )
        return cast("list[tuple[int, str, str]]", found)

    def events_about(self, digest: str, first: int = 0, before: int | None = None) -> list[AuditEvent]:
        """Events that name this digest, oldest first; of a long chain those from `first` on, `before` left out."""
        found = self._rows(
            "SELECT body FROM events WHERE sequence >= ? AND (? IS NULL OR sequence < ?) AND contains(body, ?)"
            " ORDER BY sequence",
            first, before, before, f'"{digest}"',
        )  # fmt: skip
        events = (_event(row[0]) for row in found)
        return [event for event in events if digest in event.subjects]

    @contextmanager
    def attempting(self, action: str, subjects: Sequence[str]) -> Iterator[None]:
        """Whatever a rule or a check refuses inside is kept in the audit chain, and raised on."""
        try:
            yield
        except (Refused, IntegrityError) as error:
            self.refuse(action, subjects, f"{type(error).__name__}: {error.message}")
            error.recorded = True
            raise

    def _write(self, change: Change, by: Notary | None) -> tuple[AuditEvent, Made | None]:
        head, source = self.head(), audit.Source(datetime.now(UTC), self.actor)
        place = rows.Place(head.sequence + 1, naive(source.at))
        event = audit.link(head, source, change, rows.insert(self.connection, change, place))
        head = rows.append(self.connection, event)
        return event, sealing.sealed(self.connection, head, self.sealing, by, change.sealed)

    def head(self) -> audit.Head:
        """How far the audit chain has come."""
        row = self._row("SELECT sequence, digest FROM events WHERE sequence = (SELECT max(sequence) FROM events)")
        return audit.Head(int(str(row[0])), str(row[1])) if row else audit.Head()

    def _parse(self, digest: object, kind: object, body: object) -> Record:
        if str(kind) not in KINDS or address_of(str(kind), str(body).encode()) != digest:
            raise DigestMismatch(
                f"record {str(digest)[:12]} was edited in {self.path.name}",
                "restore the registry from a backup",
            )
        return KINDS[str(kind)].model_validate_json(str(body))

    def query(self, sql: str, *bound: object) -> list[tuple[object, ...]]:
        """What a question that changes nothing finds. Raises IntegrityError where the file is damaged."""
        return self._rows(sql, *bound)

    def chain(self) -> str:
        """What the audit chain is known by: the digest of its first event; empty before that."""
        row = self._row("SELECT digest FROM events WHERE sequence = 0")
        return str(row[0]) if row else ""

    def _rows(self, sql: str, *bound: object) -> list[tuple[object, ...]]:
        schema.require_text(bound)
        with schema.named_errors(self.path):
            return self.connection.execute(sql, list(bound)).fetchall()

    def _row(self, sql: str, *bound: object) -> tuple[object, ...] | None:
        found = self._rows(sql, *bound)
        return found[0] if found else None


def _event(body: object) -> AuditEvent:
    try:
        return AuditEvent.model_validate_json(str(body))
    except ValidationError as error:
        raise ChainBroken(
            f"an audit event was edited: {str(body)[:60]}…", "restore the registry from a backup"
        ) from error
