"""What an open registry need not look for again, so that a long session is not slower at its end.

The chain only grows, and nothing was said of an adapter before it was there. What was read stays true while nobody
else writes: then what this session wrote since is all that is new. Whoever else does is known by the mark that each
writing leaves on the file; behind a server there is none, and everything is read anew each time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from registry.database.changes import Change
from registry.database.engine import Session
from registry.records import Adapter, AuditEvent, Release

EVERYTHING = -1
"""Rows that no event tells of stand at -1."""
_MOST_ROWS, _MOST_PAGES = 16, 8
Told = tuple[Change, AuditEvent]


class Page(Protocol):
    """All that was read about the adapter with that digest."""

    @property
    def digest(self) -> str: ...


@dataclass(frozen=True)
class Past:
    """All `events` up to event `last` that name one of these training runs, each of which went on from the next."""

    runs: tuple[str, ...]
    last: int = EVERYTHING
    events: tuple[AuditEvent, ...] = ()


@dataclass
class Recall:
    """`adapters` that this session brought in, by digest, each with the event that tells of it; `trained`: what is
    past of training runs; `released`: the event of the newest release that was seen; `latest`: the latest time of all
    events behind `misdated` up to one.

    While the file bears `mark`, `pages` and `newest` are as they were read, but for the changes beside them, and
    `latest` reaches the newest event where it is `timed`.
    """

    adapters: dict[str, int] = field(default_factory=dict)
    trained: dict[str, Past] = field(default_factory=dict)
    released: int | None = None
    latest: tuple[int, datetime | None] = (EVERYTHING, None)
    misdated: str = ""
    mark: object = None
    timed: bool = False
    pages: dict[str, tuple[Page, list[Told]]] = field(default_factory=dict)
    newest: tuple[Release | None, list[Told]] | None = None

    def look(self, connection: Session) -> None:
        """Before something is read: what was read before is forgotten if somebody else has written since."""
        mark = connection.mark()
        if mark != self.mark:
            self.forget()
            self.mark = mark

    def wrote(self, connection: Session, told: Told, before: object) -> None:
        """This session did a change that was new as a whole; `before` is the mark that the file bore until then."""
        change, event = told
        self.adapters |= {one.digest: event.sequence for one in change.records if isinstance(one, Adapter)}
        if before != self.mark or len(change.records) > _MOST_ROWS or change.tombstones:
            self.forget()
        for _, since in (*self.pages.values(), *([self.newest] if self.newest else ())):
            since.append(told)
        if self.timed:
            self.latest = event.sequence, max(self.latest[1] or event.at, event.at)
        self.mark = connection.mark()
        if self.pages or self.newest or self.timed:
            row = connection.execute("SELECT max(sequence) FROM events").fetchone()
            if row != (event.sequence,):  # somebody else wrote before the mark was taken
                self.forget()

    def keep(self, page: Page) -> None:
        """A page as it is now; of many the one that was kept first goes."""
        self.pages.pop(page.digest, None)
        if len(self.pages) >= _MOST_PAGES:
            del self.pages[next(iter(self.pages))]
        self.pages[page.digest] = (page, [])

    def forget(self) -> None:
        self.pages.clear()
        self.newest = None
        self.timed = False
