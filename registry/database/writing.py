"""Writing to the registry: one change, one event of the audit chain, one transaction.

The end of the chain is remembered between two changes. Whoever else wrote meanwhile has taken the number of the next
event, so that writing on fails there, and what is remembered is read again. Behind a server that is a race, and whoever
lost one takes turns with the others from then on, until nobody else came between.
"""

from __future__ import annotations

import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import duckdb

from registry.audit import chain, checkpoint_files, sealing
from registry.audit.sealing import Made, Notary, Sealing
from registry.database import rows, schema
from registry.database.changes import Change
from registry.database.engine import Connection, Session
from registry.database.recall import Recall
from registry.database.turns import pause
from registry.errors import DiskFull, Overtaken, RegistryBusy
from registry.records import AuditEvent
from registry.times import naive

_DECIDED = """
SELECT sequence, body ->> 'action' FROM events WHERE sequence > ? AND (body ->> 'outcome') = 'done'
AND (contains(body, ?) OR split_part(body ->> 'action', '.', 1) IN
     ('promote', 'rollback', 'reject', 'revoke', 'erase', 'restore'))
ORDER BY sequence LIMIT 1
"""


@dataclass(frozen=True)
class Written:
    """What a change became: its event, the end of the chain with it, and the checkpoint that was due."""

    event: AuditEvent
    head: chain.Head
    made: Made | None


@dataclass
class Writer:
    """A connection that writes; `head` is the end of the chain and `due` where its next checkpoint is."""

    connection: Session
    path: Path
    wait_s: float
    sealing: Sealing
    head: chain.Head | None = None
    due: int = 0
    first: str = ""
    crowded: bool = False
    recall: Recall = field(default_factory=Recall)

    def apply(self, actor: str, change: Change, by: Notary | None) -> AuditEvent:
        """Do one change of `actor` whole. Most rows are new; whether they are is asked once one turned out not to be.

        Raises RegistryBusy, DiskFull; ChainBroken where the change asks for a checkpoint of a broken chain; Overtaken
        where it rests on what others have decided otherwise since.
        """
        written = self._until_written((actor, change), by)
        self.head = written.head
        if written.made:
            self.due = written.made.due
            with suppress(*((OSError, DiskFull) if change.stops else ())):  # `heal` writes it after what it publishes
                sealing.keep(self.connection, self.sealing, written.made, self.chain)
            self.sealing = replace(self.sealing, known=True)
        return written.event

    def _until_written(self, what: tuple[str, Change], by: Notary | None) -> Written:
        deadline, stood = time.monotonic() + self.wait_s, self.head
        with ExitStack() as turn:
            if self.crowded:
                turn.enter_context(self.connection.turn(deadline))
                self.head = None
            for tries in count():
                try:
                    with schema.named_errors(self.path), schema.transaction(self.connection):
                        written = self._write(what, by, all_new=not tries)
                        before = self.connection.mark()  # who commits from here on has taken our number
                    break
                except (duckdb.TransactionException, duckdb.ConstraintException) as error:
                    if tries and time.monotonic() >= deadline:  # a first try that is slow may have met its own row
                        raise RegistryBusy(f"{self.path} is being written by others", "try again") from error
                    self.head = None
                if self.crowded:
                    pause()
                else:
                    turn.enter_context(self.connection.turn(deadline))
                    self.crowded = True
        if tries:
            self.recall.forget()
        else:
            self.recall.wrote(self.connection, (what[1], written.event), before)
        self.crowded = bool(tries) or (stood is not None and written.event.sequence > stood.sequence + 1)
        return written

    def seal(self, by: Notary) -> Path:
        """Seal the chain as it is now, unless it is; returns where its checkpoint is kept outside the database.

        Raises ChainBroken, UnknownSigner, NotFound for an empty chain.
        """
        head = end_of(self.connection)
        if made := sealing.seal(self.connection, head, self.sealing, by):
            self.due = made.due
            sealing.keep(self.connection, self.sealing, made, self.chain)
        return checkpoint_files.path_in(self.sealing.outside, head.sequence)

    def stands_at(self) -> int:
        """The number of the last event, whoever wrote it: what is read from here on is at least as new."""
        before = self.recall.mark
        self.recall.look(self.connection)
        if self.recall.mark != before:
            self.head = None
        return _end(self).sequence

    @property
    def chain(self) -> str:
        """What the audit chain is known by: the digest of its first event; empty before that."""
        if not self.first:
            row = self.connection.execute("SELECT digest FROM events WHERE sequence = 0").fetchone()
            self.first = str(row[0]) if row else ""
        return self.first

    def _write(self, what: tuple[str, Change], by: Notary | None, all_new: bool) -> Written:
        (actor, change), end = what, _end(self)
        if change.since is not None and change.since < end.sequence:
            _refuse_if_overtaken(self.connection, change)
        source = chain.Source(datetime.now(UTC), actor)
        place = rows.Place(end.sequence + 1, naive(source.at))
        event = chain.link(end, source, change, rows.insert(self.connection, change, place, all_new))
        head, made = rows.append(self.connection, event), None
        if change.sealed or change.stops or head.sequence >= self.due:
            made = sealing.sealed(self.connection, head, self.sealing, by, change.sealed)
        return Written(event, head, made)


def _end(writer: Writer) -> chain.Head:
    """How far the audit chain has come; read where the session does not know it."""
    if writer.head is None:
        writer.head, writer.due = end_of(writer.connection), sealing.due(writer.connection, writer.sealing)
    return writer.head


def _refuse_if_overtaken(connection: Connection, change: Change) -> None:
    """Part of the transaction, so that nobody can decide in between. Raises Overtaken."""
    decided = connection.execute(_DECIDED, [change.since, f'"{change.subjects[0]}"']).fetchone()
    if decided:
        sentence = f"audit event {decided[0]} ({decided[1]}) came while this was being decided"
        raise Overtaken(sentence, "look again: muniment list, then try again")


def end_of(connection: Connection) -> chain.Head:
    """How far the audit chain has come."""
    last = "SELECT sequence, digest FROM events WHERE sequence = (SELECT max(sequence) FROM events)"
    row = connection.execute(last).fetchone()
    return chain.Head(int(row[0]), str(row[1])) if row else chain.Head()
