"""A piece of the audit chain checked by itself, in whichever process there is time for it.

What comes before it enters by one head alone, so that pieces need not wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

from registry.audit import telling
from registry.audit.chain import Head, follow
from registry.audit.checkpoints import Seal, Signers
from registry.audit.telling import Rows
from registry.database.store import Registry
from registry.errors import ChainBroken, CheckpointForged

EVENTS = 20_000
"""In one piece."""
RELEASES = frozenset(("promote", "rollback"))
_RESTORE = "restore the registry from a backup"


@dataclass(frozen=True)
class Piece:
    """Neighbouring events as they stand, by number, digest and body, and what else stands about them.

    `before` is the head that they follow; `kept` are envelopes of checkpoints by the event they are kept for.
    """

    before: Head
    events: list[tuple[int, str, str]]
    rows: Rows
    kept: dict[int, str]


@dataclass(frozen=True)
class Checked:
    """In the order of events, what does not fit, and the heads for which a checkpoint is kept.

    `seals` are those of the kept checkpoints that somebody signed, by their envelopes; `released` is the last
    event that released an adapter, `head` the last one at all.
    """

    found: list[ChainBroken | Head]
    seals: dict[str, Seal]
    released: int | None
    head: Head


def cut(registry: Registry, last: int = 2**62) -> list[tuple[int, int]]:
    """The events up to number `last` in pieces that fit into memory, each by its own first and last number."""
    found = registry.query(
        "SELECT min(sequence), max(sequence) FROM (SELECT sequence, row_number() OVER (ORDER BY sequence) AS place"
        " FROM events WHERE sequence <= ?) GROUP BY (place - 1) // ? ORDER BY 1",
        last, EVENTS,
    )  # fmt: skip
    return cast("list[tuple[int, int]]", found)


def check(signers: Signers, piece: Piece) -> Checked:
    """A piece of the chain held against itself, against its rows, and its checkpoints against their signers."""
    rows, head = telling.brought(piece.rows), piece.before
    found: list[ChainBroken | Head] = []
    released = None
    for sequence, digest, body in piece.events:
        stored = Head(sequence, digest)
        try:
            event, head = follow(head, body.encode())
        except ChainBroken as error:
            found.append(error)
            head = stored
            continue
        if head != stored:
            found.append(ChainBroken(f"audit event {head.sequence} was edited", _RESTORE, head.sequence))
            head = stored
        if event.rows or sequence in rows:
            found += telling.discords(event, rows.get(sequence))
        if event.action in RELEASES and event.outcome == "done" and event.rows:
            released = sequence
        if sequence in piece.kept:
            found.append(stored)
    return Checked(found, dict(_holding(signers, piece)), released, head)


def _holding(signers: Signers, piece: Piece) -> Iterator[tuple[str, Seal]]:
    """Whatever holds; what does not is opened again where it is reached, and named there."""
    for number, envelope in piece.kept.items():
        with suppress(CheckpointForged):
            yield envelope, signers.open(envelope, f"the checkpoint kept for audit event {number}")
