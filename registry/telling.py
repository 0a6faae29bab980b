"""The tables held against the audit chain: what stands in them without an event, or is told of and gone.

The chain proves its own events. Whoever adds, removes or redates a row in the database file with
plain SQL leaves the chain whole, and is found here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from registry import attestations
from registry.approvals import MODEL_SIGNATURE
from registry.errors import SignatureInvalid
from registry.records import AuditEvent, Decision, Evidence
from registry.store import Registry
from registry.times import naive

Discord = tuple[str, str]
"""(what it is about, a sentence)"""


SIGNATURES = (MODEL_SIGNATURE, Evidence.kind)
ASKED = frozenset(("reveal", "reveal.asked"))
"""Events that name records and change none."""


@dataclass(frozen=True)
class Told:
    """What the chain tells: the first moment of each record, and every event that was done."""

    since: dict[str, datetime]
    done: tuple[AuditEvent, ...]


def discords(registry: Registry, events: Sequence[AuditEvent]) -> Iterator[Discord]:
    """What the tables hold otherwise than `events` (a chain that holds) tell."""
    done = tuple(event for event in events if event.outcome == "done" and event.action not in ASKED)
    since: dict[str, datetime] = {}
    for event in done:
        for subject in event.subjects:
            since.setdefault(subject, event.at)
    told = Told(since, done)
    yield from _records(registry, told)
    yield from _edges(registry, told)
    yield from _stages(registry, told)
    yield from _statements(registry, told)


def _records(registry: Registry, told: Told) -> Iterator[Discord]:
    wholes: dict[str, list[str]] = {}
    for member, whole, relation in registry.edge_rows():
        if relation == "member":
            wholes.setdefault(member, []).append(whole)
    kept = registry.record_times()
    for digest, at in kept.items():
        moments = {told.since.get(digest)} - {None} or {told.since.get(whole) for whole in wholes.get(digest, [])}
        if not moments - {None}:
            yield f"record {digest[:12]}", "is told of by no audit event: it was put in from outside"
        elif digest in told.since and at != naive(told.since[digest]):
            yield f"record {digest[:12]}", "is dated otherwise than its audit event"
    for digest in sorted((told.since.keys() | wholes.keys()) - kept.keys()):
        yield f"record {digest[:12]}", "is told of by an audit event and gone"


def _edges(registry: Registry, told: Told) -> Iterator[Discord]:
    """Every stage has the inputs that its event names, and nobody added one."""
    kept = {(parent, child) for parent, child, relation in registry.edge_rows() if relation == "input"}
    together = {(one, other) for event in told.done for one in event.subjects for other in event.subjects}
    bases = {
        (release.adapter.base, release.digest) for alias in registry.aliases() for release in registry.releases(alias)
    }
    for _, child in sorted(kept - together - bases):
        yield f"record {child[:12]}", "has an input that no audit event tells of"
    stages = (event for event in told.done if event.action.startswith("stage."))
    wanted = {(parent, event.subjects[0]) for event in stages for parent in event.subjects[1:]}
    for _, child in sorted(wanted - kept):
        yield f"record {child[:12]}", "has lost an input that its audit event tells of"


def _stages(registry: Registry, told: Told) -> Iterator[Discord]:
    latest = {
        (event.action, event.detail.partition(";")[0]): event.subjects[0]
        for event in told.done
        if event.action.startswith("stage.")
    }
    for key, name, record in registry.stage_rows():
        if latest.get((f"stage.{name}", f"key {key}")) != record:
            yield f"stage {name}", f"has another result under key {key[:12]} than its audit event tells of"


def _statements(registry: Registry, told: Told) -> Iterator[Discord]:
    """Every decision has its signed statement, and every statement its event and its signer."""
    signed = {(subject, e.detail) for e in told.done if e.action == "sign" for subject in e.subjects}
    stated: set[str] = set()
    for one in registry.all_attestations():
        about = f"statement {one.digest[:12]}"
        if one.type in SIGNATURES and (one.subject, f"{one.signer} signed") not in signed:
            yield about, f"is a signature ({one.type}) that no audit event tells of"
        if one.type != Decision.kind:
            continue
        try:
            decision = attestations.unverified(one.envelope, Decision)
        except SignatureInvalid as error:
            yield about, error.message
            continue
        stated.add(decision.digest)
        if decision.digest not in told.since or one.subject != decision.adapter or one.signer != decision.principal:
            yield about, "is a decision that no audit event tells of"
    for decision in registry.all(Decision):
        if decision.digest not in stated:
            yield (
                f"record {decision.digest[:12]}",
                f"is a decision to {decision.decision} whose signed statement is gone",
            )
