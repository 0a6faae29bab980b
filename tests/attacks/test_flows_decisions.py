"""Attempts to get an adapter into production, or to keep a changed one there, through the command line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from registry.database.store import Registry
from registry.records import Adapter, Verdict
from registry.workspace import Workspace
from tests.walked import Ended, Place, candidate, muniment, with_people


@pytest.fixture(scope="module")
def peopled(walked_once: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    return with_people(walked_once.copy(tmp_path_factory.mktemp("peopled")))


@pytest.fixture
def place(peopled: Place, tmp_path: Path) -> Place:
    """People with keys; nothing approved yet."""
    return peopled.copy(tmp_path / "copy")


@pytest.fixture
def released(released_once: Place, tmp_path: Path) -> Place:
    return released_once.copy(tmp_path / "copy")


def is_refused(ended: Ended, code: int, name: str) -> None:
    assert (ended.code, f"({name})" in ended.err, "Traceback" in ended.err) == (code, True, False), ended.err


def decide(place: Place, verb: str, who: str) -> Ended:
    return muniment(place, verb, candidate(place), "--key", who, "--reason", "fit")


def weights(place: Place) -> Path:
    with Registry.open(place.workspace.registry, "tests") as registry:
        adapter = registry.all(Adapter)[-1]
    return place.workspace.artifacts.path(adapter.weights)


def test_one_approval_is_not_enough(place: Place) -> None:
    assert decide(place, "approve", "rita").code == 0

    is_refused(decide(place, "promote", "olaf"), 4, "ApprovalMissing")
    assert not place.workspace.release.exists()


def test_the_same_person_does_not_count_twice(place: Place) -> None:
    assert decide(place, "approve", "rita").code == 0

    is_refused(decide(place, "approve", "rita"), 4, "SamePerson")


def test_a_second_key_does_not_make_a_second_person(place: Place) -> None:
    assert muniment(place, "keys", "new", "second", "--no-passphrase").code == 0
    public = str(place.keys / "second.pub")
    assert muniment(place, "trust", "add", "rita", public, "--role", "reviewer").code == 0
    assert decide(place, "approve", "rita").code == 0

    is_refused(decide(place, "approve", "second"), 4, "SamePerson")


def test_the_pipeline_may_not_approve_what_it_made(place: Place) -> None:
    is_refused(decide(place, "approve", "pipeline"), 4, "Refused")


def test_an_adapter_whose_verdicts_were_taken_out_cannot_be_approved(place: Place) -> None:
    with Registry.open(place.workspace.registry, "tests") as registry:
        verdicts = [v.digest for v in registry.all(Verdict)]
        marks = ", ".join("?" * len(verdicts))
        registry.connection.execute(f"DELETE FROM records WHERE digest IN ({marks})", verdicts)

    is_refused(decide(place, "approve", "rita"), 5, "IntegrityError")


def test_an_approval_under_another_policy_does_not_count(place: Place) -> None:
    assert decide(place, "approve", "rita").code == 0
    policy = place.workspace.policy.read_text().replace("general_drop: 1.0", "general_drop: 0.9")
    place.workspace.policy.write_text(policy)

    is_refused(decide(place, "approve", "paul"), 4, "EvidenceMissing")


def test_a_stranger_may_not_approve(place: Place) -> None:
    assert muniment(place, "keys", "new", "stranger", "--no-passphrase").code == 0

    is_refused(decide(place, "approve", "stranger"), 5, "UnknownSigner")


def test_a_revoked_adapter_may_not_be_promoted_again(released: Place) -> None:
    assert decide(released, "revoke", "rita").code == 0

    is_refused(decide(released, "promote", "olaf"), 4, "Revoked")


def test_a_changed_adapter_file_is_found_and_not_promoted(released: Place) -> None:
    file = weights(released) / "adapter_model.safetensors"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.chmod(0o644)
    file.write_bytes(content)

    verified = muniment(released, "verify")

    assert (verified.code, "Traceback" in verified.err) == (5, False), verified.err
    is_refused(decide(released, "promote", "olaf"), 5, "DigestMismatch")


def test_a_release_by_an_unknown_key_is_not_served(released: Place, tmp_path: Path) -> None:
    other = Place(tmp_path / "other", tmp_path / "otherkeys")
    assert muniment(other, "init", str(other.root)).code == 0
    shutil.copyfile(other.workspace.trust, released.workspace.trust)

    is_refused(muniment(released, "serve", "--port", "0"), 5, "UnknownSigner")


def test_no_command_says_what_is_in_force_under_a_trust_root_put_back(released: Place) -> None:
    trust = released.workspace.trust
    kept = trust.read_bytes()
    assert muniment(released, "trust", "remove", "rita").code == 0
    trust.write_bytes(kept)

    for words in (("status",), ("show", "production"), ("report", candidate(released)), ("run",)):
        is_refused(muniment(released, *words), 5, "ReleaseReplayed")
    doctor = muniment(released, "doctor")
    assert doctor.code == 1
    assert "is not newer than the trust root seen before" in doctor.out


def test_an_edited_audit_event_is_named(released: Place) -> None:
    edit(released.workspace, "UPDATE events SET body = replace(body, 'approve', 'appease')")

    is_refused(muniment(released, "audit", "verify"), 5, "ChainBroken")


def test_an_edited_record_is_named(released: Place) -> None:
    edit(released.workspace, "UPDATE records SET body = replace(body, '\"rank\":8', '\"rank\":9')")

    is_refused(muniment(released, "show", "production"), 5, "DigestMismatch")
    is_refused(muniment(released, "promote", "tiny", "--key", "olaf"), 5, "DigestMismatch")


def edit(workspace: Workspace, sql: str) -> None:
    with Registry.open(workspace.registry, "mallory") as registry:
        registry.connection.execute(sql)
