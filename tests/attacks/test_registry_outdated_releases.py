"""A release that was sound is refused once people, thresholds or refusals say otherwise, or a later one was seen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from registry.errors import (
    ApprovalMissing,
    IntegrityError,
    MunimentError,
    ReleaseReplayed,
    Revoked,
    SignatureInvalid,
    UnknownSigner,
)  # fmt: skip
from registry.release.verification import fallen, read_refusals, verify_release
from registry.signatures import envelopes
from registry.trust.changes import with_person, with_roots, without_key, without_person
from registry.trust.principals import Trust
from serving import seen
from tests.forging import (
    Scene,
    edited,
    persons,
)
from tests.registered import NOW


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


def test_every_release_file_that_a_changed_trust_root_refuses_is_named(scene: Scene, tmp_path: Path) -> None:
    for name, alias in (("release.json", "production"), ("release.candidate.json", "candidate")):
        (tmp_path / name).write_bytes(scene.released(alias=alias))
    (tmp_path / "release.candidate.proposed.json").write_bytes(b"half signed")

    assert fallen(tmp_path, scene.trust, NOW) == []
    told = fallen(tmp_path, without_person(scene.trust, "olaf"), NOW)

    assert [path.name for path, _ in told] == ["release.candidate.json", "release.json"]
    assert all("whom the trust root does not know" in sentence for _, sentence in told)


def test_what_lies_in_the_place_of_a_release_is_named_too(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "release.json").mkdir()

    ((path, sentence),) = fallen(tmp_path, scene.trust, NOW)

    assert path.name == "release.json"
    assert "cannot be read" in sentence


def test_refusals_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("c", "a", "e", "b", "d"):
        (tmp_path / f"{name}.json").write_text(f"{name}, refusée", encoding="utf-8")
    (tmp_path / "a.txt").write_text("a note")

    assert read_refusals(tmp_path) == [f"{name}, refusée" for name in "abcde"]


def test_two_keys_of_one_operator_are_not_two_operators(scene: Scene) -> None:
    trust = with_roots(with_person(scene.trust, persons(scene, "olaf", "operator", "olaf-2")), (), (), {"release": 2})

    with pytest.raises(UnknownSigner):
        verify_release(envelopes.add_signature(scene.data, scene.key("olaf-2")).encode(), trust, NOW)


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


def test_an_approval_that_lies_among_refusals_stops_nothing(scene: Scene) -> None:
    assert verify_release(scene.data, scene.trust, NOW, refusals=[scene.approval("rob")]) == scene.release


def test_a_second_release_under_a_version_that_was_served_is_a_replay(scene: Scene, tmp_path: Path) -> None:
    seen.write(tmp_path / "seen.json", scene.release, NOW)
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
