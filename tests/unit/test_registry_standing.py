"""The decision by itself: records in, a verdict out, each reason by its name and in its own words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from registry.decisions.standing import Subject, doubt, revoked, standing
from registry.errors import ApprovalMissing, Expired, MunimentError, Revoked, SignatureInvalid
from registry.records import Decision
from registry.signatures.attestations import Signed
from registry.times import SKEW
from registry.trust.principals import Principal, Thresholds, Trust
from tests.registered import NOW

SUBJECT = Subject("a" * 64, frozenset(("e" * 64,)), "b" * 64, frozenset(("eve",)))


def person(name: str, *roles: str) -> Principal:
    return Principal.model_validate({"name": name, "roles": roles, "keys": []})


def trust(**thresholds: int) -> Trust:
    people = (person("rita", "reviewer"), person("paul", "privacy_officer"), person("olaf", "operator"))
    return Trust.model_construct(
        version=1, expires=NOW, roots=(), principals=people, thresholds=Thresholds(**thresholds), withdrawn=()
    )


def approval(name: str, verb: str = "approve", **changed: object) -> Signed[Decision]:
    decision = Decision.model_validate({
        "decision": verb, "adapter": "a" * 64, "evidence": ("e" * 64,), "policy": "b" * 64, "principal": name,
        "reason": "fit", "issued": NOW, "expires": NOW + timedelta(days=1), **changed,
    })  # fmt: skip
    return Signed(decision, decision.adapter, frozenset((name,)))


def test_two_people_are_enough_and_are_named_in_order() -> None:
    decided = standing(SUBJECT, [approval("rita"), approval("paul")], trust(), NOW)

    assert (decided.approved, decided.approvers, decided.refusal) == (True, ("paul", "rita"), None)
    decided.require()


def test_all_who_approved_are_named_in_order() -> None:
    names = ("ulla", "rita", "nina", "paul", "abel")
    people = tuple(person(name, "reviewer") for name in names)
    asked = trust(approve=5).model_copy(update={"principals": people})
    decided = standing(SUBJECT, [approval(name) for name in names], asked, NOW)

    assert (decided.approved, decided.approvers) == (True, tuple(sorted(names)))


def test_who_is_missing_is_said() -> None:
    nobody = standing(SUBJECT, [], trust(privacy_officer=1), NOW)
    one = standing(SUBJECT, [approval("rita")], trust(privacy_officer=1), NOW)
    another = standing(SUBJECT, [approval("rita")], trust(), NOW)

    assert nobody.refusal is not None
    assert nobody.refusal.message == "0 of 2 people approved, where 1 privacy_officer must be among them"
    assert one.refusal is not None
    assert one.refusal.message == "1 of 2 people approved (rita), where 1 privacy_officer must be among them"
    assert another.refusal is not None
    assert another.refusal.message == "1 of 2 people approved (rita)"
    assert not one.approved
    with pytest.raises(ApprovalMissing):
        one.require()


@pytest.mark.parametrize(
    ("signed", "error", "words"),
    [
        (approval("nina"), ApprovalMissing, "neither reviewer nor privacy officer"),
        (approval("olaf"), ApprovalMissing, "neither reviewer nor privacy officer"),
        (approval("rita", adapter="c" * 64), ApprovalMissing, "is for adapter cccccccccccc"),
        (approval("rita", policy="c" * 64), ApprovalMissing, "under another policy"),
        (approval("rita", evidence=()), ApprovalMissing, "on other evidence"),
        (approval("rita", expires=NOW), Expired, "in force only until"),
        (approval("rita", issued=NOW + 2 * SKEW), Expired, "in force only from 2027-03-01 12:10 UTC"),
        (Signed(approval("rita").record, "c" * 64, frozenset(("rita",))), SignatureInvalid, "that person's signature"),
        (Signed(approval("rita").record, "a" * 64, frozenset(("paul",))), SignatureInvalid, "that person's signature"),
    ],
)
def test_an_approval_that_does_not_count_says_why(
    signed: Signed[Decision], error: type[MunimentError], words: str
) -> None:
    why = doubt(SUBJECT, signed, trust(), NOW)

    assert type(why) is error
    assert words in why.message
    assert "c" * 13 not in why.message
    refusal = standing(SUBJECT, [signed, approval("paul")], trust(), NOW).refusal
    assert type(refusal) is error
    assert words in refusal.message


def test_reasons_of_two_kinds_are_missing_approvals_with_both_sentences() -> None:
    refusal = standing(SUBJECT, [approval("rita", expires=NOW), approval("olaf")], trust(), NOW).refusal

    assert type(refusal) is ApprovalMissing
    assert "in force only until" in refusal.message
    assert "neither" in refusal.message


def test_an_approval_counts_from_its_first_moment_by_clocks_that_differ_a_little() -> None:
    assert doubt(SUBJECT, approval("rita"), trust(), NOW) is None
    assert doubt(SUBJECT, approval("rita", issued=NOW + SKEW), trust(), NOW) is None
    assert doubt(SUBJECT, approval("rita"), trust(), NOW + timedelta(days=1)) is not None


@pytest.mark.parametrize(("verb", "said"), [("reject", "rejected"), ("revoke", "revoked")])
def test_one_refusal_wins_and_says_which_it_was(verb: str, said: str) -> None:
    refusal = approval("paul", verb)
    refused = standing(SUBJECT, [approval("rita"), approval("paul"), refusal], trust(), NOW).refusal

    assert isinstance(refused, Revoked)
    assert refused.message == revoked(refusal.record).message == f"adapter aaaaaaaaaaaa was {said} by paul: fit"


def test_a_refusal_of_another_adapter_stops_nothing() -> None:
    other = approval("paul", "reject", adapter="c" * 64)

    assert standing(SUBJECT, [approval("rita"), approval("paul"), other], trust(), NOW).approved
