"""What an open registry need not look for again, so that a long session is not slower at its end.

The chain only grows, and nothing was said of an adapter before it was there. Everything else is read anew each time:
whoever else writes is seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from registry.records import AuditEvent

EVERYTHING = -1
"""Rows that no event tells of stand at -1."""


@dataclass(frozen=True)
class Past:
    """All `events` up to event `last` that name one of these training runs, each of which went on from the next."""

    runs: tuple[str, ...]
    last: int = EVERYTHING
    events: tuple[AuditEvent, ...] = ()


@dataclass
class Recall:
    """`adapters` that this session brought in, by digest, each with the event that tells of it; `trained`: what is
    past of training runs; `released`: the event of the newest release that was seen.
    """

    adapters: dict[str, int] = field(default_factory=dict)
    trained: dict[str, Past] = field(default_factory=dict)
    released: int | None = None
