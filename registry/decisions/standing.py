"""May this adapter be used? A pure decision over verified approvals; the four eyes stand here.

An approval counts if it names this adapter, this evidence and this policy, is in force, and
comes from a reviewer or privacy officer who neither asked for the adapter nor made it. Distinct
people are counted, not keys, and nobody fills two places of the trust root's thresholds. One
rejection or revocation wins over all approvals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from registry.errors import ApprovalMissing, Expired, MunimentError, Revoked, SamePerson, SignatureInvalid
from registry.pages.labels import visible
from registry.records import Decision
from registry.signatures.attestations import Signed
from registry.times import SKEW
from registry.trust.principals import APPROVERS, Principal, Thresholds, Trust, plain


@dataclass(frozen=True)
class Subject:
    """What must have been seen: adapter, its evidence, the policy; and who may not approve it, its makers."""

    adapter: str
    evidence: frozenset[str]
    policy: str
    makers: frozenset[str]


@dataclass(frozen=True)
class Standing:
    """Approved by these people, or the reason why not."""

    approvers: tuple[str, ...]
    refusal: MunimentError | None = None

    @property
    def approved(self) -> bool:
        return self.refusal is None

    def require(self) -> None:
        """Raises the refusal."""
        if self.refusal is not None:
            raise self.refusal


def standing(subject: Subject, decisions: Sequence[Signed[Decision]], trust: Trust, now: datetime) -> Standing:
    """Decide from verified decisions. Refusals: Revoked, SamePerson, Expired, ApprovalMissing."""
    own = [d for d in decisions if d.record.adapter == subject.adapter]
    for decision in own:
        if decision.record.decision != "approve":
            return Standing((), revoked(decision.record))
    doubts = {d.record.digest: doubt(subject, d, trust, now) for d in decisions}
    approvers = sorted({d.record.principal for d in decisions if doubts[d.record.digest] is None})
    people = [person for name in approvers if (person := trust.principal(name))]
    if len(people) >= trust.thresholds.approve and not unfilled(people, trust.thresholds):
        return Standing(tuple(approvers))
    return Standing(tuple(approvers), _missing(subject, approvers, [d for d in doubts.values() if d], trust))


def doubt(  # noqa: PLR0911 - one rule a line
    subject: Subject, signed: Signed[Decision], trust: Trust, now: datetime
) -> MunimentError | None:
    """Why an approval does not count, or None."""
    decision = signed.record
    who = f"the approval by {decision.principal}"
    person = trust.principal(decision.principal)
    if signed.people != {decision.principal} or signed.subject != decision.adapter:
        return SignatureInvalid(f"{who} does not bear that person's signature", "have it signed again")
    if person is None or not APPROVERS & set(person.roles):
        return ApprovalMissing(f"{decision.principal} is neither reviewer nor privacy officer", "")
    if plain(decision.principal) in {plain(name) for name in subject.makers}:
        sentence = f"{decision.principal} asked for this adapter, trained it or signed its weights"
        return SamePerson(sentence, "have two other people approve it")
    if decision.adapter != subject.adapter:
        return ApprovalMissing(f"{who} is for adapter {decision.adapter[:12]}", "")
    if decision.policy != subject.policy:
        return ApprovalMissing(f"{who} was given under another policy", "")
    if frozenset(decision.evidence) != subject.evidence:
        return ApprovalMissing(f"{who} was given on other evidence", "")
    if now + SKEW < decision.issued:
        sentence = f"{who} is in force only from {decision.issued:%Y-%m-%d %H:%M %Z} on"
        return Expired(sentence, "set the clock right, or approve again")
    if now >= decision.expires:
        return Expired(f"{who} is in force only until {decision.expires:%Y-%m-%d %H:%M %Z}", "approve again")
    return None


def unfilled(people: Sequence[Principal], thresholds: Thresholds) -> str:
    """Which roles have more places than there are people for, or an empty text; who has two roles fills one place.

    By Hall's theorem everybody can be placed if every set of roles has as many people as places.
    """
    places = thresholds.places
    for size in range(1, len(places) + 1):
        for roles in combinations(places, size):
            fitting = sum(1 for person in people if set(roles) & set(person.roles))
            if fitting < sum(places[role] for role in roles):
                return " and ".join(f"{places[role]} {role}" for role in roles)
    return ""


def revoked(decision: Decision) -> Revoked:
    """The refusal that a rejection or revocation is."""
    verb = "rejected" if decision.decision == "reject" else "revoked"
    return Revoked(
        f"adapter {decision.adapter[:12]} was {verb} by {decision.principal}: {visible(decision.reason)}",
        "train and register another one",
    )


def _missing(
    subject: Subject, approvers: Sequence[str], doubts: Sequence[MunimentError], trust: Trust
) -> MunimentError:
    needed = trust.thresholds.approve
    have = f"{len(approvers)} of {needed} people approved" + (f" ({', '.join(approvers)})" if approvers else "")
    wanting = unfilled([p for name in approvers if (p := trust.principal(name))], trust.thresholds)
    have += f", where {wanting} must be among them" if wanting else ""
    sentence = "; ".join([have, *(d.message for d in doubts)])
    kinds = {type(d) for d in doubts}
    named = kinds.pop() if len(kinds) == 1 else ApprovalMissing
    command = f"muniment approve {subject.adapter[:12]} --key NAME"
    return named(sentence, f"have {'another' if approvers else 'a'} reviewer or privacy officer run: {command}")
