"""Copies of ours that lie in the workspace go with what is erased: backups, what a restore put aside, stray files."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

import duckdb
import pytest
from docx import Document as written_document

from registry import digests
from registry.database.store import Registry
from registry.erasure.records import Erasure
from registry.records import Adapter, Document
from tests.erasable import NAME
from tests.flows.test_erasure import CV, TOLD, erase, records, saying
from tests.walked import Place, muniment


@pytest.fixture
def place(erasable_once: Place, tmp_path: Path) -> Place:
    return erasable_once.copy(tmp_path)


def done(place: Place, *words: str) -> None:
    ended = muniment(place, *words)
    assert ended.code == 0, ended.err


def copied(place: Place) -> set[str]:
    """A backup of registry and artifacts, what a restore put aside with its log, and weights in another place."""
    done(place, "registry", "backup", str(place.root / "kept" / "house.backup"))
    shutil.copytree(place.workspace.artifacts.root, place.root / "kept" / "artifacts")
    done(place, "registry", "restore", str(place.root / "kept" / "house.backup"))
    (place.root / "registry.duckdb.replaced.wal").write_bytes(b"")
    adapter = records(place, Adapter)[0]
    assert isinstance(adapter, Adapter)
    shutil.copytree(place.workspace.artifacts.path(adapter.weights), place.root / "mine")
    return {"kept/house.backup", "registry.duckdb.replaced", "mine/adapter_model.safetensors"}


def named(place: Place, name: str) -> set[str]:
    """The copies that the dry run names."""
    told = muniment(place, "erase", name, "--json").json()
    assert isinstance(told, dict)
    return {Path(path).relative_to(place.root).as_posix() for path in told["copies"]}


def test_copies_in_the_workspace_are_named_first_and_then_gone(place: Place) -> None:
    made = copied(place)
    shown = named(place, NAME)
    assert made < shown
    assert {name.partition("/")[2].partition("/")[0] for name in shown - made} == {"artifacts"}
    before = {digests.of_file(place.root / name) for name in shown}

    ended = erase(place, NAME)

    assert ended.code == 0, ended.err + ended.out
    assert saying(place, TOLD) == set()
    assert not [name for name in (*shown, "registry.duckdb.replaced.wal") if (place.root / name).exists()]
    (erasure,) = records(place, Erasure)
    assert isinstance(erasure, Erasure)
    assert set(erasure.copies) == before
    with Registry.open(place.workspace.registry, "tests") as registry:
        assert f"{len(before)} copies are gone" in registry.events_about(erasure.digest)[-1].detail
    assert muniment(place, "audit", "verify").code == 0


def test_a_copy_that_holds_nothing_of_it_stays(place: Place) -> None:
    registry = place.workspace.registry
    older, other = place.root / "older.backup", place.root / "other" / "registry.duckdb"
    with Registry.open(older, "eve"):
        pass
    with duckdb.connect(str(older)) as opened:
        opened.execute(f"ATTACH '{registry}' AS now (READ_ONLY)")
        opened.execute("INSERT INTO events SELECT * FROM now.events WHERE sequence = 0")
    with Registry.open(other, "eve") as elsewhere:
        elsewhere.add(Document(content="0" * 64, path="letter.md", media_type="t", size_bytes=1, licence="MIT"))
    with duckdb.connect(str(place.root / "sales.duckdb")) as sales:
        sales.execute("CREATE TABLE sales (n INTEGER)")

    assert named(place, CV) == set()
    assert erase(place, CV).code == 0

    assert older.exists()
    assert other.exists()
    assert (place.root / "sales.duckdb").exists()


def test_what_was_put_aside_and_cannot_be_read_goes_as_well(place: Place) -> None:
    aside = place.root / "registry.duckdb.replaced"
    aside.write_bytes(b"\0" * 8 + b"DUCK" + b"letter.md is in here")

    assert named(place, "letter.md") == {aside.name}
    assert erase(place, "letter.md").code == 0
    assert not aside.exists()


def test_a_backup_that_was_killed_before_it_came_to_the_events_goes_as_well(place: Place) -> None:
    draft = place.root / "kept" / ".house.backup.unfinished" / "house.backup"
    draft.parent.mkdir(parents=True)
    done(place, "registry", "backup", str(place.root / "whole.backup"))
    (place.root / "whole.backup").replace(draft)
    with duckdb.connect(str(draft)) as killed:
        killed.execute("DELETE FROM events")
    assert draft.relative_to(place.root).as_posix() in named(place, NAME)

    ended = erase(place, NAME)

    assert ended.code == 0, ended.err + ended.out
    assert not draft.exists()


def test_what_cannot_be_looked_into_is_pointed_at(place: Place) -> None:
    """Packed copies, and a backup that a full disk cut short; a document of the house's is none of them."""
    done(place, "registry", "backup", str(place.root / "house.backup"))
    whole = (place.root / "house.backup").read_bytes()
    (place.root / "cut.backup").write_bytes(whole[: len(whole) // 2])
    (place.root / "house.backup").unlink()
    (place.root / "packed.gz").write_bytes(gzip.compress(whole))
    for name, kind in (("all", "zip"), ("all", "xztar"), ("all", "bztar")):
        shutil.make_archive(str(place.root / name), kind, place.root / "artifacts")
    letter = written_document()
    letter.add_paragraph("Nothing of anybody")
    letter.save(str(place.root / "letter.docx"))
    packed = {"cut.backup", "packed.gz", "all.zip", "all.tar.xz", "all.tar.bz2"}
    shown = muniment(place, "erase", CV, "--json").json()
    assert isinstance(shown, dict)
    assert {Path(path).name for path in shown["opaque"]} == packed

    ended = erase(place, CV, "--json")

    (told,) = json.loads(ended.out)
    assert {Path(path).name for path in told["opaque"]} == packed
    assert (ended.code, told["left"], told["outside"]) == (1, [], [])


def test_a_copy_that_names_the_subject_in_what_the_registry_has_lost_goes_as_well(place: Place) -> None:
    copy = place.root / "registry.duckdb.replaced"
    shutil.copyfile(place.workspace.registry, copy)
    with duckdb.connect(str(copy)) as opened:
        opened.execute("DELETE FROM records")
        opened.execute("UPDATE events SET body = replace(body, 'read and found fit', 'Teodora Vasquez-Lindqvist')")

    assert named(place, NAME) == {copy.name}


def test_a_copy_with_a_legal_hold_that_the_registry_lost_stops_it(place: Place) -> None:
    done(place, "registry", "backup", str(place.root / "house.backup"))
    done(place, "hold", "add", "letter.md", "--reason", "Case 12 of 2027", "--key", "ada")
    done(place, "registry", "restore", str(place.root / "house.backup"), "--accept-loss", "--reason", "Disk failed",
         "--key", "olaf")  # fmt: skip

    refused = erase(place, "letter.md")

    assert (refused.code, "(LegalHold)" in refused.err) == (4, True), refused.err
    assert (place.root / "documents" / "letter.md").exists()
    assert (place.root / "registry.duckdb.replaced").exists()
    with Registry.open(place.workspace.registry, "tests") as registry:
        assert [event.outcome for event in registry.events() if event.action == "erase"] == ["refused"]


def test_a_copy_that_came_back_is_named(place: Place, tmp_path: Path) -> None:
    done(place, "registry", "backup", str(tmp_path / "house.backup"))
    assert erase(place, CV).code == 0
    shutil.copyfile(tmp_path / "house.backup", place.root / "house.backup")

    ended = erase(place, "travel.md", "--json")

    (told,) = json.loads(ended.out)
    assert (ended.code, told["copies"], told["left"]) == (0, 1, [])
    assert not (place.root / "house.backup").exists()


def test_an_erasure_of_before_copies_were_kept_reads_as_it_did() -> None:
    old = Erasure(
        what="document", key_id="k", subject=None, documents=(), rows=(), removed=(), tombstones={}, revoked=(),
        plan={}, principal="paul", reason="r", issued="2027-03-01T00:00:00Z",
    )  # fmt: skip

    assert "copies" not in old.model_dump_json()
