"""What an alias meant at a moment, by whose decision, on which evidence.

The rule is the one that serving obeys, asked of that moment: what serving would have refused then was
not in force. Times are those of the audit chain, which the release's own date cannot override.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from registry.database.store import Registry
from registry.errors import MunimentError
from registry.records import AuditEvent, Decision, Evidence, Release, Verdict
from registry.release.history import unmeant
from registry.release.past_events import envelopes_of, event_of, refusals_told
from registry.signatures import attestations
from registry.signatures.statements import Statement, statement_of
from registry.times import naive
from registry.trust.principals import Trust

_NEWEST_BY_THEN = """
SELECT v.digest, min(v.created_at) OVER later, arg_min(v.version, v.created_at) OVER later
FROM releases v WHERE v.alias = ?
WINDOW later AS (ORDER BY v.version ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)
QUALIFY v.created_at <= ? ORDER BY v.version DESC LIMIT 1
"""
"""The next version need not be what replaced it: that one may bear a time that no clock has reached."""
_VERDICTS = """
SELECT v.digest FROM verdicts v WHERE v.subject = ? AND v.policy = ? AND v.created_at <= ?
ORDER BY v.created_at DESC, v.digest LIMIT 1
"""


@dataclass(frozen=True)
class Moment:
    """The newest release of an alias at a time. It was in force then unless there is a `refusal`.

    `event` is the link of the audit chain that tells of it; `ends` when and why it no longer was, or will be no
    longer, as far as is known now. `trust` is the version of the trust root that it was held against, `operators` who
    signed it, whoever countersigned included.
    """

    at: datetime
    release: Release
    event: AuditEvent
    refusal: MunimentError | None
    trust: int
    operators: tuple[str, ...]
    ends: tuple[datetime, str]
    decisions: tuple[Decision, ...]
    evidence: tuple[Evidence, ...]
    verdict: Verdict | None


def moment(registry: Registry, trusts: Sequence[Trust], alias: str, at: datetime) -> Moment:
    """What the alias meant at `at`, checked against signatures and audit chain.

    `trusts` are the versions of the trust root, oldest first. Versions bear no date, so the newest that
    was in force at `at` and lets the release pass is taken for the one of then; the last of all, if none does.

    Raises NotFound where it meant nothing yet, SignatureInvalid where the release is forged, ChainBroken
    where the chain does not tell of it as the tables do.
    """
    release, superseded = _newest_by(registry, alias, at)
    event = event_of(registry, release)
    told = refusals_told(registry, release, event, at)
    refusals = envelopes_of(registry, release, [one for one in told if one.at <= at])
    records = registry.many(release.evidence)
    evidence = (records.get(digest) for digest in release.evidence)
    statement = statement_of(registry, release, trusts)
    trust, refusal = statement.judged(at, refusals)
    decisions = tuple(attestations.unverified(envelope, Decision) for envelope in release.approvals)
    return Moment(
        at=at,
        release=release,
        event=event,
        refusal=refusal,
        trust=trust,
        operators=statement.signers(trust),
        ends=min((*superseded, *_forbidden(told), *_lapsing(statement, decisions))),
        decisions=decisions,
        evidence=tuple(one for one in evidence if isinstance(one, Evidence)),
        verdict=_verdict(registry, release, event),
    )


Ending = tuple[datetime, str]
"""When something was in force no longer, and why."""


def _newest_by(registry: Registry, alias: str, at: datetime) -> tuple[Release, tuple[Ending, ...]]:
    """The newest release of the alias by then, and what replaced it since. Raises NotFound."""
    found = registry.query(_NEWEST_BY_THEN, alias, naive(at))
    release = registry.get(str(found[0][0])) if found else None
    if not isinstance(release, Release):
        raise unmeant(registry, alias, at)
    _, replaced, version = found[0]
    if not isinstance(replaced, datetime):
        return release, ()
    return release, ((replaced.replace(tzinfo=UTC), f"replaced by version {version}"),)


def _forbidden(told: Sequence[AuditEvent]) -> Iterator[Ending]:
    for event in told:
        yield event.at, "its adapter was rejected" if event.action == "reject" else "its adapter was revoked"


def _lapsing(statement: Statement, decisions: Sequence[Decision]) -> Iterator[Ending]:
    """When it expires by itself, and when too few of its approvals will be in force."""
    release = statement.release
    yield release.expires, "it expires"
    for at in sorted({decision.expires for decision in decisions if decision.expires < release.expires}):
        if statement.judged(at, ())[1]:
            yield at, "its approvals expire"
            return


def _verdict(registry: Registry, release: Release, event: AuditEvent) -> Verdict | None:
    """The gate's newest word on the adapter when it was released, under the policy that the release names."""
    found = registry.query(_VERDICTS, release.adapter.digest, release.policy, naive(event.at))
    verdict = registry.get(str(found[0][0])) if found else None
    return verdict if isinstance(verdict, Verdict) else None
