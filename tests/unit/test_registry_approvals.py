"""Who may approve, on what, and what an approval is worth afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from registry.database.store import Change, Edge, Registry, StageResult
from registry.decisions import approvals, grounds
from registry.decisions.cases import Case
from registry.decisions.dossier import read
from registry.decisions.grounds import makers
from registry.errors import (
    ApprovalMissing,
    EvidenceMissing,
    Expired,
    GateRefused,
    IntegrityError,
    MunimentError,
    Refused,
    Revoked,
    SamePerson,
    UnknownSigner,
)  # fmt: skip
from registry.records import Decision, Evidence, Verdict
from registry.release import releases
from registry.release.verification import verify_release
from registry.signatures import attestations
from registry.trust.changes import without_person
from registry.trust.keys import new_key
from registry.trust.signatory import Signatory
from tests.registered import NOW, POLICY, Place, make_place

pytestmark = pytest.mark.usefixtures("backend")



@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


def test_two_people_approve_and_the_adapter_stands(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter, "rita", "paul")

        standing = grounds.adapter_standing(registry, place.case(adapter), place.trust, NOW)

    assert standing.approved
    assert standing.approvers == ("paul", "rita")


def test_one_approval_is_not_enough(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter, "rita")

        standing = grounds.adapter_standing(registry, place.case(adapter), place.trust, NOW)

    assert isinstance(standing.refusal, ApprovalMissing)
    assert "1 of 2" in standing.refusal.message


def test_a_rejection_is_sealed_at_once_and_an_approval_when_a_checkpoint_is_due(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        sealed = "SELECT sequence FROM checkpoints"
        before = registry.query(sealed)

        place.approve(registry, adapter, "rita")
        assert registry.query(sealed) == before

        approvals.reject(registry, place.case(adapter), place.by("paul"))
        assert len(registry.query(sealed)) == len(before) + 1


def test_nothing_can_be_approved_before_the_gate_has_spoken(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)

        with pytest.raises(EvidenceMissing):
            approvals.approve(registry, place.case(adapter, policy="f" * 64), place.by("rita"))
        assert registry.events()[-1].outcome == "refused"


def test_an_adapter_that_was_judged_under_another_policy_is_told_how_to_come_back(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        with pytest.raises(EvidenceMissing, match=f"the last one was under {POLICY[:12]}") as refused:
            approvals.approve(registry, place.case(adapter, policy="f" * 64), place.by("rita"))

    assert refused.value.next_step.endswith("put the policy.yaml of its verdict back")


def test_nothing_can_be_approved_that_the_gate_refused(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.judge(registry, adapter, accuracy=0.2, passed=False)

        with pytest.raises(GateRefused):
            place.approve(registry, adapter, "rita")


def test_only_reviewers_and_privacy_officers_approve(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)

        for name in ("eve", "olaf"):
            with pytest.raises(Refused):
                place.approve(registry, adapter, name)


def test_whoever_registered_the_adapter_does_not_approve_it(place: Place) -> None:
    with place.registry(actor="Rita") as registry:
        adapter = place.adapter(registry)

        with pytest.raises(SamePerson):
            place.approve(registry, adapter, "rita")


def test_the_same_person_approves_once_even_with_two_keys(place: Place) -> None:
    place.add_key("rita", "rita-laptop")
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter, "rita")

        with pytest.raises(SamePerson):
            place.approve(registry, adapter, "rita-laptop")


def test_who_approved_is_told_what_is_missing_and_for_how_long_they_did(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter, "rita")
        with pytest.raises(SamePerson, match=f"until {NOW + place.case(adapter).valid:%Y-%m-%d}") as refused:
            place.approve(registry, adapter, "rita")
        assert refused.value.next_step == "another person has to approve it too"

        place.approve(registry, adapter, "paul")
        with pytest.raises(SamePerson) as refused:
            place.approve(registry, adapter, "rita")
        assert refused.value.next_step == f"enough people have: muniment promote {adapter.version} --key OPERATOR"


def test_an_approval_is_renewed_before_it_runs_out_and_the_next_release_carries_the_longer_one(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        later = NOW + timedelta(days=20)
        by = {name: Signatory(place.by(name).key, place.trust, later) for name in ("rita", "paul", "olaf")}
        renewed = [approvals.approve(registry, place.case(adapter), by[name]) for name in ("rita", "paul")]
        releases.promote(registry, place.workspace, place.case(adapter), by["olaf"])

    data = place.workspace.release.read_bytes()
    carried = verify_release(data, place.trust, later).approvals
    assert {attestations.unverified(one, Decision) for one in carried} == set(renewed)
    assert verify_release(data, place.trust, later + timedelta(days=29)).adapter == adapter


@pytest.mark.parametrize("days", [1, 29, 30])
def test_an_approval_that_is_in_force_no_day_longer_renews_nothing(place: Place, days: int) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter, "rita")
        case = replace(place.case(adapter), valid=timedelta(days=days))

        with pytest.raises(SamePerson):
            approvals.approve(registry, case, place.by("rita"))


def test_new_evidence_makes_earlier_approvals_worthless(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        place.judge(registry, adapter, accuracy=0.75)

        standing = grounds.adapter_standing(registry, place.case(adapter), place.trust, NOW)

    assert isinstance(standing.refusal, ApprovalMissing)
    assert "other evidence" in standing.refusal.message


def test_another_policy_makes_earlier_approvals_worthless(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        verdict = next(r for r in registry.all(Verdict) if r.subject == adapter.digest)
        registry.add(verdict.model_copy(update={"policy": "f" * 64}), action="gate")

        standing = grounds.adapter_standing(registry, place.case(adapter, "f" * 64), place.trust, NOW)

    assert isinstance(standing.refusal, ApprovalMissing)
    assert "another policy" in standing.refusal.message


def test_an_approval_ends_when_it_said_it_would(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)

        later = NOW + timedelta(days=31)
        standing = grounds.adapter_standing(registry, place.case(adapter), place.trust, later)

    assert isinstance(standing.refusal, Expired)


Verb = Callable[[Registry, Case, Signatory], Decision]


@pytest.mark.parametrize("verb", [approvals.reject, approvals.revoke])
def test_one_refusal_wins_over_all_approvals(
    place: Place, verb: Callable[[Registry, Case, Signatory], Decision]
) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        verb(registry, place.case(adapter), place.by("rob"))

        with pytest.raises(Revoked):
            grounds.adapter_standing(registry, place.case(adapter), place.trust, NOW)
        with pytest.raises(Revoked):
            place.promote(registry, adapter)
        with pytest.raises(Revoked):
            place.approve(registry, adapter, "rob")


def test_every_refusal_is_in_the_audit_chain(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        refused: list[MunimentError] = []
        for name in ("eve", "olaf"):
            with pytest.raises(Refused) as caught:
                place.approve(registry, adapter, name)
            refused.append(caught.value)

        events = [event for event in registry.events() if event.outcome == "refused"]

    assert [event.action for event in events] == ["approve", "approve"]
    assert all(error.message in event.detail for error, event in zip(refused, events, strict=True))


def test_a_signatory_is_who_the_trust_root_says(place: Place) -> None:
    by = replace(place.by("rita"), key=place.add_key("rita", "rita-2"))

    assert replace(by, trust=place.trust).person(frozenset(("reviewer",))).name == "rita"


def test_a_key_of_nobody_decides_nothing(place: Place) -> None:
    stranger = replace(place.by("rita"), key=new_key("stranger", place.keys))
    with place.registry() as registry:
        adapter = place.adapter(registry)

        for verb in (approvals.approve, approvals.reject, approvals.revoke):
            with pytest.raises(UnknownSigner):
                verb(registry, place.case(adapter), stranger)
        assert [event.outcome for event in registry.events()[-3:]] == ["refused"] * 3


def test_an_approval_by_somebody_who_has_left_counts_no_longer(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        later = without_person(place.trust, "paul")

        standing = grounds.adapter_standing(registry, place.case(adapter), later, NOW)
        assert standing.approvers == ("rita",)
        with pytest.raises(ApprovalMissing):
            grounds.cleared(read(registry, adapter), POLICY, replace(place.by("olaf"), trust=later))


def test_a_verdict_needs_evidence_about_the_adapter_itself_and_all_of_it(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        verdict = registry.all(Verdict)[0]
        about_base = registry.all(Evidence)[0].model_copy(update={"subject": adapter.base})
        registry.add(about_base, action="evaluate")
        for evidence in ((about_base.digest,), (*verdict.evidence, "f" * 64)):
            registry.add(verdict.model_copy(update={"evidence": evidence}), action="gate")

            with pytest.raises(EvidenceMissing):
                place.approve(registry, adapter, "rita")


@pytest.mark.file_alone
def test_an_adapter_that_no_event_brought_in_is_not_approved(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        registry.connection.execute("DELETE FROM events")

        with pytest.raises(IntegrityError):
            makers(registry, adapter)


def test_a_member_of_a_set_was_registered_by_who_brought_the_set(place: Place) -> None:
    with place.registry(actor="paul") as registry:
        adapter = place.adapter(registry)
        second = adapter.model_copy(update={"name": "second"})
        whole = Verdict(subject="f" * 64, policy=POLICY, evidence=(), passed=True, reasons=())
        registry.commit(StageResult("key", "register", whole, members=(second,)))
        registry.apply(Change("note", (), edges=(Edge(second.digest, "0" * 64, "member"),)))

        assert makers(registry, second) == {"paul"}


@pytest.mark.file_alone
def test_a_refusal_whose_record_was_deleted_still_holds(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        approvals.reject(registry, place.case(adapter), place.by("rob"))
        registry.connection.execute("DELETE FROM records WHERE body ->> 'decision' = 'reject'")

        with pytest.raises(Revoked, match="its record is gone"):
            place.promote(registry, adapter)


def test_an_adapter_whose_base_is_no_base_is_not_promoted(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        odd = adapter.model_copy(update={"base": registry.all(Evidence)[0].digest})
        registry.add(odd, action="register")
        place.judge(registry, odd)
        place.approve(registry, odd)

        with pytest.raises(IntegrityError, match="not a base model"):
            place.promote(registry, odd)


def test_each_person_is_carried_once_in_a_release_and_no_worthless_approval(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter, "rob")
        place.judge(registry, adapter, accuracy=0.7)
        place.approve(registry, adapter, "rita", "paul")

        release = place.promote(registry, adapter)

    said = [attestations.unverified(envelope, Decision) for envelope in release.approvals]
    assert [decision.principal for decision in said] == ["paul", "rita"]
    assert {decision.evidence for decision in said} == {release.evidence}
