"""The whole registry file proved in one pass along its audit chain: events, the rows they brought, checkpoints.

The first thing found is the first bad event, whatever was done to the file: edited, cut, refilled, rolled back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from registry.audit import checkpoint_files, checkpoints, telling, witness
from registry.audit.chain import Head, follow
from registry.audit.sealed import Proof, Sealed
from registry.database import shape
from registry.database.store import Registry
from registry.errors import ChainBroken, ChainCut, CheckpointForged, CheckpointGone, RolledBack
from registry.records import AuditEvent
from registry.trust.principals import Trust

RELEASES = frozenset(("promote", "rollback"))
_RESTORE = "restore the registry from a backup"


def prove(registry: Registry, trust: Trust) -> Proof:
    """What the chain proves. Raises the kind of ChainBroken that says what was done, naming the first bad event."""
    proof, broken = examine(registry, trust, most=1)
    if broken:
        raise broken[0]
    return proof


def examine(registry: Registry, trust: Trust, most: int) -> tuple[Proof, list[ChainBroken]]:
    """What holds, and the first `most` things that do not. What holds is remembered on this machine."""
    altered = list(islice(shape.alterations(registry.connection), most))
    if altered:  # nothing that such a file answers is worth asking for
        return Sealed(checkpoints.Signers.of(trust)).proof(Head()), [*altered]
    walk = Walk(registry, Sealed(checkpoints.Signers.of(trust)), Kept.of(registry))
    broken = list(islice(walk.breaks(), most))
    if not broken and walk.sealed.envelope:
        witness.remember(walk.kept.chain, walk.sealed.envelope)
    return walk.sealed.proof(walk.head), broken


@dataclass(frozen=True)
class Kept:
    """Envelopes of checkpoints by the event they are kept for: in the registry, outside it, and the last one seen."""

    chain: str
    rows: dict[int, str]
    files: dict[int, str]
    seen: dict[int, str]

    @classmethod
    def of(cls, registry: Registry) -> Kept:
        """Raises IntegrityError where a file cannot be read."""
        rows = registry.query("SELECT sequence, envelope FROM checkpoints")
        chain = registry.chain
        seen = witness.recall(chain)
        return cls(
            chain,
            {int(str(sequence)): str(envelope) for sequence, envelope in rows},
            checkpoint_files.read(registry.sealing.outside),
            {witness.sequence_of(seen): seen} if seen else {},
        )

    @property
    def events(self) -> set[int]:
        return self.rows.keys() | self.files.keys() | self.seen.keys()


@dataclass
class Walk:
    """One way along the chain. `head` is how far it has come."""

    registry: Registry
    sealed: Sealed
    kept: Kept
    head: Head = field(default_factory=Head)
    released: AuditEvent | None = None

    def breaks(self) -> Iterator[ChainBroken]:
        """Everything that does not fit, in the order of events."""
        ends = self.registry.query("SELECT min(sequence), max(sequence) FROM events")[0]
        first, last = (0 if end is None else int(str(end)) for end in ends)
        for piece in self.registry.batches(min(first, 0), last):
            yield from self._batch(*piece)
        yield from self._beyond()
        if self.released and self.released.sequence > self.sealed.sequence:
            number = self.released.sequence
            yield CheckpointGone(f"the release of audit event {number} is sealed by no checkpoint", _RESTORE, number)
        yield from telling.strays(self.registry, self.head.sequence + 1)

    def _batch(self, first: int, last: int) -> Iterator[ChainBroken]:
        rows, sealed = telling.brought(self.registry, first, last), self.kept.events
        for sequence, digest, body in self.registry.stored_events(first, last):
            stored = Head(sequence, digest)
            try:
                event, self.head = follow(self.head, body.encode())
            except ChainBroken as error:
                yield error
                self.head = stored
                continue
            if self.head != stored:
                yield ChainBroken(f"audit event {self.head.sequence} was edited", _RESTORE, self.head.sequence)
                self.head = stored
            if event.rows or stored.sequence in rows:
                yield from telling.discords(event, rows.get(stored.sequence))
            if event.action in RELEASES and event.outcome == "done" and event.rows:
                self.released = event
            if stored.sequence in sealed:
                yield from self._checkpoint(stored.sequence)

    def _checkpoint(self, number: int) -> Iterator[ChainBroken]:
        """What is kept for this event holds, and is kept wherever it should be."""
        row, file, seen = self.kept.rows.get(number), self.kept.files.get(number), self.kept.seen.get(number)
        kept = row or file
        try:
            if kept is not None:
                self.sealed.reach(kept, self.head)
            for other in (envelope for envelope in (file, seen) if envelope not in (None, kept)):
                self.sealed.agree(str(other), self.head)
        except ChainBroken as error:
            yield error
            return
        if row is None and not (file and checkpoints.FIRST_TYPE in file):
            yield CheckpointGone(f"the checkpoint of audit event {number} is gone from the registry", _RESTORE, number)
        elif file is None and number != max(self.kept.rows):
            place = self.registry.sealing.outside
            yield CheckpointGone(f"the checkpoint of audit event {number} is gone from {place}", _RESTORE, number)

    def _beyond(self) -> Iterator[ChainBroken]:
        """Checkpoints of events that the chain does not have."""
        for number in sorted(n for n in self.kept.events if n > self.head.sequence or n < 0):
            envelope = self.kept.rows.get(number) or self.kept.files.get(number) or self.kept.seen[number]
            try:
                self.sealed.signers.open(envelope, f"what is kept for audit event {number}")
            except CheckpointForged as error:
                error.event = number
                yield error
                continue
            after = self.head.sequence + 1
            if number in self.kept.rows:
                yield ChainCut(f"audit events from {after} on were cut off: {number} is sealed", _RESTORE, after)
            else:
                sentence = f"the registry is an older copy: it ends before audit event {after}, and {number} is sealed"
                yield RolledBack(sentence, _RESTORE, after)
