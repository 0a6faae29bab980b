"""What an accepted loss takes in again: what people decided, and nothing that an operator made alone."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from registry.audit.verification import verify
from registry.database.backup import back_up
from registry.database.listing import listing
from registry.database.restoring import Acceptance, Restored, restore
from registry.decisions.approvals import revoke
from registry.erasure.erasure import finish, pending
from registry.erasure.records import Erasure, Plan, Removed
from registry.errors import ApprovalMissing, IntegrityError, Revoked, RolledBack
from registry.records import Adapter, Release
from registry.release import releases
from registry.release.files import heal
from registry.release.past import moment
from registry.release.proposals import proposal_path, propose
from registry.signatures import attestations
from registry.trust.changes import without_person
from registry.trust.keys import load_key
from registry.trust.seen import trusts_of
from registry.trust.signing import change
from serving import refusals
from tests.registered import NOW, Place, make_place


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Demo is in production; other was registered, and nobody approved it."""
    monkeypatch.setenv("MUNIMENT_KEYS", str(tmp_path / "keys"))
    made = make_place(tmp_path)
    with made.registry() as registry:
        demo = made.adapter(registry)
        made.approve(registry, demo)
        made.promote(registry, demo)
        made.adapter(registry, 2, "other")
    return made


def backup(place: Place) -> Path:
    """A backup that the registry has gone on from."""
    target = place.workspace.root.parent / "house.backup"
    with place.registry() as registry:
        back_up(registry, target, place.trust)
        registry.refuse("try", (), "that will be lost")
    return target


def put_back(place: Place, source: Path) -> Restored:
    return restore(place.workspace, source, place.trust, "olaf", Acceptance(place.by("olaf"), "the disk failed"))


def current(place: Place) -> Adapter:
    with place.registry() as registry:
        found = registry.current("production")
        assert found is not None
        return found.adapter


def status(place: Place, name: str) -> str:
    with place.registry() as registry:
        rows = listing(registry, "adapters").as_dicts()
    return next(str(row["status"]) for row in rows if str(row["adapter"]).startswith(f"{name}@"))


@pytest.mark.parametrize("how", ["revoked", "released"])
def test_a_backup_is_older_than_what_was_signed_since_though_no_registry_is_there_to_say_so(
    place: Place, how: str
) -> None:
    """No event after the last checkpoint is known outside, and the file went with its disk, or with whoever took it."""
    target = place.workspace.root.parent / "house.backup"
    with place.registry() as registry:
        back_up(registry, target, place.trust)
    with place.registry() as registry:
        demo = registry.find("demo")
        if how == "revoked":
            revoke(registry, place.case(demo), place.by("rita"))
            heal(registry, place.workspace)
        else:
            place.promote(registry, demo)
            shutil.rmtree(place.workspace.checkpoints)
    place.workspace.registry.unlink()

    with pytest.raises(RolledBack, match="1 later ones are known"):
        restore(place.workspace, target, place.trust, "olaf")

    assert not place.workspace.registry.exists()
    assert put_back(place, target).adopted == 1
    if how == "revoked":
        with place.registry() as registry, pytest.raises(Revoked):
            place.promote(registry, demo)
    else:
        with place.registry() as registry:
            assert [one.version for one in registry.releases("production")] == [1, 2]


def test_whoever_takes_a_backup_from_before_an_erasure_is_told_to_end_it_again(place: Place) -> None:
    target = place.workspace.root.parent / "house.backup"
    with place.registry() as registry:
        back_up(registry, target, place.trust)
    store, artifact = place.workspace.artifacts, "e" * 64
    said = Erasure(
        what="document", key_id="", subject=None, documents=(), rows=(), removed=(Removed(artifact=artifact),),
        tombstones={}, revoked=(), plan=Plan(), principal="paul", reason="asked for", issued=NOW,
    )  # fmt: skip
    mark = store.tombstone(artifact)
    mark.parent.mkdir(parents=True)
    mark.write_text(attestations.sign(said, "erasure", said.digest, place.by("paul").key))
    place.workspace.registry.unlink()

    with pytest.raises(RolledBack):
        restore(place.workspace, target, place.trust, "olaf")
    done = put_back(place, target)

    assert (done.adopted, done.unfinished) == (1, 1)


def test_what_somebody_forbade_or_erased_who_has_left_since_is_taken_in(place: Place) -> None:
    target, artifact = backup(place), "e" * 64
    erased = Erasure(
        what="document", key_id="", subject=None, documents=(), rows=(), removed=(Removed(artifact=artifact),),
        tombstones={}, revoked=(), plan=Plan(), principal="paul", reason="asked for", issued=NOW,
    )  # fmt: skip
    mark = place.workspace.artifacts.tombstone(artifact)
    mark.parent.mkdir(parents=True)
    mark.write_text(attestations.sign(erased, "erasure", erased.digest, place.by("paul").key))
    with place.registry() as registry:
        revoke(registry, place.case(registry.find("demo")), place.by("rita"))
        heal(registry, place.workspace)
    for name in ("paul", "rita"):
        change(place.workspace.trust, without_person(place.trust, name), [load_key("root", place.keys)], NOW)

    done = put_back(place, target)

    assert (done.adopted, done.unfinished) == (2, 1)
    assert status(place, "demo") == "revoked"
    with place.registry() as registry:
        finish(registry, place.workspace, pending(registry)[0])


def test_a_release_that_an_operator_made_alone_is_not_taken_in(place: Place) -> None:
    target = backup(place)
    with place.registry() as registry:
        sound, other = registry.releases("production")[-1], registry.find("other")
    for approvals in (sound.approvals, ()):
        alone = sound.model_copy(update={"version": 2, "adapter": other, "approvals": approvals})
        signed = attestations.sign(alone, "other", other.digest, place.by("olaf").key)
        place.workspace.release.write_text(signed)
        (place.workspace.root / "release.candidate.json").write_text(signed)

        assert put_back(place, target).adopted == 0
        assert current(place).name == "demo"
        assert status(place, "other") == "candidate"
        with place.registry() as registry:
            heal(registry, place.workspace)
            found = {one.sentence for one in verify(registry, place.workspace, place.trust, NOW) if one.integrity}
            assert any("release" in sentence for sentence in found)
            with pytest.raises(ApprovalMissing):
                releases.promote(registry, place.workspace, place.case(other), place.by("olaf"))
            registry.refuse("try", (), "that will be lost")


@pytest.mark.parametrize("lowered", [False, True], ids=["two operators asked for", "one asked for since"])
def test_a_proposal_that_one_operator_signed_is_not_taken_in(place: Place, lowered: bool) -> None:
    target = backup(place)
    place.threshold(release=2)
    with place.registry() as registry:
        propose(registry, place.workspace, place.case(registry.find("demo")), place.by("olaf"), "production")
    if lowered:
        place.threshold(release=1)

    assert put_back(place, target).adopted == 0

    with place.registry() as registry:
        assert [one.version for one in registry.releases("production")] == [1]
    assert proposal_path(place.workspace, "production").exists()


def test_what_was_released_before_an_approver_left_is_taken_in_and_dated(place: Place) -> None:
    target = backup(place)
    with place.registry() as registry:
        place.promote(registry, registry.find("demo"))
    change(place.workspace.trust, without_person(place.trust, "rita"), [load_key("root", place.keys)], NOW)

    assert put_back(place, target).adopted == 1

    with place.registry() as registry:
        newest = registry.releases("production")[-1]
        assert (newest.version, isinstance(newest, Release)) == (2, True)
        told = registry.events_about(newest.digest)[-1]
        meant = moment(registry, trusts_of(place.workspace, place.trust), "production", told.at + timedelta(seconds=1))
    assert (meant.release, meant.event.action) == (newest, "restore.release")


@pytest.mark.parametrize("odd", ["pipe", "file"])
def test_a_refusal_that_cannot_be_read_is_not_forgotten_in_silence(place: Place, odd: str) -> None:
    source = backup(place)
    if odd == "file":
        place.workspace.refusals.write_bytes(b"")
    else:
        place.workspace.refusals.mkdir()
        os.mkfifo(place.workspace.refusals / "x.json")

    with pytest.raises(IntegrityError, match="cannot be read"):
        put_back(place, source)


def test_a_revocation_that_a_server_saw_is_taken_in_though_nobody_publishes_it_any_more(place: Place) -> None:
    target = backup(place)
    with place.registry() as registry:
        revoke(registry, place.case(registry.find("demo")), place.by("rita"))
        heal(registry, place.workspace)
    assert refusals.known(place.workspace, place.trust)
    shutil.rmtree(place.workspace.refusals)

    assert put_back(place, target).adopted == 1
    assert status(place, "demo") == "revoked"
