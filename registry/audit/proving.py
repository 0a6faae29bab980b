"""The whole registry file proved in one pass along its audit chain: events, the rows they brought, checkpoints.

The first thing found is the first bad event, whatever was done to the file: edited, cut, refilled, rolled back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from registry.audit import checkpoint_files, checkpoints, telling, witness
from registry.audit.chain import Head
from registry.audit.pieces import Piece, check, cut
from registry.audit.sealed import Proof, Sealed
from registry.database import shape
from registry.database.connecting import server_of
from registry.database.store import Registry
from registry.errors import ChainBroken, ChainCut, CheckpointForged, CheckpointGone, RolledBack
from registry.processes import Crew, cores, crew
from registry.progress import Progress
from registry.trust.principals import Trust

PIECES_THAT_PAY = 5
"""A further process starts in half a second or more, in which another one checks one or two."""
_RESTORE = "restore the registry from a backup"


def prove(registry: Registry, trust: Trust, progress: Progress | None = None) -> Proof:
    """What the chain proves. Raises the kind of ChainBroken that says what was done, naming the first bad event."""
    proof, broken = examine(registry, trust, 1, progress)
    if broken:
        raise broken[0]
    return proof


def examine(
    registry: Registry, trust: Trust, most: int, progress: Progress | None = None
) -> tuple[Proof, list[ChainBroken]]:
    """What holds, and the first `most` things that do not. What holds is remembered on this machine.

    `progress` is told of the pieces in which the chain is read.
    """
    sealed = Sealed(checkpoints.Signers.of(trust))
    altered = list(islice(shape.alterations(registry.connection), most))
    if altered:  # nothing that such a file answers is worth asking for
        return sealed.proof(Head()), [*altered]
    walk = Walk(registry, sealed, Kept.of(registry), cut(registry))
    with crew(min(cores(), len(walk.pieces) // PIECES_THAT_PAY)) as workers:
        broken = list(islice(walk.breaks(workers, progress), most))
    if not broken and sealed.envelope:
        witness.remember(walk.kept.chain, sealed.envelope)
        witness.place(registry.sealing.outside, walk.kept.chain)
    return sealed.proof(walk.head), broken


@dataclass(frozen=True)
class Kept:
    """Envelopes of checkpoints by the event they are kept for: in the registry, outside it, and the last one seen.

    `all_outside` where each should lie outside as well: in a workspace that uses a server lie those made there.
    """

    chain: str
    all_outside: bool
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
            not server_of(registry.path.parent),
            {int(str(sequence)): str(envelope) for sequence, envelope in rows},
            checkpoint_files.read(registry.sealing.outside),
            {witness.sequence_of(seen): seen} if seen else {},
        )

    @property
    def events(self) -> set[int]:
        return self.rows.keys() | self.files.keys() | self.seen.keys()

    def counting(self, event: int) -> str:
        """The envelope that counts."""
        return self.rows.get(event) or self.files.get(event) or self.seen[event]

    def between(self, first: int, last: int) -> dict[int, str]:
        """The envelopes that count of the events from `first` to `last`."""
        return {event: self.counting(event) for event in self.events if first <= event <= last}


@dataclass
class Walk:
    """One way along the chain. `head` is how far it has come."""

    registry: Registry
    sealed: Sealed
    kept: Kept
    pieces: list[tuple[int, int]]
    head: Head = field(default_factory=Head)
    released: int = -1

    def breaks(self, workers: Crew, progress: Progress | None) -> Iterator[ChainBroken]:
        """Everything that does not fit, in the order of events."""
        try:
            witness.require_same(self.registry.sealing.outside, self.kept.chain)
        except ChainBroken as error:
            yield error
        work = partial(check, self.sealed.signers)
        for done, checked in enumerate(workers.each(work, self._read()), start=1):
            self.sealed.opened.update(checked.seals)
            for one in checked.found:
                if isinstance(one, ChainBroken):
                    yield one
                else:
                    self.head = one
                    yield from self._checkpoint(one.sequence)
            self.head = checked.head
            self.released = self.released if checked.released is None else checked.released
            if progress:
                progress(done, len(self.pieces))
        yield from self._beyond()
        if self.released > self.sealed.sequence:
            sentence = f"the release of audit event {self.released} is sealed by no checkpoint"
            yield CheckpointGone(sentence, _RESTORE, self.released)
        yield from telling.strays(self.registry, self.head.sequence + 1)

    def _read(self) -> Iterator[Piece]:
        head = Head()
        for piece in self.pieces:
            events = self.registry.stored_events(*piece)
            yield Piece(head, events, telling.Rows.of(self.registry, *piece), self.kept.between(*piece))
            head = Head(*events[-1][:2])

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
        elif file is None and self.kept.all_outside and number != max(self.kept.rows):
            place = self.registry.sealing.outside
            yield CheckpointGone(f"the checkpoint of audit event {number} is gone from {place}", _RESTORE, number)

    def _beyond(self) -> Iterator[ChainBroken]:
        """Checkpoints of events that the chain does not have."""
        for number in sorted(n for n in self.kept.events if n > self.head.sequence or n < 0):
            try:
                self.sealed.signers.open(self.kept.counting(number), f"what is kept for audit event {number}")
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
