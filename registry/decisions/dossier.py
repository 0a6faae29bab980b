"""Everything the registry holds about one adapter that a decision could rest on, read in one question.

A decision asks the same things in several places; asked one by one they cost more than deciding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar, cast

from registry.database.changes import Attestation
from registry.database.reading import event_in
from registry.database.recall import EVERYTHING, Past, Told
from registry.database.store import Registry
from registry.errors import EvidenceMissing, IntegrityError
from registry.records import Adapter, AuditEvent, Decision, Evidence, Record, Release, TrainingRun, Verdict
from registry.signatures.model_signatures import MODEL_SIGNATURE

Kind = TypeVar("Kind", bound=Record)
_JUDGED = (Verdict, Decision, Evidence)
_TOLD = (*_JUDGED, Adapter, Release)
"""Kinds that say nothing of who trained what."""
_GATED = frozenset(("gate", "stage.gate"))
_EVERYTHING = """
SELECT 'record', event, digest, kind, body, '' FROM records
WHERE event >= ? AND kind IN ('verdict', 'decision', 'evidence') AND contains(body, ?)
UNION ALL
SELECT 'statement', event, subject, type, envelope, signer FROM attestations WHERE event >= ? AND subject = ?
UNION ALL
SELECT 'event', sequence, '', '', body, '' FROM events WHERE sequence >= ? AND (contains(body, ?)
"""


@dataclass(frozen=True)
class Dossier:
    """`records`, `statements` and `events` about `adapter`, and events about the runs that led to it, oldest first."""

    registry: Registry
    adapter: Adapter
    digest: str
    records: dict[str, Record]
    statements: tuple[Attestation, ...]
    events: tuple[AuditEvent, ...]
    runs: tuple[str, ...]

    def of(self, record_type: type[Kind]) -> list[Kind]:
        return [record for record in self.records.values() if isinstance(record, record_type)]

    def verdicts(self, policy: str) -> list[Verdict]:
        """What the gate said of the adapter under a policy (its digest), the last word last."""
        return [one for one in self.of(Verdict) if one.subject == self.digest and one.policy == policy]

    def evidence(self, verdict: Verdict) -> list[str]:
        """Digests of the adapter's own evidence among what the verdict rests on. Raises EvidenceMissing."""
        elsewhere = set(verdict.evidence) - self.records.keys()
        if missing := elsewhere - self.registry.many(elsewhere).keys():
            raise EvidenceMissing(f"the evidence {min(missing)[:12]} of a verdict is gone", "run: muniment verify")
        found = ((digest, self.records.get(digest)) for digest in verdict.evidence)
        return [digest for digest, one in found if isinstance(one, Evidence) and one.subject == self.digest]

    def refusals(self) -> list[Decision]:
        return [one for one in self.of(Decision) if one.adapter == self.digest and one.decision != "approve"]

    def told_refusal(self) -> str:
        """`reject` or `revoke` where the audit chain tells of one, whatever became of its record."""
        return next((verb for event in self.events if (verb := refusal_told(event, self.digest))), "")

    def lost_verdicts(self) -> list[str]:
        """Digests of verdicts that the audit chain tells of and the registry has no more."""
        gates = [one for one in self.events if one.outcome == "done" and one.action in _GATED]
        told = {digest for one in gates for digest in one.subjects[:1]} - self.records.keys()
        kept = self.registry.many(told)
        return [digest for digest in sorted(told) if not isinstance(kept.get(digest), Verdict)]

    def revoked(self) -> bool:
        told = any(refusal_told(event, self.digest) == "revoke" for event in self.events)
        return told or any(one.decision == "revoke" for one in self.refusals())

    def forerunners(self) -> list[Dossier]:
        """Of every adapter whose run this one's goes on from."""
        if len(self.runs) < 2:
            return []
        known = self.registry.matching("kind = 'adapter' AND list_contains(?, body ->> 'run')", list(self.runs[1:]))
        return [read(self.registry, one) for one in known.values() if isinstance(one, Adapter)]

    def stated(self, kind: str) -> list[Attestation]:
        return [one for one in self.statements if one.type == kind]

    def makers(self) -> frozenset[str]:
        """Who registered the adapter, trained it or what it goes on from, or signed its weights."""
        signers = (one.signer for one in self.stated(MODEL_SIGNATURE))
        trainers = (name for run in self.runs for name in _brought_in(self.events, run))
        return frozenset((*self.registrars(), *trainers, *signers))

    def registrars(self) -> list[str]:
        """Actors of the events that brought the adapter in, itself or as a member, the first first.

        Raises IntegrityError.
        """
        if names := _brought_in(self.events, self.digest):
            return names
        for edge in self.registry.edges(self.digest, up=False):
            if edge.relation == "member" and (names := _brought_in(self.registry.events_about(edge.child), edge.child)):
                return names
        raise IntegrityError(f"no audit event says who registered {self.adapter.version}", "run: muniment verify")


def refusal_told(event: AuditEvent, adapter: str) -> str:
    """`reject` or `revoke` where an event tells of one about the adapter, as an erasure does of all that it revokes."""
    if event.outcome != "done":
        return ""
    if event.action == "erase":
        return "revoke" if adapter in event.subjects else ""
    return event.action if event.action in {"reject", "revoke"} and event.subjects[:1] == (adapter,) else ""


def read(registry: Registry, adapter: Adapter) -> Dossier:
    """Raises DigestMismatch, ChainBroken."""
    recall = registry.writer.recall
    recall.look(registry.connection)
    page, since = recall.pages.get(adapter.digest, (None, []))
    known = all(isinstance(one, _TOLD) for change, _ in since for one in change.records)
    if not isinstance(page, Dossier) or not known:
        page, since = _read(registry, adapter), []
    for told in since:
        page = _continued(page, told)
    recall.keep(page)
    return page


def _continued(page: Dossier, told: Told) -> Dossier:
    """The page as it would be read after this session's own change."""
    change, event = told
    about = [one for one in change.records if isinstance(one, _JUDGED) and page.digest in one.canonical().decode()]
    stated = [one for one in change.attestations if one.subject == page.digest]
    named = not {page.digest, *page.runs}.isdisjoint(event.subjects)
    return replace(
        page,
        records=page.records | {one.digest: one for one in sorted(about, key=lambda one: one.digest)},
        statements=(*page.statements, *sorted(stated, key=lambda one: (one.type, one.envelope))),
        events=(*page.events, *([event] if named else ())),
    )


def _read(registry: Registry, adapter: Adapter) -> Dossier:
    digest, recall = adapter.digest, registry.writer.recall
    first, past = recall.adapters.get(digest, EVERYTHING), recall.trained.get(adapter.run, Past((adapter.run,)))
    found = registry.query(
        _EVERYTHING + " OR contains(body, ?)" * len(past.runs) + ")",
        *(first, digest), *(first, digest), min(first, past.last + 1), *(f'"{one}"' for one in (digest, *past.runs)),
    )  # fmt: skip
    kept: dict[str, list[tuple[str, ...]]] = {"record": [], "statement": [], "event": []}
    for source, _, *row in sorted(cast("list[tuple[str, int, str, str, str, str]]", found)):
        kept[source].append(tuple(row))
    records = {row[0]: registry.parsed(*row[:3]) for row in kept["record"]}
    statements = tuple(Attestation(*row) for row in kept["statement"])
    events = {one.sequence: one for one in (*past.events, *(event_in(row[2]) for row in kept["event"]))}
    walked = [*_runs(registry, adapter.run)] if not past.events else []
    runs = tuple(run for run, _ in walked) or past.runs
    if runs != past.runs:
        events = {one.sequence: one for one in registry.events_about(digest, *runs)}
    told = tuple(events[number] for number in sorted(events))
    if past.events or walked[-1][1]:  # else one that is missing may come yet, and go on from others
        recall.trained[adapter.run] = _past(runs, told)
    return Dossier(registry, adapter, digest, records, statements, told, runs)


def _past(runs: tuple[str, ...], told: tuple[AuditEvent, ...]) -> Past:
    """What need not be asked for again about these training runs."""
    last = told[-1].sequence if told else EVERYTHING
    return Past(runs, last, tuple(one for one in told if not set(runs).isdisjoint(one.subjects)))


def _runs(registry: Registry, run: str) -> Iterator[tuple[str, TrainingRun | None]]:
    """A training run, and those that it went on from, each with its record where that is there."""
    digest: str | None = run
    while digest is not None:
        record = registry.many([digest]).get(digest)
        own = record if isinstance(record, TrainingRun) else None
        yield digest, own
        digest = own.parent if own else None


def _brought_in(events: Iterable[AuditEvent], digest: str) -> list[str]:
    """Actors of the event that first told of this record, and of later ones that made it anew."""
    done = [one for one in events if one.outcome == "done" and one.subjects and one.subjects[0] == digest]
    return [one.actor for one in done if one.action == done[0].action]
