"""The clock that expiry is judged by: one that was set back would bring expired approvals into force again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from registry.database.store import Registry
from registry.errors import ClockBehind
from registry.times import moment_in, spoken

SKEW = timedelta(minutes=5)
"""How far the clocks of machines that write to one registry may differ."""
_AHEAD = "SELECT min(sequence) FROM events WHERE body ->> 'at' > ?"
_LATEST = "SELECT max(sequence), max(body ->> 'at') FROM events WHERE sequence > ?"


def require_clock(registry: Registry) -> None:
    """Raises ClockBehind where an audit event is of a time that this machine's clock has not reached.

    Of all events, since the next one that is written bears the clock's time again; each is read once by a process.
    """
    latest, now = _latest(registry), datetime.now(UTC)
    if latest and latest > now + SKEW:
        ahead = registry.query(_AHEAD, (now + SKEW).isoformat())[0][0]
        raise ClockBehind(
            f"the clock says {spoken(now)}, with event {ahead} the audit chain has come to {spoken(latest)}",
            f"set the clock right; if event {ahead} bears a wrong time, restore a backup of before it "
            "(muniment registry restore FILE --accept-loss --reason TEXT --key OPERATOR)",
        )


def _latest(registry: Registry) -> datetime | None:
    recall = registry.writer.recall
    recall.look(registry.connection)
    if not recall.timed:
        known, latest = recall.latest
        newest, at = registry.query(_LATEST, known)[0]
        if newest is not None:
            read = moment_in(str(at))
            recall.latest = int(str(newest)), max(latest or read, read)
        recall.timed = True
    return recall.latest[1]
