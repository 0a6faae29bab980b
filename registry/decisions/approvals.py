"""Approve, reject, revoke: a person signs what that person saw.

Nobody can be asked before the gate has passed the adapter under the policy as it is now.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from registry.database.store import Attestation, Change, Edge, Registry
from registry.decisions.dossier import read
from registry.decisions.grounds import grounds_of
from registry.decisions.standing import doubt
from registry.errors import Refused, SamePerson, UnknownSigner
from registry.records import Adapter, Decision
from registry.signatures import attestations
from registry.signatures.attestations import Signed
from registry.trust.keys import Key
from registry.trust.principals import APPROVERS, Principal, Role, Trust

REFUSERS: frozenset[Role] = APPROVERS | {"operator"}


@dataclass(frozen=True)
class Signatory:
    """Who signs, by whose trust root, at what time."""

    key: Key
    trust: Trust
    now: datetime

    def person(self, roles: frozenset[Role]) -> Principal:
        """The owner of the key. Raises UnknownSigner unless that person has one of the roles."""
        owner = self.trust.owner(self.key.id)
        if owner is None:
            raise UnknownSigner(f"key {self.key.id[:12]} belongs to nobody in the trust root", "muniment trust add")
        if not roles & set(owner.roles):
            raise Refused(
                f"{owner.name} is {', '.join(owner.roles) or 'nothing'}; this takes {' or '.join(sorted(roles))}",
                "ask somebody who has that role",
            )
        return owner


@dataclass(frozen=True)
class Case:
    """What is decided: which adapter, under which policy (its digest), why, for how long."""

    adapter: Adapter
    policy: str
    reason: str
    valid: timedelta = timedelta(days=180)


def approve(registry: Registry, case: Case, by: Signatory) -> Decision:
    """Sign that this adapter may be used, on its present evidence.

    Raises EvidenceMissing, GateRefused, SamePerson, Revoked, UnknownSigner, Refused.
    """
    with registry.attempting("approve", (case.adapter.digest,)):
        person = by.person(APPROVERS)
        known = grounds_of(read(registry, case.adapter), case.policy, by.trust)
        decision = _decision("approve", case, by, person, tuple(sorted(known.subject.evidence)))
        objection = doubt(known.subject, _as_signed(decision), by.trust, by.now)
        if objection:
            raise objection
        if person.name in known.standing(by.trust, by.now).approvers:
            raise SamePerson(f"{person.name} has already approved this adapter", "another person has to approve it too")
        _keep(registry, decision, case, by)
    return decision


def reject(registry: Registry, case: Case, by: Signatory) -> Decision:
    """Sign that this adapter may not be used. No approval outweighs it. Raises UnknownSigner, Refused."""
    return _forbid(registry, "reject", case, by)


def revoke(registry: Registry, case: Case, by: Signatory) -> Decision:
    """Take an adapter out of use for good, whatever was approved. Raises UnknownSigner, Refused."""
    return _forbid(registry, "revoke", case, by)


def revocation(case: Case, by: Signatory) -> tuple[Decision, Attestation]:
    """A signed revocation, for a change that does more than revoke. Raises UnknownSigner, Refused."""
    decision = _decision("revoke", case, by, by.person(REFUSERS), ())
    return decision, _signed(decision, case, by)


def _forbid(registry: Registry, verb: Literal["reject", "revoke"], case: Case, by: Signatory) -> Decision:
    with registry.attempting(verb, (case.adapter.digest,)):
        decision = _decision(verb, case, by, by.person(REFUSERS), ())
        _keep(registry, decision, case, by)
    return decision


def _decision(
    verb: Literal["approve", "reject", "revoke"],
    case: Case,
    by: Signatory,
    person: Principal,
    saw: tuple[str, ...],
) -> Decision:
    return Decision(
        decision=verb,
        adapter=case.adapter.digest,
        evidence=saw,
        policy=case.policy,
        principal=person.name,
        reason=case.reason,
        issued=by.now,
        expires=by.now + case.valid,
    )


def _as_signed(decision: Decision) -> Signed[Decision]:
    return Signed(decision, decision.adapter, frozenset((decision.principal,)))


def _signed(decision: Decision, case: Case, by: Signatory) -> Attestation:
    envelope = attestations.sign(decision, case.adapter.version, case.adapter.digest, by.key)
    return Attestation(case.adapter.digest, Decision.kind, envelope, decision.principal)


def _keep(registry: Registry, decision: Decision, case: Case, by: Signatory) -> None:
    registry.apply(
        Change(
            action=decision.decision,
            subjects=(case.adapter.digest, decision.digest),
            detail=f"{decision.principal}: {decision.reason}",
            records=(decision,),
            edges=(Edge(case.adapter.digest, decision.digest),),
            attestations=(_signed(decision, case, by),),
        ),
        by,
    )
