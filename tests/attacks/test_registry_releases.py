"""What somebody would try to get an adapter into production, and what stops it."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from registry.audit.verification import verify
from registry.database.store import Attestation, Change, Registry
from registry.decisions.approvals import revoke
from registry.errors import (
    ApprovalMissing,
    ConfigError,
    DigestMismatch,
    Expired,
    GateRefused,
    IntegrityError,
    MunimentError,
    NotFound,
    Refused,
    ReleaseReplayed,
    Revoked,
    SamePerson,
    SignatureInvalid,
    UnknownSigner,
)  # fmt: skip
from registry.records import Adapter, Decision, Release
from registry.release import releases
from registry.release.files import heal
from registry.release.verification import read_refusals, verify_release
from registry.signatures import attestations
from registry.trust import signing
from registry.trust.changes import without_person
from registry.trust.keys import load_key, new_key
from tests.registered import NOW, POLICY, Place, make_place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


def approved(place: Place, registry: Registry, seed: int = 1) -> Adapter:
    adapter = place.adapter(registry, seed)
    place.approve(registry, adapter)
    return adapter


def released(place: Place) -> Release:
    with place.registry() as registry:
        return place.promote(registry, approved(place, registry))


def resigned(place: Place, release: Release, signer: str = "olaf", subject: str = "") -> bytes:
    key = load_key(signer, place.keys)
    return attestations.sign(release, "x", subject or release.adapter.digest, key).encode()


@pytest.mark.usefixtures("backend")
def test_a_sound_release_is_served(place: Place) -> None:
    release = released(place)

    assert verify_release(place.workspace.release.read_bytes(), place.trust, NOW, 1) == release


def test_serving_verifies_without_a_database_library() -> None:
    code = "import registry.release.verification, registry.trust.root, sys; sys.exit('duckdb' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.usefixtures("backend")
def test_an_unapproved_adapter_is_not_promoted(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter, "rita")

        with pytest.raises(ApprovalMissing):
            place.promote(registry, adapter)
        assert not place.workspace.release.exists()
        assert registry.events()[-1].outcome == "refused"


@pytest.mark.usefixtures("backend")
def test_an_adapter_changed_after_approval_is_not_promoted(place: Place) -> None:
    with place.registry() as registry:
        adapter = approved(place, registry)
        (place.workspace.artifacts.path(adapter.weights) / "adapter_model.safetensors").write_text("other weights")

        with pytest.raises(DigestMismatch):
            place.promote(registry, adapter)


@pytest.mark.usefixtures("backend")
def test_only_an_operator_promotes(place: Place) -> None:
    with place.registry() as registry:
        adapter = approved(place, registry)

        with pytest.raises(Refused):
            releases.promote(registry, place.workspace, place.case(adapter), place.by("rita"))


def test_a_release_by_an_unknown_key_is_not_served(place: Place) -> None:
    release = released(place)
    new_key("stranger", place.keys)

    with pytest.raises(UnknownSigner):
        verify_release(resigned(place, release, "stranger"), place.trust, NOW)


def test_a_release_by_a_reviewer_is_not_served(place: Place) -> None:
    with pytest.raises(UnknownSigner):
        verify_release(resigned(place, released(place), "rita"), place.trust, NOW)


def test_a_replayed_release_is_not_served(place: Place) -> None:
    released(place)

    with pytest.raises(ReleaseReplayed):
        verify_release(place.workspace.release.read_bytes(), place.trust, NOW, seen_version=2)


@pytest.mark.parametrize("when", [NOW + timedelta(days=31), NOW - timedelta(hours=1)])
def test_a_release_is_not_served_before_or_after_its_time(place: Place, when: object) -> None:
    released(place)

    with pytest.raises(Expired):
        verify_release(place.workspace.release.read_bytes(), place.trust, when)  # type: ignore[arg-type]


@pytest.mark.usefixtures("backend")
def test_a_release_for_another_alias_is_not_served_as_production(place: Place) -> None:
    with place.registry() as registry:
        adapter = approved(place, registry)
        releases.promote(registry, place.workspace, place.case(adapter), place.by("olaf"), "candidate")
    path = place.workspace.root / "release.candidate.json"

    with pytest.raises(SignatureInvalid):
        verify_release(path.read_bytes(), place.trust, NOW)


@pytest.mark.parametrize("field", ["payload", "signatures"])
def test_an_altered_envelope_is_not_served(place: Place, field: str) -> None:
    released(place)
    envelope = json.loads(place.workspace.release.read_bytes())
    if field == "payload":
        envelope["payload"] = envelope["payload"][:-8] + "AAAAAAA="
    else:
        envelope["signatures"][0]["sig"] = "MEUCIQ" + envelope["signatures"][0]["sig"][6:-8] + "AAAAAAA="

    with pytest.raises(IntegrityError):
        verify_release(json.dumps(envelope).encode(), place.trust, NOW)


@pytest.mark.parametrize("junk", [b"", b"{}", b"[]", b"null", b'{"payload": 1, "payloadType": 2, "signatures": 3}'])
def test_junk_is_refused_by_name(place: Place, junk: bytes) -> None:
    with pytest.raises(SignatureInvalid):
        verify_release(junk, place.trust, NOW)


def test_an_operator_cannot_release_with_one_approval_or_one_person_twice(place: Place) -> None:
    release = released(place)
    one = release.approvals[0]

    for approvals in ((), (one,), (one, one)):
        with pytest.raises(ApprovalMissing):
            verify_release(resigned(place, release.model_copy(update={"approvals": approvals})), place.trust, NOW)


def test_two_keys_of_one_person_are_one_approval(place: Place) -> None:
    release = released(place)
    second = place.add_key("paul", "paul-2", "privacy_officer")
    decision = Decision(
        decision="approve", adapter=release.adapter.digest, evidence=release.evidence, policy=POLICY,
        principal="paul", reason="again", issued=NOW, expires=NOW + timedelta(days=1),
    )  # fmt: skip
    first = release.approvals[0]
    again = attestations.sign(decision, "x", release.adapter.digest, second)

    with pytest.raises(ApprovalMissing):
        verify_release(resigned(place, release.model_copy(update={"approvals": (first, again)})), place.trust, NOW)


def test_an_approval_in_somebody_elses_name_does_not_count(place: Place) -> None:
    release = released(place)
    decision = Decision(
        decision="approve", adapter=release.adapter.digest, evidence=release.evidence, policy=POLICY,
        principal="paul", reason="forged", issued=NOW, expires=NOW + timedelta(days=1),
    )  # fmt: skip
    forged = attestations.sign(decision, "x", release.adapter.digest, load_key("rob", place.keys))
    rita = next(a for a in release.approvals if "rita" in str(attestations_of(a)))

    with pytest.raises(MunimentError, match="signature"):
        verify_release(resigned(place, release.model_copy(update={"approvals": (rita, forged)})), place.trust, NOW)


def attestations_of(envelope: str) -> bytes:
    import base64

    return base64.b64decode(json.loads(envelope)["payload"])


def test_approvals_of_another_adapter_do_not_count(place: Place) -> None:
    with place.registry() as registry:
        first = place.promote(registry, approved(place, registry, 1))
        second = place.adapter(registry, 2)
    stolen = first.model_copy(update={"adapter": second})

    with pytest.raises(ApprovalMissing):
        verify_release(resigned(place, stolen), place.trust, NOW)


def test_a_release_that_names_other_evidence_or_policy_than_was_approved_is_not_served(place: Place) -> None:
    release = released(place)

    for change in ({"evidence": ("e" * 64,)}, {"policy": "e" * 64}, {"evidence": ()}):
        with pytest.raises(ApprovalMissing):
            verify_release(resigned(place, release.model_copy(update=change)), place.trust, NOW)


def test_the_requester_does_not_count_as_an_approver(place: Place) -> None:
    release = released(place)

    with pytest.raises(SamePerson):
        verify_release(resigned(place, release.model_copy(update={"requester": "rita"})), place.trust, NOW)


def test_a_release_signed_over_another_subject_is_not_served(place: Place) -> None:
    with pytest.raises(SignatureInvalid):
        verify_release(resigned(place, released(place), subject="e" * 64), place.trust, NOW)


@pytest.mark.usefixtures("backend")
def test_a_forged_approval_in_the_database_stops_the_promotion_and_is_found(place: Place) -> None:
    with place.registry("mallory") as registry:
        adapter = place.adapter(registry)
        decision = Decision(
            decision="approve", adapter=adapter.digest, evidence=(), policy=POLICY, principal="rita", reason="",
            issued=NOW, expires=NOW + timedelta(days=1),
        )  # fmt: skip
        envelope = json.loads(attestations.sign(decision, "x", adapter.digest, load_key("rita", place.keys)))
        envelope["signatures"][0]["sig"] = "MEUCIQ" + "A" * 90
        forged = Attestation(adapter.digest, "decision", json.dumps(envelope), "rita")
        registry.apply(Change("approve", (adapter.digest,), attestations=(forged,)))

        with pytest.raises(SignatureInvalid):
            place.promote(registry, adapter)
        assert any(f.integrity for f in verify(registry, place.workspace, place.trust, NOW, adapter))


@pytest.mark.usefixtures("backend")
def test_rolling_back_is_a_new_release_of_the_earlier_adapter_and_twice_goes_forward(place: Place) -> None:
    with place.registry() as registry:
        first, second = approved(place, registry, 1), approved(place, registry, 2)
        place.promote(registry, first)
        with pytest.raises(NotFound):
            releases.before(registry)
        place.promote(registry, second)

        for expected, version in ((first, 3), (second, 4)):
            case = place.case(releases.before(registry))
            release = releases.rollback(registry, place.workspace, case, place.by("olaf"))
            assert (release.adapter, release.version) == (expected, version)
            assert verify_release(place.workspace.release.read_bytes(), place.trust, NOW, version) == release


@pytest.mark.usefixtures("backend")
def test_nobody_rolls_back_to_a_revoked_adapter(place: Place) -> None:
    with place.registry() as registry:
        first, second = approved(place, registry, 1), approved(place, registry, 2)
        place.promote(registry, first)
        place.promote(registry, second)
        revoke(registry, place.case(first), place.by("rob"))

        with pytest.raises(Refused):
            releases.rollback(registry, place.workspace, place.case(first), place.by("olaf"))
        assert registry.find("production") == second


@pytest.mark.usefixtures("backend")
def test_a_released_adapter_that_is_revoked_later_is_not_served_again(place: Place) -> None:
    release = released(place)
    with place.registry() as registry:
        revoke(registry, place.case(release.adapter), place.by("rob"))
        heal(registry, place.workspace)
        assert "production release" in {f.about for f in verify(registry, place.workspace, place.trust, NOW)}
    refusals = read_refusals(place.workspace.refusals)

    with pytest.raises(Revoked):
        verify_release(place.workspace.release.read_bytes(), place.trust, NOW, refusals=refusals)
    with pytest.raises(SignatureInvalid):
        verify_release(place.workspace.release.read_bytes(), place.trust, NOW, refusals=["junk"])


@pytest.mark.usefixtures("backend")
def test_an_adapter_that_the_gate_never_compared_with_production_is_not_released(place: Place) -> None:
    with place.registry() as registry:
        second = place.adapter(registry, 2)
        place.approve(registry, second)
        first = place.adapter(registry, 1)
        place.approve(registry, first)
        place.promote(registry, first)

        with pytest.raises(GateRefused, match="has not compared"):
            place.promote(registry, second)


@pytest.mark.parametrize("alias", ["proposed", "production.proposed", "deadbeef", "", "../x", "a/b", "-x", "x\n"])
def test_no_alias_is_taken_for_something_else_or_names_another_file(place: Place, alias: str) -> None:
    """`release.proposed.json` would be passed over wherever releases are looked for."""
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)

        with pytest.raises(ConfigError, match="cannot be an alias"):
            releases.promote(registry, place.workspace, place.case(adapter), place.by("olaf"), alias)

    assert not list(place.workspace.root.glob("release*"))


def test_nothing_is_promoted_behind_a_release_that_no_operator_signed(place: Place) -> None:
    """Whoever can add rows would make an adapter one that was in force before, which the gate need not compare."""
    with place.registry() as registry:
        first = place.adapter(registry, 1)
        place.approve(registry, first)
        sound = place.promote(registry, first)
        uncompared, last = place.adapter(registry, 2), place.adapter(registry, 3)
        for adapter in (uncompared, last):
            place.approve(registry, adapter)
        place.promote(registry, last)
        with pytest.raises(GateRefused):
            place.promote(registry, uncompared)
        forged = sound.model_copy(update={"adapter": uncompared})
        by_a_reviewer = attestations.sign(forged, "x", uncompared.digest, load_key("rita", place.keys))
        stated = Attestation(forged.digest, Release.kind, by_a_reviewer, "olaf")
        registry.apply(Change("add", (forged.digest,), records=(forged,), attestations=(stated,)))

        with pytest.raises(SignatureInvalid, match="no operator's signature"):
            place.promote(registry, uncompared)

        named = verify(registry, place.workspace, place.trust, place.now)
        assert any(one.integrity and one.about == "production release 1" for one in named)


def test_a_release_by_an_operator_who_has_left_is_gone_on_from(place: Place) -> None:
    place.add_key("otto", "otto", "operator")
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        place.promote(registry, adapter)
        left, root = without_person(place.trust, "olaf"), load_key("root", place.keys)
        signing.change(place.workspace.trust, left, [root], place.now)

        again = releases.promote(registry, place.workspace, place.case(adapter), place.by("otto"))

        assert again.version == 2

        named = verify(registry, place.workspace, place.trust, place.now)
        assert not [one for one in named if one.about == "production release 1"]
