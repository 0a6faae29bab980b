"""Moments as people type them and as the database keeps them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from registry.errors import ConfigError

SKEW = timedelta(minutes=5)
"""How far the clocks of machines that work together may differ, and one may be set back to correct it."""


def moment_in(text: str) -> datetime:
    """A moment in ISO 8601, such as 2026-10-01, 2026-10-01T12:00Z or 2026-10-01T14:00+02:00; UTC where it says nothing.

    Raises ConfigError.
    """
    try:
        found = datetime.fromisoformat(text.strip())
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ConfigError(f"{text!r} is no moment", "write it as 2026-10-01T12:00Z") from error


def naive(moment: datetime) -> datetime:
    """As the database keeps it: UTC without saying so."""
    return _in_utc(moment).replace(tzinfo=None)


def spoken(moment: datetime) -> str:
    """To the second, in UTC, for people."""
    return f"{_in_utc(moment):%Y-%m-%d %H:%M:%S} UTC"


def _in_utc(moment: datetime) -> datetime:
    """Whoever edits an event may date it so that UTC has no year for it: then as it is written, which is as wrong."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return moment.replace(tzinfo=UTC)
