"""The registry: what exists, where it came from, and what was done, in one DuckDB file.

Every change is one transaction that holds the records, their lineage edges, the stage's key and
the audit event together, so a kill at any byte leaves all of it or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import TypeVar, cast

from registry.audit import chain
from registry.audit.sealing import Notary, Sealing
from registry.database import connecting, schema, writing
from registry.database.changes import Attestation, Change, Edge, StageResult, StageRow, manifest
from registry.database.engine import Session
from registry.database.reading import event_in, record_in
from registry.database.writing import Writer
from registry.errors import ConfigError, DigestMismatch, IntegrityError, NotFound, Refused
from registry.records import Adapter, AuditEvent, Record, Release

__all__ = ["Attestation", "Change", "Edge", "Registry", "StageResult"]

Kind = TypeVar("Kind", bound=Record)
_ALL, _FEW = 2**62, 16
_PREFIX = re.compile(r"[0-9a-f]{8,64}")


@dataclass
class Registry:
    """An open registry: one connection, one actor, one process."""

    connection: Session
    path: Path
    actor: str
    writer: Writer

    @classmethod
    @contextmanager
    def open(cls, path: Path, actor: str, wait_s: float = 10.0, sealing: Sealing | None = None) -> Iterator[Registry]:
        """Open for one command or one batch; `actor` is who the audit events name.

        Checkpoints are kept beside the file as well where `sealing` names no other place; a registry in memory
        (`:memory:`) has no place beside it, and must be given one.

        Raises RegistryBusy after `wait_s` seconds, RegistryTooNew, IntegrityError, DiskFull.
        """
        if path == connecting.MEMORY and sealing is None:
            raise ConfigError("a registry in memory has no place for checkpoints", "give one: sealing=Sealing(DIR)")
        with connecting.connected(path, wait_s, actor) as connection:
            how = sealing or Sealing(path.parent / "checkpoints")
            yield cls(connection, path, actor, Writer(connection, path, wait_s, how))

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
        return self.writer.apply(self.actor, change, by)

    def get(self, digest: str) -> Record:
        """The record of this digest. Raises NotFound, and DigestMismatch if its row was edited."""
        row = self._row("SELECT digest, kind, body FROM records WHERE digest = ?", digest)
        if row is None:
            raise NotFound(f"no record {digest[:12]} in {self.path.name}", "see what there is: muniment list")
        return self.parsed(*row)

    def many(self, digests: Iterable[str]) -> dict[str, Record]:
        """Those of the records that are here, by digest, oldest first, in one query. Raises DigestMismatch."""
        wanted = list(digests)
        if len(wanted) > _FEW:
            return self.matching("digest IN (SELECT unnest(?))", wanted)
        places = ", ".join("?" * len(wanted))
        sql = f"SELECT event, created_at, digest, kind, body FROM records WHERE digest IN ({places})"  # noqa: S608
        found = sorted(self._rows(sql, *wanted), key=itemgetter(0, 1, 2)) if wanted else []
        return {str(row[2]): self.parsed(*row[2:]) for row in found}

    def all(self, record_type: type[Kind]) -> list[Kind]:
        """All records of one type, oldest first. Raises DigestMismatch."""
        found = self.matching("kind = ?", record_type.kind).values()
        return [record for record in found if isinstance(record, record_type)]

    def matching(self, condition: str, *bound: object) -> dict[str, Record]:
        """The records under a condition in SQL, by digest, oldest first. Raises DigestMismatch."""
        sql = f"SELECT digest, kind, body FROM records WHERE {condition} ORDER BY event, created_at, digest"  # noqa: S608
        return {str(row[0]): self.parsed(*row) for row in self._rows(sql, *bound)}

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
        if (name and not at) or _PREFIX.fullmatch(prefix):  # an empty reference, as of an unset variable, is nobody's
            fitting = self._rows(
                "SELECT digest FROM adapters WHERE starts_with(digest, ?) AND ? IN ('', name)"
                " ORDER BY created_at DESC, digest",
                prefix, name,
            )  # fmt: skip
        if not fitting:
            raise NotFound(
                f"no adapter is called {reference!r} and nothing was released under that alias in {self.path}",
                "see what there is: muniment list; of a digest, 8 digits are needed",
            )
        if prefix and len(fitting) > 1:
            raise ConfigError(f"{reference!r} fits {len(fitting)} adapters", "give more digits of its digest")
        found = self.get(str(fitting[0][0]))
        assert isinstance(found, Adapter)
        return found

    def current(self, alias: str) -> Release | None:
        """The release that an alias means now."""
        newest = self.newest()
        if newest is None or newest.alias == alias:
            return newest
        row = self._row("SELECT digest FROM releases WHERE alias = ? ORDER BY version DESC LIMIT 1", alias)
        found = self.get(str(row[0])) if row else None
        return found if isinstance(found, Release) else None

    def newest(self) -> Release | None:
        """The last release of all aliases, which has the highest version."""
        recall = self.writer.recall
        recall.look(self.connection)
        found, since = recall.newest or (self._newest(), [])
        own = [one for change, _ in since for one in change.records if isinstance(one, Release)]
        recall.newest = own[-1] if own else found, []
        return recall.newest[0]

    def _newest(self) -> Release | None:
        asked = "SELECT event, digest, kind, body FROM records WHERE kind = 'release'"
        seen = self.writer.recall.released
        later = [] if seen is None else self._rows(f"{asked} AND event >= ?", seen)
        row = max(later, key=itemgetter(0)) if later else self._row(f"{asked} ORDER BY event DESC LIMIT 1")
        if row is None:
            return None
        self.writer.recall.released, found = int(str(row[0])), self.parsed(*row[1:])
        return found if isinstance(found, Release) else None

    def releases(self, alias: str) -> list[Release]:
        """Every release of an alias, first version first."""
        found = self._rows(
            "SELECT r.digest, r.kind, r.body FROM releases v JOIN records r USING (digest) WHERE v.alias = ?"
            " ORDER BY v.version",
            alias,
        )
        records = (self.parsed(*row) for row in found)
        return [record for record in records if isinstance(record, Release)]

    def aliases(self) -> list[str]:
        return [str(row[0]) for row in self._rows("SELECT DISTINCT alias FROM releases ORDER BY alias")]

    def release_envelopes(self, alias: str) -> list[str]:
        """The signed releases of an alias as they were written, first version first."""
        found = self._rows(
            "SELECT a.envelope FROM releases r JOIN attestations a ON a.subject = r.digest AND a.type = 'release'"
            " WHERE r.alias = ? ORDER BY r.version",
            alias,
        )
        return [str(row[0]) for row in found]

    def refusals(self, first: int = 0) -> list[Attestation]:
        """Signed decisions about adapters that event `first` or a later one rejected or revoked, the refusals among
        them."""
        found = self._rows(
            "SELECT subject, type, envelope, signer FROM attestations WHERE type = 'decision' AND subject IN (SELECT"
            " body ->> 'adapter' FROM records WHERE kind = 'decision' AND event >= ? AND NOT contains(body, ?))"
            " ORDER BY digest",
            first, '"decision":"approve"',
        )
        return [Attestation(*(str(value) for value in row)) for row in found]

    def attestations(self, subject: str, type: str | None = None) -> list[Attestation]:
        """Signed statements about a record, unverified, in a stable order."""
        condition, bound = ("", [subject]) if type is None else (" AND type = ?", [subject, type])
        sql = f"SELECT subject, type, envelope, signer FROM attestations WHERE subject = ?{condition} ORDER BY digest"  # noqa: S608
        found = self._rows(sql, *bound)
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
        return [event_in(str(row[0])) for row in reversed(found)]

    def stored_events(self, first: int, last: int) -> list[tuple[int, str, str]]:
        """Number, digest and body, as they stand, of the events from `first` to `last`."""
        found = self._rows(
            "SELECT sequence, digest, body FROM events WHERE sequence BETWEEN ? AND ? ORDER BY sequence", first, last
        )
        return cast("list[tuple[int, str, str]]", found)

    def events_about(self, *digests: str, first: int = 0, before: int | None = None) -> list[AuditEvent]:
        """Events that name one of these, oldest first; of a long chain those from `first` on, `before` left out."""
        named = " OR ".join(["contains(body, ?)"] * len(digests))
        found = self._rows(
            f"SELECT body FROM events WHERE sequence >= ? AND sequence < ? AND ({named}) ORDER BY sequence",  # noqa: S608
            first, _ALL if before is None else before, *(f'"{digest}"' for digest in digests),
        )  # fmt: skip
        events = (event_in(str(row[0])) for row in found)
        return [event for event in events if not set(digests).isdisjoint(event.subjects)]

    @contextmanager
    def attempting(self, action: str, subjects: Sequence[str]) -> Iterator[None]:
        """Whatever a rule or a check refuses inside is kept in the audit chain, and raised on."""
        try:
            yield
        except (Refused, IntegrityError) as error:
            self.refuse(action, subjects, f"{type(error).__name__}: {error.message}")
            error.recorded = True
            raise

    def parsed(self, digest: object, kind: object, body: object) -> Record:
        """The record in a row. Raises DigestMismatch if it was edited."""
        record = record_in(str(digest), str(kind), str(body))
        if record is None:
            raise DigestMismatch(
                f"record {str(digest)[:12]} was edited in {self.path.name}",
                "restore the registry from a backup",
            )
        return record

    def query(self, sql: str, *bound: object) -> list[tuple[object, ...]]:
        """What a question that changes nothing finds. Raises IntegrityError where the file is damaged."""
        return self._rows(sql, *bound)

    def head(self) -> chain.Head:
        """How far the audit chain has come."""
        with schema.named_errors(self.path):
            return writing.end_of(self.connection)

    @property
    def sealing(self) -> Sealing:
        return self.writer.sealing

    @property
    def chain(self) -> str:
        """What the audit chain is known by: the digest of its first event; empty before that."""
        return self.writer.chain

    def _rows(self, sql: str, *bound: object) -> list[tuple[object, ...]]:
        schema.require_text(bound)
        with schema.named_errors(self.path):
            return self.connection.execute(sql, list(bound)).fetchall()

    def _row(self, sql: str, *bound: object) -> tuple[object, ...] | None:
        found = self._rows(sql, *bound)
        return found[0] if found else None
