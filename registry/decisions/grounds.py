"""What a decision about an adapter rests on: the gate's word, evidence, its makers, and what people have signed.

Read from the registry in one go (`dossier.py`) and judged by `standing.py` beside it; approvals and releases
are made from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from registry.audit.clock import require_clock
from registry.database.store import Registry
from registry.decisions.dossier import Dossier, read
from registry.decisions.standing import Standing, Subject, doubt, revoked, standing
from registry.errors import EvidenceMissing, GateRefused, IntegrityError, Revoked, UnknownSigner
from registry.records import Adapter, Decision, Verdict
from registry.signatures import attestations
from registry.signatures.attestations import Signed
from registry.trust.principals import APPROVERS, Trust

if TYPE_CHECKING:
    from registry.decisions.cases import Case
    from registry.trust.signatory import Signatory


@dataclass(frozen=True)
class Grounds:
    """What has to be approved, who asked for it, and the approvals so far, counting or not, by their envelopes."""

    subject: Subject
    requester: str
    approvals: dict[str, Signed[Decision]]

    def standing(self, trust: Trust, now: datetime) -> Standing:
        return standing(self.subject, list(self.approvals.values()), trust, now)

    def counting(self, trust: Trust, now: datetime) -> dict[str, str]:
        """By person the envelope of the approval that counts, of several the one that is in force longest."""
        found: dict[str, str] = {}
        for envelope, signed in sorted(self.approvals.items(), key=lambda one: one[1].record.expires):
            if doubt(self.subject, signed, trust, now) is None:
                found[signed.record.principal] = envelope
        return found

    def until(self, name: str, trust: Trust, now: datetime) -> datetime | None:
        """How long somebody's approval counts; None where there is none."""
        envelope = self.counting(trust, now).get(name)
        return self.approvals[envelope].record.expires if envelope else None


@dataclass(frozen=True)
class Cleared:
    """What allows a release: what was approved, who asked for it, and the approvals that count, one a person."""

    subject: Subject
    requester: str
    envelopes: tuple[str, ...]


def grounds_of(page: Dossier, policy: str, trust: Trust) -> Grounds:
    """Of an adapter under a policy (its digest).

    Raises EvidenceMissing, GateRefused, Revoked, SignatureInvalid, ClockBehind.
    """
    refuse_if_revoked(page)
    require_clock(page.registry, trust)
    return Grounds(_subject(page, policy), page.registrars()[0], _approvals(page, trust))


def cleared(page: Dossier, policy: str, by: Signatory) -> Cleared:
    """What a release carries as its proof. Raises what `standing` refuses, EvidenceMissing, GateRefused, Revoked."""
    known = grounds_of(page, policy, by.trust)
    known.standing(by.trust, by.now).require()
    by_person = known.counting(by.trust, by.now)
    counted = tuple(by_person[name] for name in sorted(by_person))
    return Cleared(known.subject, known.requester, counted)


def adapter_standing(registry: Registry, case: Case, trust: Trust, now: datetime) -> Standing:
    """Where the adapter stands under the policy of `case`. Raises EvidenceMissing, GateRefused, Revoked."""
    return grounds_of(read(registry, case.adapter), case.policy, trust).standing(trust, now)


def subject_of(registry: Registry, case: Case) -> Subject:
    """What approvals must have seen. Raises EvidenceMissing, GateRefused."""
    return _subject(read(registry, case.adapter), case.policy)


def verified_approvals(registry: Registry, adapter: Adapter, trust: Trust) -> list[Signed[Decision]]:
    """Those by people in the trust root. Raises SignatureInvalid where one was forged."""
    return list(_approvals(read(registry, adapter), trust).values())


def makers(registry: Registry, adapter: Adapter) -> frozenset[str]:
    """Who registered the adapter, trained it or what it goes on from, or signed its weights: none may approve it."""
    return read(registry, adapter).makers()


def _subject(page: Dossier, policy: str) -> Subject:
    """The adapter's own evidence in the gate's latest, passing verdict.

    Evidence about the base or about production, with which the gate compared, is left out: it
    changes whenever another adapter goes into production.
    """
    version, verdicts = page.adapter.version, page.verdicts(policy)
    if page.lost_verdicts():
        sentence = f"the audit chain tells of a verdict about {version}, but its record is gone"
        raise IntegrityError(sentence, "restore the registry from a backup")
    if not verdicts:
        raise _unjudged(page)
    if not verdicts[-1].passed:
        reasons = " ".join(verdicts[-1].reasons)
        raise GateRefused(f"the gate refused {version}: {reasons}", "train a better one, or change the policy")
    evidence = frozenset(page.evidence(verdicts[-1]))
    if not evidence:
        raise EvidenceMissing(f"the verdict about {version} rests on no evidence about it", "run: muniment run")
    return Subject(page.digest, evidence, policy, page.makers())


def _unjudged(page: Dossier) -> EvidenceMissing:
    """A run judges what it makes of the documents of today: an adapter of other ones needs the policy of its time."""
    sentence = f"no verdict about {page.adapter.version} under the policy as it is now"
    earlier = [one for one in page.of(Verdict) if one.subject == page.digest]
    if not earlier:
        return EvidenceMissing(sentence, "run: muniment run")
    return EvidenceMissing(
        f"{sentence}; the last one was under {earlier[-1].policy[:12]}",
        "run: muniment run, which judges what today's documents and settings make; "
        "for an adapter of other ones, put the policy.yaml of its verdict back",
    )


def _approvals(page: Dossier, trust: Trust) -> dict[str, Signed[Decision]]:
    """Approvals whose signature holds, by envelope. Those by people no longer in the trust root are left out."""
    found = {}
    for attestation in page.stated(Decision.kind):
        try:
            found[attestation.envelope] = attestations.verify(attestation.envelope, Decision, trust, APPROVERS)
        except UnknownSigner:
            continue
    return {envelope: signed for envelope, signed in found.items() if signed.record.decision == "approve"}


def refuse_if_revoked(page: Dossier) -> None:
    """A recorded refusal counts even if its signer has left the trust root since. Raises Revoked."""
    for decision in page.refusals():
        raise revoked(decision)
    if action := page.told_refusal():
        raise Revoked(
            f"the audit chain tells of a {action} of {page.adapter.version}, but its record is gone",
            "restore the registry from a backup",
        )
    _refuse_if_a_forerunner_is_revoked(page)


def _refuse_if_a_forerunner_is_revoked(page: Dossier) -> None:
    """Weights that were revoked live on in what goes on from them; one that was only rejected may be made better."""
    for before in page.forerunners():
        if before.revoked():
            raise Revoked(
                f"{page.adapter.version} goes on from {before.adapter.version}, which was revoked",
                "train and register another one that does not",
            )
