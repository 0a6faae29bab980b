"""The clock that expiry is judged by: one that was set back would bring expired approvals into force again.

A machine whose clock was ahead leaves an event that no right clock has reached. Enough root keys can say that its
time is wrong (`Trust.misdated`); then the events behind it count alone.
"""

from __future__ import annotations

from datetime import UTC, datetime

from registry.database.recall import EVERYTHING
from registry.database.store import Registry
from registry.errors import ClockBehind, ConfigError
from registry.times import SKEW, moment_in, spoken
from registry.trust.principals import Trust

_AHEAD = "SELECT sequence, digest FROM events WHERE sequence > ? AND (body ->> 'at') > ? ORDER BY sequence"
_LATEST = "SELECT max(sequence), max(body ->> 'at') FROM events WHERE sequence > ?"


def require_clock(registry: Registry, trust: Trust) -> None:
    """Raises ClockBehind where an audit event is of a time that this machine's clock has not reached.

    Of all events that bear a right time, since the next one that is written bears the clock's again; each is read
    once by a process.
    """
    latest, now = _latest(registry, trust), datetime.now(UTC)
    if latest and latest > now + SKEW:
        ahead = _ahead(registry, trust, now)[0][0]
        raise ClockBehind(
            f"the clock says {spoken(now)}, with event {ahead} the audit chain has come to {spoken(latest)}",
            f"set the clock right; if event {ahead} bears a wrong time, root key holders say so: muniment trust clock",
        )


def misdated(registry: Registry, trust: Trust, now: datetime) -> tuple[int, str]:
    """Number and digest of the last audit event that is ahead of the clock. Raises ConfigError where none is."""
    ahead = _ahead(registry, trust, now)
    if not ahead:
        raise ConfigError(f"no audit event is later than {spoken(now)}", "nothing needs to be said of the clock")
    number, digest = ahead[-1]
    return int(str(number)), str(digest)


def _ahead(registry: Registry, trust: Trust, now: datetime) -> list[tuple[object, ...]]:
    return registry.query(_AHEAD, _before(registry, trust), (now + SKEW).isoformat())


def _before(registry: Registry, trust: Trust) -> int:
    """The number of the last event that bears a wrong time, in this chain."""
    found = registry.query("SELECT sequence FROM events WHERE digest = ?", trust.misdated) if trust.misdated else []
    return int(str(found[0][0])) if found else EVERYTHING


def _latest(registry: Registry, trust: Trust) -> datetime | None:
    recall = registry.writer.recall
    recall.look(registry.connection)
    if recall.misdated != trust.misdated:
        recall.misdated, recall.latest, recall.timed = trust.misdated, (_before(registry, trust), None), False
    if not recall.timed:
        known, latest = recall.latest
        newest, at = registry.query(_LATEST, known)[0]
        if newest is not None:
            read = moment_in(str(at))
            recall.latest = int(str(newest)), max(latest or read, read)
        recall.timed = True
    return recall.latest[1]
