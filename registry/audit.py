"""The audit chain: who did or tried what, each event naming the digest of the one before.

An edit, deletion, insertion or reorder breaks the chain at the first event it touches. Cutting
off its end does not; signed checkpoints kept outside the database find that.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

from registry import digests
from registry.errors import ChainBroken
from registry.records import AuditEvent

GENESIS = digests.EMPTY


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


def link(head: AuditEvent | None, at: datetime, actor: str, told: Told) -> AuditEvent:
    """The next event after `head`."""
    return AuditEvent(
        sequence=head.sequence + 1 if head else 0,
        at=at,
        actor=actor,
        action=told.action,
        subjects=told.subjects,
        outcome=told.outcome,
        detail=told.detail,
        previous=head.digest if head else GENESIS,
    )


def verify_chain(events: Sequence[AuditEvent]) -> None:
    """Every event follows the one before it. Raises ChainBroken naming the first that does not."""
    previous = GENESIS
    for position, event in enumerate(events):
        if event.sequence != position or event.previous != previous:
            raise ChainBroken(
                f"audit event {position} ({event.action} by {event.actor}) does not follow the one before it",
                "compare with the exported bundles and checkpoints, and restore the registry from a backup",
            )
        previous = event.digest
