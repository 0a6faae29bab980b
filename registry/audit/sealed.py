"""How far a chain is sealed, found out by walking along it from checkpoint to checkpoint."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from registry.audit.chain import Head
from registry.audit.checkpoints import FIRST, Seal, Signers
from registry.errors import ChainBroken, CheckpointForged, CheckpointGone

_RESTORE = "restore it from a backup, and ask whoever could write there"


@dataclass(frozen=True)
class Proof:
    """What was proved: so many events, sealed up to event `sealed` (-1: not at all) by `sealed_by` at `sealed_at`.

    `due` is the event at which the next checkpoint was promised.
    """

    events: int
    checkpoints: int
    sealed: int
    head: str
    sealed_by: tuple[str, ...] = ()
    sealed_at: datetime | None = None
    due: int | None = None


@dataclass
class Sealed:
    """The checkpoints met so far. `linked` is the digest that the next one must name as the one before it.

    `last` is the last one that somebody in force signed, and thereby vouched for all before it; `sequence` the
    event of the last one at all. `opened` are envelopes that were found to hold before they are reached.
    """

    signers: Signers
    count: int = 0
    sequence: int = -1
    last: Seal | None = None
    envelope: str = ""
    linked: str = FIRST
    opened: dict[str, Seal] = field(default_factory=dict)

    def reach(self, envelope: str, head: Head) -> None:
        """The next checkpoint seals `head`. Raises CheckpointForged, CheckpointGone, ChainBroken."""
        seal = self.agree(envelope, head)
        if seal.checkpoint.previous is not None:
            if seal.checkpoint.previous != self.linked:
                raise CheckpointGone(
                    f"a checkpoint between audit events {self.sequence} and {head.sequence} was taken away",
                    _RESTORE,
                    self.sequence + 1,
                )
            self.linked = seal.digest
        self.count, self.sequence = self.count + 1, head.sequence
        if seal.people:
            self.last, self.envelope = seal, envelope

    def agree(self, envelope: str, head: Head) -> Seal:
        """A checkpoint of `head`, whoever keeps it. Raises CheckpointForged, ChainBroken."""
        try:
            place = f"the checkpoint kept for audit event {head.sequence}"
            seal = self.opened.pop(envelope, None) or self.signers.open(envelope, place)
        except CheckpointForged as error:
            error.event = head.sequence
            raise
        said = seal.checkpoint
        if said.sequence != head.sequence:
            sentence = f"the checkpoint kept for audit event {head.sequence} is that of {said.sequence}"
            raise CheckpointForged(sentence, _RESTORE, head.sequence)
        if said.head != head.digest:
            raise ChainBroken(
                f"audit event {head.sequence} is not the one that its checkpoint seals",
                "the chain was written anew: restore the registry from a backup",
                head.sequence,
            )
        return seal

    def proof(self, head: Head) -> Proof:
        events, digest = head.sequence + 1, head.digest if head.sequence >= 0 else ""
        if self.last is None:
            return Proof(events, self.count, -1, digest)
        said = self.last.checkpoint
        due = said.sequence + said.every if said.every else None
        return Proof(events, self.count, said.sequence, digest, self.last.people, said.at, due)
