"""The audit chain: who did or tried what, each event naming the digest of the one before and of the rows it added.

An edit, deletion, insertion or reorder breaks the chain at the first event it touches. Cutting
off its end does not; signed checkpoints kept outside the database find that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from pydantic import ValidationError

from registry import digests
from registry.errors import ChainBroken
from registry.records import AuditEvent

GENESIS = digests.EMPTY
_RESTORE = "compare with the exported bundles and checkpoints, and restore the registry from a backup"


class Told(Protocol):
    """What an event tells of."""

    @property
    def action(self) -> str: ...
    @property
    def subjects(self) -> tuple[str, ...]: ...
    @property
    def outcome(self) -> Literal["done", "refused"]: ...
    @property
    def detail(self) -> str: ...


class Head(NamedTuple):
    """How far a chain has come: the number of its last event, and that event's digest."""

    sequence: int = -1
    digest: str = GENESIS


@dataclass(frozen=True)
class Source:
    """Whose doing an event is, and when."""

    at: datetime
    actor: str


def link(head: Head, source: Source, told: Told, rows: str | None = None) -> AuditEvent:
    """The next event after `head`; `rows` is the digest of what it added to the tables."""
    return AuditEvent(
        sequence=head.sequence + 1,
        at=source.at,
        actor=source.actor,
        action=told.action,
        subjects=told.subjects,
        outcome=told.outcome,
        detail=told.detail,
        previous=head.digest,
        rows=rows,
    )


def follow(head: Head, body: bytes) -> tuple[AuditEvent, Head]:
    """The event in `body`, as it is stored, if it is the one after `head`; and the head that it makes.

    Raises ChainBroken naming the event.
    """
    number = head.sequence + 1
    try:
        event = AuditEvent.model_validate_json(body)
    except ValidationError as error:
        raise ChainBroken(f"audit event {number} was edited: it reads {body[:60]!r}…", _RESTORE, number) from error
    if event.sequence != number or event.previous != head.digest:
        raise ChainBroken(
            f"audit event {number} ({event.action} by {event.actor}) does not follow the one before it",
            _RESTORE,
            number,
        )
    return event, Head(number, digests.of_record(AuditEvent.kind, body))


def verify_chain(events: Sequence[AuditEvent]) -> None:
    """Every event follows the one before it. Raises ChainBroken naming the first that does not."""
    head = Head()
    for event in events:
        _, head = follow(head, event.canonical())
