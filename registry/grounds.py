"""What a decision about an adapter rests on: the gate's word, evidence, its makers, and what people have signed.

Read from the registry and judged by `registry/standing.py`; approvals and releases are made from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from registry import attestations
from registry.attestations import Signed
from registry.errors import EvidenceMissing, GateRefused, IntegrityError, Revoked, UnknownSigner
from registry.model_signatures import MODEL_SIGNATURE
from registry.principals import APPROVERS, Trust
from registry.records import Adapter, Decision, Evidence, Record, TrainingRun, Verdict
from registry.standing import Standing, Subject, doubt, revoked, standing
from registry.store import Registry

if TYPE_CHECKING:
    from registry.approvals import Case, Signatory


@dataclass(frozen=True)
class Cleared:
    """What allows a release: what was approved, who asked for it, and the approvals that count, one a person."""

    subject: Subject
    requester: str
    envelopes: tuple[str, ...]


def cleared(registry: Registry, case: Case, by: Signatory) -> Cleared:
    """What a release carries as its proof. Raises what `standing` refuses, EvidenceMissing, GateRefused, Revoked."""
    refuse_if_revoked(registry, case.adapter)
    subject = subject_of(registry, case)
    approvals = envelopes_of_approvals(registry, case.adapter, by.trust)
    standing(subject, list(approvals.values()), by.trust, by.now).require()
    by_person: dict[str, str] = {}
    for envelope, signed in approvals.items():
        if doubt(subject, signed, by.trust, by.now) is None:
            by_person.setdefault(signed.record.principal, envelope)
    counted = tuple(by_person[name] for name in sorted(by_person))
    return Cleared(subject, registered_by(registry, case.adapter), counted)


def adapter_standing(registry: Registry, case: Case, trust: Trust, now: datetime) -> Standing:
    """Where the adapter stands under the policy of `case`. Raises EvidenceMissing, GateRefused, Revoked."""
    refuse_if_revoked(registry, case.adapter)
    subject = subject_of(registry, case)
    return standing(subject, verified_approvals(registry, case.adapter, trust), trust, now)


def subject_of(registry: Registry, case: Case) -> Subject:
    """What approvals must have seen: the adapter's own evidence in the gate's latest, passing verdict.

    Evidence about the base or about production, with which the gate compared, is left out: it
    changes whenever another adapter goes into production. Raises EvidenceMissing, GateRefused.
    """
    own, version = case.adapter.digest, case.adapter.version
    verdicts = verdicts_about(registry, own, case.policy)
    if not verdicts:
        raise EvidenceMissing(f"no verdict about {version} under the policy as it is now", "run: muniment run")
    if not verdicts[-1].passed:
        reasons = " ".join(verdicts[-1].reasons)
        raise GateRefused(f"the gate refused {version}: {reasons}", "train a better one, or change the policy")
    evidence = frozenset(one.digest for one in evidence_of(registry, case.adapter, verdicts[-1]))
    if not evidence:
        raise EvidenceMissing(f"the verdict about {version} rests on no evidence about it", "run: muniment run")
    return Subject(own, evidence, case.policy, makers(registry, case.adapter))


def verdicts_about(registry: Registry, adapter: str, policy: str) -> list[Verdict]:
    """What the gate said of an adapter under a policy (both digests), the last word last."""
    sql = "SELECT digest FROM verdicts WHERE subject = ? AND policy = ? ORDER BY created_at, digest"
    return [found for found in _records(registry, sql, adapter, policy) if isinstance(found, Verdict)]


def _records(registry: Registry, sql: str, *bound: str) -> list[Record]:
    """The records whose digests a question finds, in its order. Raises DigestMismatch."""
    digests = [str(row[0]) for row in registry.query(sql, *bound)]
    found = registry.many(digests)
    return [found[digest] for digest in digests]


def evidence_of(registry: Registry, adapter: Adapter, verdict: Verdict) -> list[Evidence]:
    """The adapter's own evidence among what the verdict rests on."""
    found = registry.many(verdict.evidence)
    if missing := set(verdict.evidence) - found.keys():
        raise EvidenceMissing(f"the evidence {min(missing)[:12]} of a verdict is gone", "run: muniment verify")
    return [record for record in found.values() if isinstance(record, Evidence) and record.subject == adapter.digest]


def makers(registry: Registry, adapter: Adapter) -> frozenset[str]:
    """Who registered the adapter, trained it or what it goes on from, or signed its weights: none may approve it."""
    signers = (a.signer for a in registry.attestations(adapter.digest, MODEL_SIGNATURE))
    trainers = (name for run in _runs(registry, adapter) for name in _brought_in(registry, run))
    return frozenset((*_registrars(registry, adapter), *trainers, *signers))


def registered_by(registry: Registry, adapter: Adapter) -> str:
    """The actor of the event that brought the adapter in, itself or as a member. Raises IntegrityError."""
    return _registrars(registry, adapter)[0]


def _registrars(registry: Registry, adapter: Adapter) -> list[str]:
    wholes = (e.child for e in registry.edges(adapter.digest, up=False) if e.relation == "member")
    for digest in (adapter.digest, *wholes):
        names = _brought_in(registry, digest)
        if names:
            return names
    raise IntegrityError(f"no audit event says who registered {adapter.version}", "run: muniment verify")


def _brought_in(registry: Registry, digest: str) -> list[str]:
    """Actors of the event that first told of this record, and of later ones that made it anew."""
    done = [e for e in registry.events_about(digest) if e.outcome == "done" and e.subjects[0] == digest]
    return [event.actor for event in done if event.action == done[0].action]


def _runs(registry: Registry, adapter: Adapter) -> Iterator[str]:
    """The adapter's training run, and those that it went on from."""
    digest: str | None = adapter.run
    while digest is not None:
        yield digest
        run = registry.many([digest]).get(digest)
        digest = run.parent if isinstance(run, TrainingRun) else None


def envelopes_of_approvals(registry: Registry, adapter: Adapter, trust: Trust) -> dict[str, Signed[Decision]]:
    """Approvals whose signature holds, by envelope. Those by people no longer in the trust root are left out.

    Raises SignatureInvalid where one was forged.
    """
    found = {}
    for attestation in registry.attestations(adapter.digest, Decision.kind):
        try:
            found[attestation.envelope] = attestations.verify(attestation.envelope, Decision, trust, APPROVERS)
        except UnknownSigner:
            continue
    return {envelope: signed for envelope, signed in found.items() if signed.record.decision == "approve"}


def verified_approvals(registry: Registry, adapter: Adapter, trust: Trust) -> list[Signed[Decision]]:
    return list(envelopes_of_approvals(registry, adapter, trust).values())


def refuse_if_revoked(registry: Registry, adapter: Adapter) -> None:
    """Raises Revoked. A recorded refusal counts even if its signer has left the trust root since."""
    sql = "SELECT digest FROM decisions WHERE adapter = ? AND decision <> 'approve' ORDER BY created_at, digest"
    for decision in _records(registry, sql, adapter.digest):
        if isinstance(decision, Decision):
            raise revoked(decision)
    for event in registry.events_about(adapter.digest):
        if event.action in {"reject", "revoke"} and event.outcome == "done" and event.subjects[0] == adapter.digest:
            raise Revoked(
                f"the audit chain tells of a {event.action} of {adapter.version}, but its record is gone",
                "restore the registry from a backup",
            )
