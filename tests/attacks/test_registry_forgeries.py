"""Forged, stale, replayed, borrowed and downgraded approvals and releases, each refused by the name of what is wrong.

Every attack starts from one sound release, approved by a reviewer and a privacy officer, and is put before what
serving decides with: the signed file and the trust root, and nothing else.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from registry.audit.checkpoints import Checkpoint
from registry.decisions.approvals import reject, revoke
from registry.errors import (
    ApprovalMissing,
    Expired,
    IntegrityError,
    MunimentError,
    ReleaseReplayed,
    Revoked,
    SamePerson,
    SignatureInvalid,
    UnknownSigner,
)  # fmt: skip
from registry.records import Adapter, Decision, Evidence, Record, Release
from registry.release.verification import read_refusals, verify_release
from registry.signatures import attestations, envelopes
from registry.trust.changes import with_person, with_roots, without_key, without_person
from registry.trust.keys import Key, load_key, new_key
from registry.trust.principals import Principal, Trust
from serving import seen
from tests.registered import NOW, POLICY, Place, make_place

STATEMENT = "application/vnd.in-toto+json"
Forge = Callable[["Scene"], bytes]


@dataclass(frozen=True)
class Scene:
    """A sound release and what an attacker has: everybody's old statements, and some keys."""

    place: Place
    trust: Trust
    release: Release
    data: bytes
    other: Adapter
    refusals: tuple[str, ...] = ()

    def key(self, name: str) -> Key:
        return load_key(name, self.place.keys)

    def released(self, signer: str = "olaf", subject: str = "", **changed: Any) -> bytes:
        """The release, changed and signed anew."""
        release = self.release.model_copy(update=changed)
        return attestations.sign(release, "x", subject or release.adapter.digest, self.key(signer)).encode()

    def approval(self, signer: str, subject: str = "", **changed: Any) -> str:
        """An approval of the release's adapter by `signer`, changed as given."""
        fields: dict[str, Any] = {
            "decision": "approve", "adapter": self.release.adapter.digest, "evidence": self.release.evidence,
            "policy": POLICY, "principal": signer.partition("-")[0], "reason": "fit", "issued": NOW,
            "expires": NOW + timedelta(days=30), **changed,
        }  # fmt: skip
        decision = Decision.model_validate(fields)
        return attestations.sign(decision, "x", subject or decision.adapter, self.key(signer))

    def with_approvals(self, *approvals: str) -> bytes:
        """The release on these approvals beside Rita's sound one."""
        return self.released(approvals=(self.approval("rita"), *approvals))

    def stated(self, edit: Callable[[dict[str, Any]], object], signer: str = "olaf") -> bytes:
        """The release's statement edited as JSON, and signed by who may sign it."""
        statement = json.loads(envelopes.payload(self.data))
        edit(statement)
        return envelopes.seal(json.dumps(statement).encode(), STATEMENT, [self.key(signer)]).encode()

    def enveloped(self, edit: Callable[[dict[str, Any]], object]) -> bytes:
        """The signed file edited without signing it anew."""
        envelope = json.loads(self.data)
        edit(envelope)
        return json.dumps(envelope).encode()


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    place = make_place(tmp_path_factory.mktemp("forgeries"))
    for name in ("stranger", "rita-2", "olaf-2"):
        new_key(name, place.keys)
    with place.registry() as registry:
        adapter, other = place.adapter(registry, 1), place.adapter(registry, 2)
        place.approve(registry, adapter)
        place.approve(registry, other)
        release = place.promote(registry, adapter)
        borrowed = tuple(a.envelope for a in registry.attestations(other.digest, Decision.kind))
        again = place.promote(registry, other)
        refused = place.adapter(registry, 3)
        for verb in (reject, revoke):
            verb(registry, place.case(refused), place.by("rob"))
    assert again.version == 2
    data = attestations.sign(release, "x", adapter.digest, load_key("olaf", place.keys)).encode()
    assert len(borrowed) == 2
    return Scene(place, place.trust, release, data, other)


def said_by(scene: Scene, record: Record, signer: str = "olaf") -> bytes:
    return attestations.sign(record, "x", scene.release.adapter.digest, scene.key(signer)).encode()


def decision_of(scene: Scene) -> Decision:
    return attestations.unverified(scene.release.approvals[0], Decision)


def edit(path: str, value: object) -> Callable[[dict[str, Any]], object]:
    """Sets a field of nested JSON; `None` takes it away."""

    def work(tree: dict[str, Any]) -> None:
        *holders, last = path.split(".")
        for holder in holders:
            tree = tree[int(holder)] if isinstance(tree, list) else tree[holder]
        if value is None:
            del tree[last]
        else:
            tree[last] = value

    return work


def relabelled(scene: Scene, other: bytes) -> bytes:
    """Another statement's signature on this release."""
    return scene.enveloped(edit("signatures", json.loads(other)["signatures"]))


RELEASES: dict[str, tuple[Forge, type[MunimentError]]] = {
    "signed by a stranger": (lambda s: s.released("stranger"), UnknownSigner),
    "signed by a reviewer": (lambda s: s.released("rita"), UnknownSigner),
    "signed by a privacy officer": (lambda s: s.released("paul"), UnknownSigner),
    "signed by an engineer": (lambda s: s.released("eve"), UnknownSigner),
    "signed by the root key": (lambda s: s.released("root"), UnknownSigner),
    "signed by nobody": (lambda s: s.enveloped(edit("signatures", [])), UnknownSigner),
    "the signature of another release": (lambda s: relabelled(s, s.released(version=9)), SignatureInvalid),
    "a stranger's signature under the operator's key id": (
        lambda s: relabelled(
            s, s.released("stranger").replace(s.key("stranger").id.encode(), s.key("olaf").id.encode())
        ),
        SignatureInvalid,
    ),
    "edited after it was signed": (
        lambda s: s.enveloped(edit("payload", base64.b64encode(
            envelopes.payload(s.data).replace(b"read and found fit", b"looked at quickly ")).decode())),
        SignatureInvalid,
    ),
    "declared to be something else": (lambda s: s.enveloped(edit("payloadType", "text/plain")), SignatureInvalid),
    "a decision passed off as one": (lambda s: said_by(s, decision_of(s)), SignatureInvalid),
    "evidence passed off as one": (
        lambda s: said_by(s, Evidence(type="x", subject=s.release.adapter.digest, figures=())), SignatureInvalid
    ),
    "a checkpoint passed off as one": (
        lambda s: envelopes.seal(Checkpoint(sequence=1, head="a" * 64).model_dump_json().encode(), STATEMENT,
                                 [s.key("olaf")]).encode(),
        SignatureInvalid,
    ),
    "the trust root passed off as one": (lambda s: s.place.workspace.trust.read_bytes(), SignatureInvalid),
    "an approval passed off as one": (lambda s: s.release.approvals[0].encode(), UnknownSigner),
    "an older kind of statement": (
        lambda s: s.stated(edit("predicateType", "https://muniment.dev/release/v0")), SignatureInvalid
    ),
    "another statement format": (
        lambda s: s.stated(edit("_type", "https://in-toto.io/Statement/v0.1")), SignatureInvalid
    ),
    "about two things": (lambda s: s.stated(lambda t: t["subject"].append(t["subject"][0])), SignatureInvalid),
    "about nothing": (lambda s: s.stated(edit("subject", [])), SignatureInvalid),
    "about another adapter": (lambda s: s.released(subject=s.other.digest), SignatureInvalid),
    "about a digest of another kind": (
        lambda s: s.stated(edit("subject.0.digest", {"sha1": "a" * 40})), SignatureInvalid
    ),
    "in another operator's name": (lambda s: s.released(principal="otto"), SignatureInvalid),
    "on another base": (
        lambda s: s.released(base=s.release.base.model_copy(update={"weights": "f" * 64})), SignatureInvalid
    ),
    "for another alias": (lambda s: s.released(alias="candidate"), SignatureInvalid),
    "for an alias that looks the same": (lambda s: s.released(alias="productıon"), SignatureInvalid),
    "older than one already served": (lambda s: s.released(version=1), ReleaseReplayed),
    "version zero": (lambda s: s.stated(edit("predicate.version", 0)), SignatureInvalid),
    "a version past all numbers": (lambda s: s.stated(edit("predicate.version", 2**60)), SignatureInvalid),
    "without a version": (lambda s: s.stated(edit("predicate.version", None)), SignatureInvalid),
    "expired": (lambda s: s.released(issued=NOW - timedelta(days=9), expires=NOW), Expired),
    "not in force yet": (lambda s: s.released(issued=NOW + timedelta(hours=1)), Expired),
    "in force for a century": (lambda s: s.released(expires=NOW + timedelta(days=36500)), Expired),
    "backdated to stay in force": (
        lambda s: s.released(issued=NOW - timedelta(days=100), expires=NOW + timedelta(days=1)), Expired
    ),
    "without an expiry": (lambda s: s.stated(edit("predicate.expires", None)), SignatureInvalid),
    "expiring in no time zone": (
        lambda s: s.stated(edit("predicate.expires", "2099-01-01T00:00:00")), SignatureInvalid
    ),
    "with a field that nobody knows": (lambda s: s.stated(edit("predicate.force", True)), SignatureInvalid),
    "resting on no evidence": (lambda s: s.released(evidence=()), ApprovalMissing),
    "resting on other evidence": (lambda s: s.released(evidence=("e" * 64,)), ApprovalMissing),
    "resting on more evidence than was seen": (
        lambda s: s.released(evidence=(*s.release.evidence, "e" * 64)), ApprovalMissing
    ),
    "resting on no evidence, as was approved": (
        lambda s: s.released(evidence=(), approvals=(s.approval("rita", evidence=()), s.approval("paul", evidence=()))),
        ApprovalMissing,
    ),
    "in force a second too long": (lambda s: s.released(expires=NOW + timedelta(days=90, seconds=1)), Expired),
    "further ahead than clocks differ": (lambda s: s.released(issued=NOW + timedelta(minutes=5, seconds=1)), Expired),
    "under another policy": (lambda s: s.released(policy="e" * 64), ApprovalMissing),
    "of another adapter on these approvals": (lambda s: s.released(adapter=s.other), ApprovalMissing),
    "of changed weights under the approved name": (
        lambda s: s.released(adapter=s.release.adapter.model_copy(update={"weights": "f" * 64})), ApprovalMissing
    ),
}  # fmt: skip

APPROVALS: dict[str, tuple[Forge, type[MunimentError]]] = {
    "none": (lambda s: s.released(approvals=()), ApprovalMissing),
    "one": (lambda s: s.with_approvals(), ApprovalMissing),
    "the same one twice": (lambda s: s.with_approvals(s.approval("rita")), ApprovalMissing),
    "two by one person": (lambda s: s.with_approvals(s.approval("rita", reason="again")), ApprovalMissing),
    "by the requester": (lambda s: s.released(requester="paul"), SamePerson),
    "by who trained it": (lambda s: s.released(makers=("eve", "paul")), SamePerson),
    "by the requester in capitals": (lambda s: s.released(requester="PAUL"), SamePerson),
    "by the requester in wide letters": (lambda s: s.released(requester="ｐａｕｌ"), SamePerson),
    "for another adapter": (lambda s: s.with_approvals(s.approval("paul", adapter=s.other.digest)), ApprovalMissing),
    "for another adapter, about this one": (
        lambda s: s.with_approvals(s.approval("paul", s.release.adapter.digest, adapter=s.other.digest)),
        SignatureInvalid,
    ),
    "about another adapter": (lambda s: s.with_approvals(s.approval("paul", s.other.digest)), SignatureInvalid),
    "on other evidence": (lambda s: s.with_approvals(s.approval("paul", evidence=("e" * 64,))), ApprovalMissing),
    "on no evidence": (lambda s: s.with_approvals(s.approval("paul", evidence=())), ApprovalMissing),
    "on more evidence": (
        lambda s: s.with_approvals(s.approval("paul", evidence=(*s.release.evidence, "e" * 64))), ApprovalMissing
    ),
    "under another policy": (lambda s: s.with_approvals(s.approval("paul", policy="e" * 64)), ApprovalMissing),
    "expired": (lambda s: s.with_approvals(s.approval("paul", expires=NOW)), Expired),
    "dated tomorrow": (lambda s: s.with_approvals(s.approval("paul", issued=NOW + timedelta(days=1))), Expired),
    "ended before it began": (
        lambda s: s.with_approvals(s.approval("paul", issued=NOW + timedelta(days=9), expires=NOW + timedelta(days=2))),
        Expired,
    ),
    "in somebody else's name": (lambda s: s.with_approvals(s.approval("rob", principal="paul")), SignatureInvalid),
    "in a name that nobody has": (lambda s: s.with_approvals(s.approval("rob", principal="nina")), SignatureInvalid),
    "in the same name otherwise spelt": (
        lambda s: s.with_approvals(s.approval("rita", principal="Rita")), SignatureInvalid
    ),
    "signed by two at once": (
        lambda s: s.with_approvals(envelopes.add_signature(s.approval("paul"), s.key("rob"))), SignatureInvalid
    ),
    "by a stranger": (lambda s: s.with_approvals(s.approval("stranger")), UnknownSigner),
    "by an engineer": (lambda s: s.with_approvals(s.approval("eve")), UnknownSigner),
    "by the operator": (lambda s: s.with_approvals(s.approval("olaf")), UnknownSigner),
    "by the root key": (lambda s: s.with_approvals(s.approval("root")), UnknownSigner),
    "a rejection that was edited into one": (
        lambda s: s.with_approvals(edited(s.approval("paul", decision="reject"), b'"reject"', b'"approve"')),
        SignatureInvalid,
    ),
    "an expiry put off": (
        lambda s: s.with_approvals(
            edited(s.approval("paul", expires=NOW), b"2027-03-01T12:00:00Z", b"2037-03-01T12:00:00Z")
        ),
        SignatureInvalid,
    ),
    "a rejection among them": (
        lambda s: s.with_approvals(s.approval("paul"), s.approval("rob", decision="reject")), Revoked
    ),
    "a revocation among them": (
        lambda s: s.with_approvals(s.approval("paul"), s.approval("rob", decision="revoke")), Revoked
    ),
    "a release passed off as one": (lambda s: s.with_approvals(s.data.decode()), UnknownSigner),
    "evidence passed off as one": (
        lambda s: s.with_approvals(said_by(s, Evidence(type="x", subject="a" * 64, figures=()), "paul").decode()),
        SignatureInvalid,
    ),
    "an older kind of statement": (
        lambda s: s.with_approvals(resealed(s, s.approval("paul"), "/v1", "/v0", "paul")), SignatureInvalid
    ),
    "junk": (lambda s: s.with_approvals("{}"), SignatureInvalid),
}  # fmt: skip


def edited(envelope: str, old: bytes, new: bytes) -> str:
    """Its payload edited under the old signature."""
    parts = json.loads(envelope)
    payload = base64.b64decode(parts["payload"])
    assert old in payload
    parts["payload"] = base64.b64encode(payload.replace(old, new)).decode()
    return json.dumps(parts)


def resealed(scene: Scene, envelope: str, old: str, new: str, signer: str) -> str:
    statement = envelopes.payload(envelope).decode().replace(f"decision{old}", f"decision{new}")
    return envelopes.seal(statement.encode(), STATEMENT, [scene.key(signer)])


@pytest.mark.parametrize(("forge", "error"), RELEASES.values(), ids=RELEASES)
def test_a_false_release_is_refused(scene: Scene, forge: Forge, error: type[MunimentError]) -> None:
    with pytest.raises(error) as refused:
        verify_release(forge(scene), scene.trust, NOW, seen_version=2 if error is ReleaseReplayed else 1)
    assert type(refused.value) is error


@pytest.mark.parametrize(("forge", "error"), APPROVALS.values(), ids=APPROVALS)
def test_a_release_on_false_approvals_is_refused(scene: Scene, forge: Forge, error: type[MunimentError]) -> None:
    with pytest.raises(error) as refused:
        verify_release(forge(scene), scene.trust, NOW)
    assert type(refused.value) is error


def test_a_release_is_served_to_the_limit_of_its_time(scene: Scene) -> None:
    longest = scene.released(expires=NOW + timedelta(days=90))
    ahead = scene.released(issued=NOW + timedelta(minutes=5), expires=NOW + timedelta(days=1))
    last = scene.released(expires=NOW + timedelta(seconds=1))

    for sound in (longest, ahead, last):
        assert verify_release(sound, scene.trust, NOW).adapter == scene.release.adapter


def test_the_release_that_all_of_them_start_from_is_sound(scene: Scene) -> None:
    assert verify_release(scene.data, scene.trust, NOW, 1) == scene.release
    both = scene.with_approvals(scene.approval("paul"))
    assert verify_release(both, scene.trust, NOW).adapter == scene.release.adapter


def persons(scene: Scene, name: str, role: str, key: str) -> Principal:
    return Principal.model_validate({"name": name, "roles": [role], "keys": [scene.key(key).public_pem]})


def demoted(scene: Scene) -> Trust:
    """Paul is an auditor now; his key stays."""
    people = tuple(
        p.model_copy(update={"roles": ("auditor",)}) if p.name == "paul" else p for p in scene.trust.principals
    )
    return scene.trust.model_copy(update={"principals": people, "version": scene.trust.version + 1})


def key_turned(scene: Scene, name: str) -> Trust:
    trust = with_person(scene.trust, persons(scene, name, "reviewer" if name == "rita" else "operator", f"{name}-2"))
    return without_key(trust, name, scene.key(name).id)


LATER: dict[str, tuple[Callable[[Scene], Trust], type[MunimentError]]] = {
    "the operator was struck off": (lambda s: without_person(s.trust, "olaf"), UnknownSigner),
    "the operator's key was withdrawn": (lambda s: key_turned(s, "olaf"), UnknownSigner),
    "an approver was struck off": (lambda s: without_person(s.trust, "paul"), UnknownSigner),
    "an approver's key was withdrawn": (lambda s: key_turned(s, "rita"), UnknownSigner),
    "an approver lost the role": (demoted, UnknownSigner),
    "three approvals are asked now": (lambda s: with_roots(s.trust, (), (), {"approve": 3}), ApprovalMissing),
    "two reviewers are asked now": (lambda s: with_roots(s.trust, (), (), {"reviewer": 2}), ApprovalMissing),
    "two operators are asked now": (lambda s: with_roots(s.trust, (), (), {"release": 2}), UnknownSigner),
}


@pytest.mark.parametrize(("change", "error"), LATER.values(), ids=LATER)
def test_a_release_that_was_sound_is_refused_after_the_trust_root_changed(
    scene: Scene, change: Callable[[Scene], Trust], error: type[MunimentError]
) -> None:
    with pytest.raises(error) as refused:
        verify_release(scene.data, change(scene), NOW)
    assert type(refused.value) is error


def test_two_keys_of_one_operator_are_not_two_operators(scene: Scene) -> None:
    trust = with_roots(with_person(scene.trust, persons(scene, "olaf", "operator", "olaf-2")), (), (), {"release": 2})

    with pytest.raises(UnknownSigner):
        verify_release(envelopes.add_signature(scene.data, scene.key("olaf-2")).encode(), trust, NOW)


def test_two_keys_of_one_reviewer_are_not_two_reviewers(scene: Scene) -> None:
    trust = with_person(scene.trust, persons(scene, "rita", "reviewer", "rita-2"))

    with pytest.raises(ApprovalMissing):
        verify_release(scene.with_approvals(scene.approval("rita-2", reason="on the laptop")), trust, NOW)


REFUSALS: dict[str, tuple[Callable[[Scene], str], type[MunimentError]]] = {
    "a rejection": (lambda s: s.approval("rob", decision="reject"), Revoked),
    "a revocation": (lambda s: s.approval("rob", decision="revoke"), Revoked),
    "a revocation by somebody who has left": (lambda s: s.approval("stranger", decision="revoke"), Revoked),
    "an expired revocation": (lambda s: s.approval("rob", decision="revoke", expires=NOW - timedelta(days=1)), Revoked),
    "a revocation on other evidence": (lambda s: s.approval("rob", decision="revoke", evidence=()), Revoked),
    "a revocation whose signature was spoilt": (
        lambda s: edited(s.approval("rob", decision="revoke"), b'"fit"', b'"fie"'), Revoked
    ),
    "one that cannot be read": (lambda s: "{}", SignatureInvalid),
    "another statement": (lambda s: s.data.decode(), SignatureInvalid),
}  # fmt: skip


@pytest.mark.parametrize(("refusal", "error"), REFUSALS.values(), ids=REFUSALS)
def test_a_release_with_a_refusal_beside_it_is_refused(
    scene: Scene, refusal: Callable[[Scene], str], error: type[MunimentError]
) -> None:
    with pytest.raises(error) as refused:
        verify_release(scene.data, scene.trust, NOW, refusals=[refusal(scene)])
    assert type(refused.value) is error


def test_a_refusal_of_another_adapter_does_not_stop_this_one(scene: Scene) -> None:
    other = scene.approval("rob", decision="revoke", adapter=scene.other.digest)

    assert verify_release(scene.data, scene.trust, NOW, refusals=[other]) == scene.release


def test_a_second_release_under_a_version_that_was_served_is_a_replay(scene: Scene, tmp_path: Path) -> None:
    seen.write(tmp_path / "seen.json", scene.release)
    fork = verify_release(scene.released(reason="another one"), scene.trust, NOW, scene.release.version)

    with pytest.raises(ReleaseReplayed):
        seen.check(seen.read(tmp_path / "seen.json"), fork)


def test_what_was_seen_is_not_forgotten_by_damage(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "seen.json").write_text("{")
    (tmp_path / "refusals").mkdir()
    (tmp_path / "refusals" / "a.json").write_bytes(b"\xff")

    with pytest.raises(IntegrityError):
        seen.read(tmp_path / "seen.json")
    with pytest.raises(IntegrityError):
        read_refusals(tmp_path / "refusals")


def test_a_rollback_is_a_new_release_of_the_older_adapter_and_is_served(scene: Scene) -> None:
    rollback = scene.released(version=3)

    assert verify_release(rollback, scene.trust, NOW, seen_version=2).adapter == scene.release.adapter
    with pytest.raises(ReleaseReplayed):
        verify_release(scene.data, scene.trust, NOW, seen_version=2)
