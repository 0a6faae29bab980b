"""The chapters of the audit report: material, privacy, releases, the chain, each made from records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from governance.licences.expressions import normalise
from governance.licences.materials import Material as Licensed
from governance.licences.obligations import Obligation, obligations
from governance.licences.settings import LicencePolicy
from governance.pii.settings import PiiPolicy
from governance.pii.standins.paths import digest_name
from registry.audit.chain import verify_chain
from registry.digests import of_json
from registry.errors import ChainBroken, LicenceRefused
from registry.records import (
    Adapter,
    AuditEvent,
    Decision,
    Document,
    DocumentSet,
    Record,
    Release,
    ScrubbedSet,
    ValidatedBatch,
    Verdict,
)

Kind = TypeVar("Kind", bound=Record)
Said = TypeVar("Said")


class Fact(BaseModel):
    """Immutable and closed, like a record, but never stored: it is the registry seen from one side."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Attribution(Fact):
    """Who is to be named for how many documents."""

    licence: str
    source: str
    documents: int


class Material(Fact):
    """The documents behind the adapter. Counts by media type, licence and reason of refusal.

    `rejected` are whole documents; `rejected_rows` are rows and passages of documents, `rejected_places` are of both.
    """

    documents: int = 0
    formats: dict[str, int] = {}
    licences: dict[str, int] = {}
    obligations: tuple[Obligation, ...] = ()
    unknown_licences: tuple[str, ...] = ()
    attributions: tuple[Attribution, ...] = ()
    rejected: dict[str, int] = {}
    rejected_rows: dict[str, int] = {}
    rejected_places: tuple[str, ...] = ()
    dropped: dict[str, int] = {}
    quarantined: dict[str, int] = {}


class Privacy(Fact):
    """Personal data found, by type; `keys` names the pseudonym keys without revealing them.

    `replaced` are the types that were replaced, the others were left in place; None where the policy that the
    documents were scrubbed under is not the one of today, so that nobody can say. `languages` counts documents and rows
    by the language that they were read in.
    """

    entities: dict[str, int] = {}
    languages: dict[str, int] = {}
    replaced: tuple[str, ...] | None = None
    keys: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()


class Chain(Fact):
    """The audit chain at the time of the report."""

    events: int
    head: str
    intact: bool
    problem: str = ""


class Deployment(Fact):
    """One release of an alias that means this adapter."""

    alias: str
    version: int
    current: bool
    requester: str
    principal: str
    approvals: int
    reason: str
    issued: datetime
    expires: datetime
    digest: str


def of(records: Iterable[Record], kind: type[Kind]) -> list[Kind]:
    """Those records that are of one kind, in order."""
    return [record for record in records if isinstance(record, kind)]


def material(records: Sequence[Record], made_of: Sequence[Licensed], licences: LicencePolicy) -> Material:
    """What was read and refused, under which licences; with which duties all that the adapter is made of comes.

    Of several readings the last one counts: an adapter goes on from another only while all that this one learnt is
    there to be read.
    """
    sets, documents = of(records, DocumentSet)[-1:], of(records, Document)
    refused = {r for s in sets for r in s.rejected} | {r for s in of(records, ScrubbedSet) for r in s.rejected}
    rejected = sorted(refused, key=lambda r: (r.what, r.reason, r.place))
    quarantined = Counter(
        rule for b in of(records, ValidatedBatch) for r in b.quarantined for rule in r.detail.split(", ")
    )
    stated = _sum(s.licences for s in sets)
    unknown = tuple(licence for licence in stated if not _known(licence, licences))
    named = Counter((d.licence, d.source) for d in documents if d.source)
    return Material(
        documents=sum(s.documents for s in sets),
        formats=_sum(s.formats for s in sets),
        licences=stated,
        obligations=obligations(made_of, licences),
        unknown_licences=unknown,
        attributions=tuple(
            Attribution(licence=licence, source=source, documents=count)
            for (licence, source), count in sorted(named.items())
        ),
        rejected=_sum({r.reason.value: 1} for r in rejected if r.what == "document"),
        rejected_rows=_sum({r.reason.value: 1} for r in rejected if r.what != "document"),
        rejected_places=tuple(f"{digest_name(r.place)}: {r.what}: {r.reason.value}" for r in rejected),
        quarantined=dict(sorted(quarantined.items())),
        dropped=_sum(s.dropped for s in sets),
    )


def _known(licence: str, policy: LicencePolicy) -> bool:
    try:
        normalise(licence, policy)
    except LicenceRefused:
        return False
    return True


def privacy(sets: Sequence[ScrubbedSet], policy: PiiPolicy) -> Privacy:
    """Counts of personal data in the set that was scrubbed last; keys and policies of all."""
    scrubbed_so = any(s.policy == of_json(policy.model_dump(mode="json")) for s in sets[-1:])
    return Privacy(
        entities=_sum(s.entities for s in sets[-1:]),
        languages=_sum(s.languages for s in sets[-1:]),
        replaced=policy.replace if scrubbed_so else None,
        keys=tuple(sorted({s.key_id for s in sets})),
        policies=tuple(sorted({s.policy for s in sets})),
    )


def _sum(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))


def deployments(adapter: Adapter, releases: Sequence[Release]) -> tuple[Deployment, ...]:
    """The releases that mean this adapter, by alias and version."""
    newest = {alias: max(r.version for r in releases if r.alias == alias) for alias in {r.alias for r in releases}}
    mine = sorted((r for r in releases if r.adapter.digest == adapter.digest), key=lambda r: (r.alias, r.version))
    return tuple(
        Deployment(
            alias=r.alias,
            version=r.version,
            current=r.version == newest[r.alias],
            requester=r.requester,
            principal=r.principal,
            approvals=len(r.approvals),
            reason=r.reason,
            issued=r.issued,
            expires=r.expires,
            digest=r.digest,
        )
        for r in mine
    )


def signers(events: Sequence[AuditEvent], records: Iterable[Record]) -> dict[int, str]:
    """By the number of an event, the person whose signed decision or release it brought."""
    return _brought(events, {r.digest: r.principal for r in records if isinstance(r, Decision | Release)})


def judged(events: Sequence[AuditEvent], verdicts: Iterable[Verdict]) -> dict[int, bool]:
    """By the number of an event, whether the verdict that it brought passed."""
    return _brought(events, {one.digest: one.passed for one in verdicts})


def _brought(events: Sequence[AuditEvent], said: dict[str, Said]) -> dict[int, Said]:
    """What is said of records, by the number of the first event to name each."""
    named = ((event.sequence, digest) for event in events for digest in event.subjects)
    return {number: said.pop(digest) for number, digest in named if digest in said}


def chain(events: Sequence[AuditEvent]) -> Chain:
    """Whether every event follows the one before it; an empty chain proves nothing and is not intact."""
    head = events[-1].digest if events else ""
    try:
        verify_chain(events)
    except ChainBroken as broken:
        return Chain(events=len(events), head=head, intact=False, problem=broken.message)
    return Chain(events=len(events), head=head, intact=bool(events), problem="" if events else "It is empty.")
