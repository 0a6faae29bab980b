"""What the audit chain tells of a release and of refusals of its adapter, without reading the whole of a long chain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from registry.database.store import Registry
from registry.decisions.dossier import refusal_told
from registry.errors import ChainBroken, IntegrityError
from registry.records import AuditEvent, Decision, Release
from registry.signatures import attestations
from registry.times import naive

_KEPT = "SELECT event, created_at FROM records WHERE digest = ?"
_DECIDED = "SELECT DISTINCT event FROM attestations WHERE subject = ? AND type = 'decision' ORDER BY event"
_AFTER = "SELECT min(event) FROM records WHERE created_at > ? AND event >= 0"
_RESTORE = "restore the registry from a backup"
_PUT = frozenset(("promote", "rollback", "restore.release"))


def event_of(registry: Registry, release: Release) -> AuditEvent:
    """The event that tells of the release, and dates it as the tables do. Raises ChainBroken."""
    number, kept = registry.query(_KEPT, release.digest)[0]
    for event in _at(registry, release.digest, number):
        if event.action in _PUT and event.outcome == "done":
            if kept != naive(event.at):
                raise ChainBroken(f"release {release.version} is dated otherwise than its audit event", _RESTORE)
            return event
    raise ChainBroken(f"no audit event tells of release {release.version}", _RESTORE)


def refusals_told(registry: Registry, release: Release, since: AuditEvent, at: datetime) -> list[AuditEvent]:
    """Rejections and revocations of its adapter: those on record, and whatever the chain tells of from `since` to `at`.

    The chain alone names a refusal that was taken out of the tables.
    """
    adapter = release.adapter.digest
    before = registry.query(_AFTER, naive(at))[0][0]
    told = registry.events_about(adapter, first=since.sequence, before=None if before is None else int(str(before)))
    on_record = (event for (number,) in registry.query(_DECIDED, adapter) for event in _at(registry, adapter, number))
    found = {event.sequence: event for event in (*told, *on_record) if refusal_told(event, adapter)}
    return [found[sequence] for sequence in sorted(found)]


def envelopes_of(registry: Registry, release: Release, refusals: Sequence[AuditEvent]) -> list[str]:
    """The signed statements of these refusals. Raises IntegrityError where one is gone."""
    stated = registry.attestations(release.adapter.digest, Decision.kind) if refusals else []
    found = {attestations.unverified(one.envelope, Decision).digest: one.envelope for one in stated}
    told = [found.keys() & set(event.subjects) for event in refusals]
    if not all(told):
        raise IntegrityError(f"a refusal of {release.adapter.version} is told of by the audit chain and gone", _RESTORE)
    return [found[digest] for digest in sorted(set().union(*told))]


def _at(registry: Registry, digest: str, number: object) -> Iterator[AuditEvent]:
    """The event of this number, if it names the digest."""
    yield from registry.events_about(digest, first=int(str(number)), before=int(str(number)) + 1)
