"""How long stages took: what the next one will take can be told from it."""

from __future__ import annotations

from registry.database.store import Kind, Registry

_STAGES = """
SELECT s.record, s.seconds FROM stages s JOIN records r ON r.digest = s.record WHERE r.kind = ? ORDER BY s.event
"""


def took(registry: Registry, record_type: type[Kind]) -> list[tuple[Kind, float]]:
    """Every record of one type that a stage made, with the seconds that it took, oldest first.

    Raises DigestMismatch.
    """
    rows = [(str(digest), float(str(seconds))) for digest, seconds in registry.query(_STAGES, record_type.kind)]
    records = registry.many(digest for digest, _ in rows)
    return [(record, s) for digest, s in rows if isinstance(record := records.get(digest), record_type)]
