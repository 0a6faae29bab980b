"""Approve, reject, revoke: a person signs what that person saw.

Nobody can be asked before the gate has passed the adapter under the policy as it is now.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from registry.database.store import Attestation, Change, Edge, Registry
from registry.decisions.cases import Case
from registry.decisions.dossier import read
from registry.decisions.grounds import Grounds, grounds_of
from registry.decisions.standing import doubt
from registry.errors import SamePerson
from registry.records import Decision
from registry.signatures import attestations
from registry.signatures.attestations import Signed
from registry.trust.principals import APPROVERS, REFUSERS, Principal
from registry.trust.signatory import Signatory

LONGER = timedelta(days=1)
"""By how much at least an approval is in force longer than the one that it renews."""


def approve(registry: Registry, case: Case, by: Signatory) -> Decision:
    """Sign that this adapter may be used, on its present evidence; also before an earlier approval runs out.

    Raises EvidenceMissing, GateRefused, SamePerson, Revoked, UnknownSigner, Refused.
    """
    with registry.attempting("approve", (case.adapter.digest,)):
        person = by.person(APPROVERS)
        known = grounds_of(read(registry, case.adapter), case.policy, by.trust)
        decision = _decision("approve", case, by, person, tuple(sorted(known.subject.evidence)))
        objection = doubt(known.subject, _as_signed(decision), by.trust, by.now)
        if objection:
            raise objection
        _require_longer(known, decision, case, by)
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


def _require_longer(known: Grounds, decision: Decision, case: Case, by: Signatory) -> None:
    """Who has approved says it again only to prolong it. Raises SamePerson."""
    until = known.until(decision.principal, by.trust, by.now)
    if until is None or decision.expires >= until + LONGER:
        return
    step = "another person has to approve it too"
    if known.standing(by.trust, by.now).approved:
        step = f"enough people have: muniment promote {case.adapter.version} --key OPERATOR"
    raise SamePerson(f"{decision.principal} has already approved this adapter, until {until:%Y-%m-%d}", step)


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
            stops=decision.decision != "approve",
        ),
        by,
    )
