"""Backups: proved when they are made and when they are put back; what was decided since is never forgotten silently."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from pathlib import Path

import duckdb
import pytest

from registry.audit.proving import prove
from registry.audit.verification import verify
from registry.database import folding, schema
from registry.database.backup import back_up
from registry.database.copying import TABLES
from registry.database.listing import listing
from registry.database.restoring import Acceptance, restore
from registry.database.store import Registry
from registry.decisions import approvals
from registry.errors import (
    ChainBroken,
    ConfigError,
    IntegrityError,
    MunimentError,
    NotFound,
    Refused,
    Revoked,
    RolledBack,
    RowsDiffer,
)
from registry.records import Adapter, Document
from registry.release.files import heal
from registry.workspace import Workspace
from tests.registered import NOW, Place, make_place


@pytest.fixture(autouse=True)
def own_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUNIMENT_KEYS", str(tmp_path / "keys"))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = make_place(tmp_path)
    with made.registry() as registry:
        adapter = made.adapter(registry)
        made.vouch(registry)
        made.approve(registry, adapter)
        made.promote(registry, adapter)
    return made


def backed_up(place: Place, name: str = "copy.duckdb") -> Path:
    target = place.workspace.root.parent / name
    with place.registry() as registry:
        back_up(registry, target, place.trust)
    return target


def put_back(place: Place, source: Path, acceptance: Acceptance | None = None) -> tuple[int, int]:
    done = restore(place.workspace, source, place.trust, "olaf", acceptance)
    return done.lost, done.adopted


def accepted(place: Place, who: str = "olaf") -> Acceptance:
    return Acceptance(place.by(who), "the disk of the newest is gone")


def unsound(place: Place) -> set[str]:
    with place.registry() as registry:
        return {one.sentence for one in verify(registry, place.workspace, place.trust, NOW) if one.integrity}


def test_a_copy_holds_every_table_that_the_migrations_make() -> None:
    with duckdb.connect(":memory:") as fresh:
        schema.migrate(fresh, Path("fresh"), "")
        made = {str(name) for (name,) in fresh.execute("SELECT table_name FROM duckdb_tables()").fetchall()}

    assert made == {*TABLES, "schema_version"}


def test_a_backup_is_a_registry_that_proves_the_same(place: Place) -> None:
    target = backed_up(place)

    with place.registry() as registry, Registry.open(target, "eve", sealing=registry.sealing) as copied:
        assert copied.events() == registry.events()
        assert prove(copied, place.trust) == prove(registry, place.trust)
    with pytest.raises(ConfigError, match="nothing is overwritten"):
        backed_up(place)


def test_a_backup_is_whole_while_others_write(place: Place) -> None:
    stop = threading.Event()

    def write() -> None:
        with place.registry("writer") as registry:
            while not stop.is_set():
                registry.refuse("try", (), "again")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        target = backed_up(place)
    finally:
        stop.set()
        writer.join()

    with Registry.open(target, "eve") as copied, place.registry() as registry:
        events = copied.events()
        assert events == registry.events()[: len(events)]


def test_a_restored_registry_holds_its_own_restoring_however_large_it_is(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = backed_up(place)
    monkeypatch.setattr(folding, "_LARGE_BYTES", 1)

    done = restore(place.workspace, copy, place.trust, "olaf")

    with place.registry() as registry:
        assert len(registry.events()) == done.events


def test_a_lost_registry_comes_back_from_its_backup(place: Place) -> None:
    target = backed_up(place)
    place.workspace.registry.unlink()

    assert put_back(place, target) == (0, 0)

    assert unsound(place) == set()
    with place.registry() as registry:
        assert registry.find("production").name == "demo"
        assert registry.events()[-1].action == "restore"


def test_a_copy_older_than_what_is_known_is_refused_and_nothing_changes(place: Place) -> None:
    target = backed_up(place)
    with place.registry() as registry:
        place.promote(registry, registry.find("demo"))
    before = place.workspace.registry.read_bytes()

    with pytest.raises(RolledBack, match="later ones are known and would be lost"):
        put_back(place, target)
    place.workspace.registry.rename(place.workspace.root / "elsewhere")
    with pytest.raises(RolledBack):
        put_back(place, target)

    (place.workspace.root / "elsewhere").rename(place.workspace.registry)
    assert place.workspace.registry.read_bytes() == before


def test_a_loss_takes_an_operators_word_and_is_told_in_the_chain(place: Place) -> None:
    target = backed_up(place)
    with place.registry() as registry:
        registry.add(Document(content="0" * 64, path="a", media_type="t", size_bytes=1, licence="MIT"))
        place.promote(registry, registry.find("demo"))
    with pytest.raises(Refused, match="this takes operator"):
        put_back(place, target, accepted(place, "rita"))

    lost, adopted = put_back(place, target, accepted(place))

    assert (lost, adopted) == (2, 1)
    assert unsound(place) == set()
    with place.registry() as registry:
        event = registry.events()[-1]
        assert (event.action, registry.all(Document)) == ("restore", [])
        assert "the disk of the newest is gone" in event.detail
        prove(registry, place.trust)
        newest = [release.version for release in registry.releases("production")]
        assert newest == [1, 2], "a server that saw release 2 must not be asked to take a lower one"
        assert place.promote(registry, registry.find("demo")).version == 3


def test_the_checkpoint_of_what_is_lost_is_kept_beside_the_one_of_its_restoring(place: Place) -> None:
    """Here both are of the same event number."""
    target = backed_up(place)
    with place.registry() as registry:
        registry.refuse("try", (), "somebody without the role")
        place.promote(registry, registry.find("demo"))
    newest = max(place.workspace.checkpoints.iterdir())
    lost = newest.read_bytes()

    put_back(place, target, accepted(place))

    with place.registry() as registry:
        heal(registry, place.workspace)
    (kept,) = place.workspace.checkpoints.glob(f"lost-after-*/{newest.name}")
    assert kept.read_bytes() == lost != newest.read_bytes()


def test_an_adapter_that_is_back_is_what_the_release_of_it_makes_it(place: Place) -> None:
    target = backed_up(place)
    with place.registry() as registry:
        other = place.adapter(registry, 2)
        place.approve(registry, other)
        release = place.promote(registry, other)

    put_back(place, target, accepted(place))

    with place.registry() as registry:
        assert {edge.parent for edge in registry.edges(release.digest, up=True)} == {other.digest, other.base}
        assert place.adapter(registry, 2).digest == other.digest
        status = {row["digest"]: row["status"] for row in listing(registry, "adapters").as_dicts()}
        assert status[other.digest] == "production"
    assert unsound(place) == set()


def test_a_revocation_after_the_backup_still_forbids(place: Place) -> None:
    target = backed_up(place)
    with place.registry() as registry:
        adapter = registry.find("demo")
        approvals.revoke(registry, place.case(adapter), place.by("rita"))
        heal(registry, place.workspace)

    put_back(place, target, accepted(place))

    with place.registry() as registry, pytest.raises(Revoked):
        place.promote(registry, adapter)


def test_what_is_no_sound_backup_is_refused_by_name(place: Place, tmp_path: Path) -> None:
    target = backed_up(place)
    with duckdb.connect(str(target)) as edited:
        edited.execute("DELETE FROM records WHERE kind = 'verdict'")
    (tmp_path / "noise").write_bytes(b"no database" * 5000)

    with pytest.raises(RowsDiffer):
        put_back(place, target)
    with pytest.raises(MunimentError, match="cannot be read"):
        put_back(place, tmp_path / "noise")
    with pytest.raises(NotFound):
        put_back(place, tmp_path / "nothing")


def test_a_backup_with_a_spoilt_block_goes_by_its_own_name_and_sends_nobody_back_to_it(place: Place) -> None:
    target = backed_up(place)
    data = bytearray(target.read_bytes())
    for at in range(12_288, len(data), 4_096):  # behind the headers
        data[at + 100] ^= 0xFF
    target.write_bytes(data)

    with pytest.raises(IntegrityError, match="cannot be read") as refused:
        put_back(place, target)

    assert str(target) in refused.value.message
    assert refused.value.next_step == "find another backup"


def test_the_registry_of_another_house_is_refused(place: Place, tmp_path: Path) -> None:
    other = make_place(tmp_path / "other")
    with other.registry() as registry:
        registry.refuse("try", (), "other")
    target = backed_up(other, "other.duckdb")

    with pytest.raises(ChainBroken):
        put_back(place, target)


def _dying(root: Path, source: Path, point: str) -> None:
    from registry.database import restoring

    os.environ["MUNIMENT_KEYS"] = str(root / "keys")
    place = Place(Workspace(root / "workspace"), root / "keys")
    setattr(restoring, point, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    restore(place.workspace, source, place.trust, "olaf", accepted(place))


@pytest.mark.parametrize("point", ["adopt", "_replace", "_set_aside"])
def test_killed_in_the_middle_the_old_or_the_new_one_is_in_place_and_the_next_one_ends_it(
    place: Place, tmp_path: Path, point: str
) -> None:
    target = backed_up(place)
    with place.registry() as registry:
        place.promote(registry, registry.find("demo"))

    process = multiprocessing.get_context("spawn").Process(target=_dying, args=(tmp_path, target, point))
    process.start()
    process.join()

    assert process.exitcode == -signal.SIGKILL
    with place.registry() as registry:
        assert (registry.events()[-1].action == "restore") == (point == "_set_aside")
    put_back(place, target, accepted(place))
    assert unsound(place) == set()
    assert [path.name for path in place.workspace.root.glob(".registry.duckdb.unfinished")] == []


def gone_on(backup: Path) -> Path:
    """With five events that nobody has here."""
    with Registry.open(backup, "eve") as registry:
        for number in range(5):
            registry.add(Document(content=f"{number}" * 64, path="a", media_type="t", size_bytes=1, licence="MIT"))
    return backup


def test_a_backup_that_went_another_way_is_not_taken_for_a_newer_one(place: Place) -> None:
    """Its chain holds by itself, and it is longer."""
    other = gone_on(backed_up(place))
    with place.registry() as registry:
        common = registry.head().sequence
        place.judge(registry, registry.all(Adapter)[-1])

    with pytest.raises(RolledBack, match=f"goes on otherwise after audit event {common}; 2 events from here") as found:
        put_back(place, other)

    assert found.value.event == common + 1
    assert put_back(place, other, accepted(place)) == (2, 0)


def test_a_backup_that_went_past_a_revocation_contradicts_its_checkpoint(place: Place) -> None:
    other = gone_on(backed_up(place))
    with place.registry() as registry:
        adapter = registry.all(Adapter)[-1]
        approvals.revoke(registry, place.case(adapter), place.by("rita"))
        heal(registry, place.workspace)

    for acceptance in (None, accepted(place)):
        with pytest.raises(ChainBroken, match="is not the one that its checkpoint seals"):
            put_back(place, other, acceptance)

    with place.registry() as registry, pytest.raises(Revoked):
        place.promote(registry, adapter)


def test_a_backup_that_only_went_on_loses_nothing(place: Place) -> None:
    newer = backed_up(place)
    with Registry.open(newer, "eve") as registry:
        registry.add(Document(content="0" * 64, path="a", media_type="t", size_bytes=1, licence="MIT"))

    assert put_back(place, newer) == (0, 0)
