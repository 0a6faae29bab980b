"""What an alias meant through time: one span for each release, ended by the next, a refusal or its own expiry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter

from registry.database.store import Registry
from registry.errors import NotFound
from registry.pages.sections import Section
from registry.records import Decision, Release
from registry.release.files import PRODUCTION
from registry.signatures import attestations
from registry.times import spoken

_TIMES = "SELECT digest, created_at FROM releases WHERE alias = ?"
_REFUSALS = """
SELECT adapter, min(created_at), arg_min(decision, created_at), arg_min(principal, created_at)
FROM decisions WHERE decision <> 'approve' GROUP BY adapter
"""


@dataclass(frozen=True)
class Span:
    """`until` is None while it is in force; `ended` says why it ended."""

    release: Release
    since: datetime
    until: datetime | None
    ended: str

    def as_dict(self) -> dict[str, object]:
        release = self.release
        return {
            "version": release.version,
            "adapter": release.adapter.version,
            "release": release.digest,
            "since": self.since.isoformat(),
            "until": self.until.isoformat() if self.until else None,
            "ended": self.ended,
            "issued": release.issued.isoformat(),
            "expires": release.expires.isoformat(),
            "by": release.principal,
            "requester": release.requester,
            "reason": release.reason,
            "approved_by": [attestations.unverified(one, Decision).principal for one in release.approvals],
            "evidence": list(release.evidence),
            "policy": release.policy,
        }


def history_of(registry: Registry, alias: str, at: datetime | None = None, now: datetime | None = None) -> list[Span]:
    """Every span of an alias, first version first; of a moment only the last that began by then.

    As the tables tell it; `past.py` beside it checks signatures and chain. Raises NotFound where nothing began by `at`,
    and for an alias that never was, while others are.
    """
    releases = registry.releases(alias)
    if not releases and alias != PRODUCTION and registry.aliases():
        raise unmeant(registry, alias, at)
    since = {str(digest): _utc(moment) for digest, moment in registry.query(_TIMES, alias)}
    refused = {str(row[0]): (_utc(row[1]), f"{_done(row[2])} by {row[3]}") for row in registry.query(_REFUSALS)}
    now = now or datetime.now(UTC)
    spans = []
    for release, replaced in zip(releases, _replaced(releases, since), strict=True):
        ends = [replaced] if replaced else []
        ends += [refused[release.adapter.digest]] if release.adapter.digest in refused else []
        ends += [(release.expires, "expired")]
        until, why = min(ends)
        began = since[release.digest]
        spans.append(Span(release, began, max(until, began), why) if until <= now else Span(release, began, None, ""))
    if at is None:
        return spans
    spans = [span for span in spans if span.since <= at][-1:]
    if not spans:
        raise unmeant(registry, alias, at)
    return spans


def unmeant(registry: Registry, alias: str, at: datetime | None) -> NotFound:
    """The alias meant nothing then, or ever; where it never did, the next step names those that do."""
    known = registry.aliases()
    others = f"an alias is asked for: {', '.join(known)}" if known else "nothing was released yet: muniment promote"
    next_step = f"see: muniment history {alias}" if alias in known else others
    return NotFound(f"{alias} meant nothing at {spoken(at)}" if at else f"{alias} has meant nothing yet", next_step)


def _replaced(releases: Sequence[Release], since: Mapping[str, datetime]) -> list[tuple[datetime, str] | None]:
    """Of each release when a later version took its place; the next one may bear a time that no clock has reached."""
    ends: list[tuple[datetime, str] | None] = []
    first: tuple[datetime, str] | None = None
    for release in reversed(releases):
        ends.append(first)
        own = since[release.digest], f"replaced by version {release.version}"
        first = min(first, own, key=itemgetter(0)) if first else own
    return ends[::-1]


def span_section(spans: Sequence[Span]) -> Section:
    """One line a span."""
    return Section("", tuple(_row(span) for span in spans))


def _row(span: Span) -> tuple[str, ...]:
    release = span.release
    until = f"until {spoken(span.until)}, {span.ended}" if span.until else "in force"
    since, who = f"since {spoken(span.since)}", f"by {release.principal}: {release.reason or 'no reason given'}"
    return str(release.version), release.adapter.version, since, until, who


def _done(decision: object) -> str:
    return "rejected" if decision == "reject" else "revoked"


def _utc(moment: object) -> datetime:
    assert isinstance(moment, datetime)
    return moment.replace(tzinfo=UTC)
