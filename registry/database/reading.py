"""Rows read as what they are. A row that reads as it did before is the same record, so that nothing is parsed twice.

What is found once stands for its exact words alone: any other spelling is another row.
"""

from __future__ import annotations

from functools import lru_cache

from pydantic import ValidationError

from registry.erasure.records import Tombstone, address_of
from registry.errors import ChainBroken
from registry.records import KINDS, AuditEvent, Record

_KEPT, _LONGEST = 256, 20_000
"""How many of them, and of how many characters at most."""


def record_in(digest: str, kind: str, body: str) -> Record | None:
    """The record in a row, None where the row was edited."""
    return _short(digest, kind, body) if len(body) <= _LONGEST else _record(digest, kind, body)


def event_in(body: str) -> AuditEvent:
    """The audit event in a row. Raises ChainBroken if it was edited into something else."""
    return _short_event(body) if len(body) <= _LONGEST else _event(body)


def _record(digest: str, kind: str, body: str) -> Record | None:
    if kind not in KINDS or address_of(kind, body.encode()) != digest:
        return None
    record = KINDS[kind].model_validate_json(body)
    return record if isinstance(record, Tombstone) else record.stored_as(digest)


def _event(body: str) -> AuditEvent:
    try:
        return AuditEvent.model_validate_json(body)
    except ValidationError as error:
        raise ChainBroken(
            f"an audit event was edited: {body[:60]}…", "restore the registry from a backup"
        ) from error


_short, _short_event = lru_cache(maxsize=_KEPT)(_record), lru_cache(maxsize=_KEPT)(_event)
