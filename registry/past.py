"""What an alias meant at a moment: only that one release is read, however many came after."""

from __future__ import annotations

from datetime import datetime

from registry.errors import NotFound
from registry.records import Release
from registry.store import Registry

_LAST_BEFORE = """
SELECT digest FROM releases
WHERE alias = ? AND coalesce(TRY_CAST(issued AS TIMESTAMPTZ) <= CAST(? AS TIMESTAMPTZ), true)
ORDER BY version DESC LIMIT 1
"""


def last_release(registry: Registry, alias: str, at: datetime) -> Release:
    """The newest release of the alias issued by then, whether or not it was still in force. Raises NotFound."""
    found = registry.query(_LAST_BEFORE, alias, at.isoformat())
    release = registry.get(str(found[0][0])) if found else None
    if not isinstance(release, Release):
        raise NotFound(f"{alias} meant nothing at {at:%Y-%m-%d %H:%M %Z}", f"see: muniment history {alias}")
    return release
