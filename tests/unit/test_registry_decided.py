"""What a decision and a release leave behind: their record, where it hangs, who signed it, and for how long."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from registry.audit.chain import GENESIS, Head, Source, follow, link, verify_chain
from registry.database.changes import Change, Edge
from registry.decisions import approvals
from registry.decisions.cases import Case
from registry.errors import ChainBroken, IntegrityError, NotFound, Refused, SamePerson, UnknownSigner
from registry.records import Adapter, Decision, Release, Verdict
from registry.release import releases
from registry.signatures import attestations, envelopes
from registry.trust.changes import without_person
from registry.trust.principals import APPROVERS
from registry.trust.signatory import Signatory
from tests.registered import NOW, POLICY, Place, make_place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


def test_an_approval_lasts_half_a_year_where_nobody_says_otherwise(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        said = approvals.approve(registry, Case(adapter, POLICY, ""), place.by("rita"))

    assert (said.issued, said.expires) == (NOW, NOW + timedelta(days=180))


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize(
    ("decide", "verb"), [(approvals.approve, "approve"), (approvals.reject, "reject"), (approvals.revoke, "revoke")]
)
def test_a_decision_hangs_on_its_adapter_with_the_statement_that_its_maker_signed(
    place: Place, decide: type, verb: str
) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        said = decide(registry, place.case(adapter), place.by("rita"))

        (statement,) = registry.attestations(adapter.digest, Decision.kind)
        event = registry.events()[-1]
        assert registry.get(said.digest) == said
        assert Edge(adapter.digest, said.digest) in registry.edges(adapter.digest, up=False)
    assert (said.decision, said.reason, said.policy, said.principal) == (verb, "read and found fit", POLICY, "rita")
    assert (event.action, event.outcome, event.detail) == (verb, "done", "rita: read and found fit")
    assert event.subjects == (adapter.digest, said.digest)
    assert statement.signer == "rita"
    signed = attestations.verify(statement.envelope, Decision, place.trust, APPROVERS)
    assert (signed.record, signed.subject, signed.people) == (said, adapter.digest, frozenset({"rita"}))


def test_an_approval_names_the_evidence_that_it_saw_and_a_refusal_none(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        seen = place.judge(registry, adapter)
        approved = approvals.approve(registry, place.case(adapter), place.by("rita"))
        rejected = approvals.reject(registry, place.case(adapter), place.by("rob"))

    assert (approved.evidence, rejected.evidence) == ((seen.digest,), ())


@pytest.mark.usefixtures("backend")
def test_an_approval_names_all_evidence_in_one_order(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        seen = tuple(place.judge(registry, adapter, accuracy).digest for accuracy in (0.6, 0.7, 0.8, 0.85, 0.9))
        verdict = registry.all(Verdict)[-1].model_copy(update={"evidence": seen})
        registry.add(verdict, (adapter.digest, *seen), "gate")
        approved = approvals.approve(registry, place.case(adapter), place.by("rita"))

    assert approved.evidence == tuple(sorted(seen))


def test_a_revocation_within_a_larger_change_takes_somebody_who_may_refuse(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)

    for who in ("rita", "paul", "olaf"):
        said, statement = approvals.revocation(place.case(adapter), place.by(who))
        assert (said.decision, said.principal, said.evidence) == ("revoke", who, ())
        assert (statement.subject, statement.type, statement.signer) == (adapter.digest, "decision", who)
    with pytest.raises(Refused, match="eve is engineer; this takes"):
        approvals.revocation(place.case(adapter), place.by("eve"))


@pytest.mark.usefixtures("backend")
def test_who_may_not_approve_is_told_which_role_it_takes_and_a_stranger_that_nobody_knows_the_key(place: Place) -> None:
    stranger = place.add_key("nora", "nora", "auditor")
    with place.registry() as registry:
        adapter = place.adapter(registry)
        for who in ("eve", "olaf", "nora"):
            with pytest.raises(Refused, match="this takes privacy_officer or reviewer") as refused:
                approvals.approve(registry, place.case(adapter), place.by(who))
            assert "ask somebody" in refused.value.next_step
        assert registry.events()[-1].outcome == "refused"
        assert registry.all(Decision) == []
    by = place.by("nora")
    assert by.key.id == stranger.id
    nobody = Signatory(by.key, place.trust.model_copy(update={"principals": ()}), NOW)
    with pytest.raises(UnknownSigner, match="belongs to nobody"):
        nobody.person(APPROVERS)


def test_a_key_that_was_withdrawn_is_told_from_one_that_nobody_knows(place: Place) -> None:
    by = place.by("rita")
    struck_off = Signatory(by.key, without_person(place.trust, "rita"), NOW)

    with pytest.raises(UnknownSigner, match="was withdrawn") as refused:
        struck_off.person(APPROVERS)
    assert refused.value.next_step.startswith("make another: muniment keys new NAME")


@pytest.mark.usefixtures("backend")
def test_a_second_approval_by_the_same_person_changes_nothing(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        first = approvals.approve(registry, place.case(adapter), place.by("rita"))
        with pytest.raises(SamePerson, match="has already approved"):
            approvals.approve(registry, place.case(adapter), place.by("rita"))

        assert registry.all(Decision) == [first]


def ready(place: Place, seed: int = 1) -> Adapter:
    with place.registry() as registry:
        adapter = place.adapter(registry, seed)
        place.approve(registry, adapter)
    return adapter


@pytest.mark.usefixtures("backend")
def test_a_release_says_what_it_rests_on_and_what_came_before_it(place: Place) -> None:
    first, second = ready(place, 1), ready(place, 2)
    with place.registry() as registry:
        one, two = place.promote(registry, first), place.promote(registry, second)
        aside = releases.promote(registry, place.workspace, place.case(first), place.by("olaf"), "aside")
        back = releases.rollback(registry, place.workspace, place.case(first), place.by("olaf"))
        told = [event.action for event in registry.events() if event.action in {"promote", "rollback"}]

    assert told == ["promote"] * 3 + ["rollback"]
    assert (back.version, back.previous, back.adapter) == (4, two.digest, first)
    assert [(r.version, r.alias, r.previous) for r in (one, two, aside)] == [
        (1, "production", None), (2, "production", one.digest), (3, "aside", None),
    ]  # fmt: skip
    assert (one.adapter, one.policy, one.principal, one.reason) == (first, POLICY, "olaf", "read and found fit")
    assert (one.requester, one.makers, one.base.digest) == ("eve", ("eve",), first.base)
    assert (len(one.approvals), len(one.evidence)) == (2, 1)
    assert (one.issued, one.expires) == (NOW, NOW + timedelta(days=30))


@pytest.mark.usefixtures("backend")
def test_a_release_names_evidence_and_makers_in_one_order_whoever_drafts_it(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        seen = [place.judge(registry, adapter, accuracy).digest for accuracy in (0.6, 0.7, 0.8, 0.85, 0.9)]
        verdict = registry.all(Verdict)[-1].model_copy(update={"evidence": tuple(seen)})
        registry.add(verdict, (adapter.digest, *seen), "gate")
        for name in ("zoe", "ben", "mia", "kim", "adam"):
            replace(registry, actor=name).add(adapter, (adapter.base,), "register")
        place.approve(registry, adapter)
        release = place.promote(registry, adapter)

    assert release.evidence == tuple(sorted(seen))
    assert release.makers == ("adam", "ben", "eve", "kim", "mia", "zoe")


def test_a_release_is_in_force_for_ninety_days_at_most(place: Place) -> None:
    adapter = ready(place)
    with place.registry() as registry:
        case = Case(adapter, POLICY, "", timedelta(days=400))
        long = releases.promote(registry, place.workspace, case, place.by("olaf"))

    assert long.expires == NOW + timedelta(days=90)


@pytest.mark.usefixtures("backend")
def test_a_release_hangs_on_its_adapter_and_base_is_sealed_and_lies_there_as_it_was_signed(place: Place) -> None:
    first, second = ready(place, 1), ready(place, 2)
    with place.registry() as registry:
        place.promote(registry, first)
        place.promote(registry, second)
        back = releases.rollback(registry, place.workspace, place.case(first), place.by("olaf"))

        event, (statement,) = registry.events()[-1], registry.attestations(back.digest, Release.kind)
        sealed = registry.query("SELECT max(sequence) FROM checkpoints")
        above = {edge.parent for edge in registry.edges(back.digest, up=True)}
    assert (event.action, event.subjects) == ("rollback", (first.digest, back.digest))
    assert event.detail == f"production is {first.version} from version 3 on: read and found fit"
    assert above == {first.digest, first.base}
    assert sealed == [(event.sequence,)]
    assert (statement.signer, statement.envelope.encode()) == ("olaf", place.workspace.release.read_bytes())


@pytest.mark.usefixtures("backend")
def test_what_was_in_force_before_is_the_last_other_adapter(place: Place) -> None:
    first, second, third = (ready(place, seed) for seed in (1, 2, 3))
    with place.registry() as registry:
        for adapter in (first, second):
            place.promote(registry, adapter)
        assert releases.before(registry) == first
        place.judge(registry, third)
        for adapter in (third, third):
            place.promote(registry, adapter)
        assert releases.before(registry) == second
        with pytest.raises(NotFound, match="aside has no earlier adapter"):
            releases.before(registry, "aside")


@pytest.mark.usefixtures("backend")
def test_a_release_that_serving_would_not_obey_is_not_kept_and_its_attempt_is(place: Place) -> None:
    adapter = ready(place)
    with place.registry() as registry:
        sound = place.promote(registry, adapter)
        before = place.workspace.release.read_bytes()
        forged = attestations.sign(sound, "x", adapter.digest, place.by("rita").key).encode()

        with pytest.raises(UnknownSigner):
            releases.put(registry, place.workspace, forged, place.by("olaf"), "promote", registry.head().sequence)

        event = registry.events()[-1]
        assert (event.action, event.outcome, event.subjects) == ("promote", "refused", (adapter.digest,))
        assert registry.releases("production") == [sound]
    assert place.workspace.release.read_bytes() == before


def test_an_adapter_whose_base_is_something_else_is_not_released(place: Place) -> None:
    sound = ready(place)
    with place.registry() as registry:
        odd = sound.model_copy(update={"base": place.judge(registry, sound).digest, "name": "odd"})
        registry.add(odd, (odd.base,), "register")
        place.judge(registry, odd)
        place.approve(registry, odd)

        with pytest.raises(IntegrityError, match="is not a base model"):
            place.promote(registry, odd)
        assert registry.releases("production") == []


def test_a_statement_names_what_it_is_about_in_the_words_of_in_toto(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
    envelope = attestations.sign(adapter, "demo", "d" * 64, place.by("eve").key)

    said = json.loads(envelopes.payload(envelope))

    assert json.loads(envelope)["payloadType"] == "application/vnd.in-toto+json"
    assert said["_type"] == "https://in-toto.io/Statement/v1"
    assert said["subject"] == [{"name": "demo", "digest": {"sha256": "d" * 64}}]
    assert said["predicateType"] == "https://muniment.dev/adapter/v1"
    assert attestations.unverified(envelope, Adapter) == adapter


def test_an_event_follows_the_one_before_it_by_number_and_by_digest() -> None:
    first = link(Head(), Source(NOW, "eve"), Change("try", ("a" * 64,), "one", "refused"), "b" * 64)
    _, head = follow(Head(), first.canonical())
    second = link(head, Source(NOW, "rita"), Change("done", ()))

    assert (first.sequence, first.previous, first.rows) == (0, GENESIS, "b" * 64)
    assert (first.at, first.actor, first.action, first.outcome, first.detail) == (NOW, "eve", "try", "refused", "one")
    assert (head.sequence, second.sequence, second.previous) == (0, 1, head.digest)
    verify_chain([first, second])
    for body, at in ((second.canonical(), Head()), (first.canonical(), head)):
        with pytest.raises(ChainBroken, match="does not follow") as broken:
            follow(at, body)
        assert broken.value.event == at.sequence + 1
    moved = second.model_copy(update={"previous": GENESIS})
    with pytest.raises(ChainBroken, match="audit event 1") as broken:
        verify_chain([first, moved])
    assert broken.value.event == 1
    with pytest.raises(ChainBroken, match="audit event 1 was edited") as broken:
        follow(head, b"{}")
    assert broken.value.event == 1
