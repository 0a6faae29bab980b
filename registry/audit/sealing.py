"""When the audit chain is sealed by a checkpoint, and by whom.

Every release is, and every so many events whichever command comes next that has a key at hand: a person's who
decides, the pipeline's own in a run. A command without a key leaves the checkpoint due for the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol

from pydantic import BaseModel, ConfigDict, Field

from registry.audit import checkpoint_files
from registry.audit.chain import Head, follow
from registry.database.engine import Connection
from registry.errors import ChainBroken, ChainCut, IntegrityError, NotFound, UnknownSigner

if TYPE_CHECKING:
    from registry.audit.checkpoints import Signers
    from registry.trust.keys import Key
    from registry.trust.principals import Trust

EVERY = 100
_BEYOND = 2**63 - 1


class AuditSection(BaseModel):
    """`audit:` in pipeline.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    seal_every: Annotated[int, Field(ge=1, le=100_000)] = EVERY


class SealedSettings(BaseModel):
    """What this room reads of pipeline.yaml; `flows/config.py` refuses what nobody reads."""

    audit: AuditSection = AuditSection()


class Notary(Protocol):
    """Somebody who can sign, and the trust root that knows who that is."""

    @property
    def key(self) -> Key: ...
    @property
    def trust(self) -> Trust: ...


def nobody() -> Notary | None:
    return None


@dataclass(frozen=True)
class Sealing:
    """Where checkpoints are kept besides the database, how often one is due, and who signs where no person does.

    `known` once the chain was held against what is known outside the database, or its loss was accepted.
    """

    outside: Path
    every: Callable[[], int] = lambda: EVERY
    notary: Callable[[], Notary | None] = nobody
    known: bool = False


@dataclass(frozen=True)
class Made:
    """A new checkpoint: of which event, as which envelope, when the next one is due, and where the one before is."""

    sequence: int
    envelope: str
    due: int
    before: int | None


def due(connection: Connection, sealing: Sealing) -> int:
    """The number of the event at which the next checkpoint is due, as the last one says."""
    row = connection.execute("SELECT due FROM checkpoints ORDER BY sequence DESC LIMIT 1").fetchone()
    return int(row[0]) if row else sealing.every() - 1


def sealed(
    connection: Connection, head: Head, sealing: Sealing, by: Notary | None, asked: bool
) -> Made | None:
    """The checkpoint of `head`, which is asked for or due, if somebody can sign it. Part of the transaction.

    Raises ChainBroken where one is asked for. Where one is merely due a broken chain stays unsealed, for
    `audit verify` to name: a revocation must not wait for a restored backup.
    """
    by = by or sealing.notary()
    if by is None or by.trust.owner(by.key.id) is None:
        return None
    try:
        _require_last(connection, head)
        return _seal(connection, head, by, sealing)
    except IntegrityError:
        if asked:
            raise
        return None


def seal(connection: Connection, head: Head, sealing: Sealing, by: Notary) -> Made | None:
    """Seal the chain as it is now at `head`; None where it is sealed. Raises ChainBroken, UnknownSigner, NotFound."""
    if by.trust.owner(by.key.id) is None:
        raise UnknownSigner(f"key {by.key.id[:12]} belongs to nobody in the trust root", "see: muniment keys list")
    if head == Head():
        raise NotFound("the audit chain is empty", "run something first: muniment run")
    return _seal(connection, head, by, sealing)


def keep(connection: Connection, sealing: Sealing, made: Made, chain: str) -> None:
    """Write a new checkpoint outside the database, once it is in there, and remember it. Raises DiskFull."""
    from registry.audit import witness

    if made.before is not None and not checkpoint_files.path_in(sealing.outside, made.before).exists():
        publish(connection, sealing.outside)
    checkpoint_files.write(sealing.outside, made.sequence, made.envelope)
    witness.remember(chain, made.envelope)
    if not sealing.known:
        witness.place(sealing.outside, chain)


def publish(connection: Connection, outside: Path) -> None:
    """Write the newest checkpoints that are in the database alone, as a kill may leave them. Raises DiskFull."""
    kept = _backwards(connection, _BEYOND)
    missing = takewhile(lambda one: not checkpoint_files.path_in(outside, one[0]).exists(), kept)
    for sequence, envelope in reversed(list(missing)):
        checkpoint_files.write(outside, sequence, envelope)


def _seal(connection: Connection, head: Head, by: Notary, sealing: Sealing) -> Made | None:
    """Sign that the chain has come to `head`, verified from the last checkpoint on; None where it is sealed already.

    Raises ChainBroken.
    """
    from registry.audit import checkpoints
    from registry.audit.known import require_known

    signers = checkpoints.Signers.of(by.trust)
    last = _vouched(connection, signers, head)
    if last.head == head:
        return None
    _walk(connection, last.head, head)
    if not sealing.known:
        require_known(connection, sealing.outside, signers)
    every = sealing.every()
    checkpoint = checkpoints.Checkpoint(
        sequence=head.sequence, head=head.digest, at=datetime.now(UTC), every=every, previous=last.digest
    )
    envelope = checkpoints.sign(checkpoint, by.key)
    row = [head.sequence, envelope, head.sequence + every]
    # Looking whether there is one to replace costs as much as all the rest of it.
    put = "INSERT OR REPLACE" if last.withdrawn else "INSERT"
    connection.execute(f"{put} INTO checkpoints VALUES (?, ?, ?)", row)
    return Made(head.sequence, envelope, head.sequence + every, last.newest)


@dataclass(frozen=True)
class _Last:
    """The head that somebody in force sealed last; digest and event of the last checkpoint at all before this head.

    `withdrawn`: this head has one by a key that was withdrawn since.
    """

    head: Head
    digest: str
    newest: int | None
    withdrawn: bool


def _vouched(connection: Connection, signers: Signers, head: Head) -> _Last:
    """What was sealed before `head`."""
    from registry.audit import checkpoints

    digest, newest, withdrawn = "", None, False
    for place, envelope in _backwards(connection, head.sequence + 1):
        seal = signers.open(envelope, f"the checkpoint of audit event {place} in the registry")
        withdrawn |= place == head.sequence and not seal.people
        if not digest and (place < head.sequence or seal.people):
            digest, newest = seal.digest, place
        if seal.people:
            return _Last(Head(seal.checkpoint.sequence, seal.checkpoint.head), digest, newest, withdrawn)
    return _Last(Head(), digest or checkpoints.FIRST, newest, withdrawn)


def _require_last(connection: Connection, head: Head) -> None:
    """No later event is sealed than `head`, which is new. Raises ChainCut."""
    row = connection.execute("SELECT max(sequence) FROM checkpoints").fetchone()
    if row and row[0] is not None and row[0] >= head.sequence:
        raise ChainCut(
            f"audit events from {head.sequence} on were cut off: {row[0]} is sealed",
            "find the first bad event: muniment audit verify",
            head.sequence,
        )


def _backwards(connection: Connection, place: int) -> Iterator[tuple[int, str]]:
    """The checkpoints before `place`, the last first. Two small questions take half the time of one that sorts."""
    last = "SELECT max(sequence) FROM checkpoints WHERE sequence < ?"
    while (row := connection.execute(last, [place]).fetchone()) and row[0] is not None:
        place = int(row[0])
        found = connection.execute("SELECT envelope FROM checkpoints WHERE sequence = ?", [place]).fetchone()
        yield place, str(found[0]) if found else ""


def _walk(connection: Connection, before: Head, head: Head) -> None:
    """The events after `before` lead to `head`. Raises ChainBroken."""
    later = "SELECT sequence, digest, body FROM events WHERE sequence > ?"
    found = connection.execute(later, [before.sequence])
    reached, sound = before, True
    for _, digest, body in sorted(found.fetchall()):
        _, reached = follow(reached, str(body).encode())
        sound &= reached.digest == digest
    if reached != head or not sound:
        raise ChainBroken(
            f"the audit chain after its checkpoint of event {before.sequence} does not lead to event {head.sequence}",
            "find the first bad event: muniment audit verify",
            before.sequence + 1,
        )
