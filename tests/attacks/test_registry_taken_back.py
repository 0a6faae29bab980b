"""What stops an adapter or an erasure is not cut off the end of the chain unnoticed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from registry.audit import checkpoint_files
from registry.audit.proving import prove
from registry.database.store import Registry
from registry.decisions import approvals
from registry.erasure.erasure import Order, erase
from registry.erasure.holds import hold
from registry.erasure.radius import Cut, radius
from registry.errors import ChainBroken, ChainCut, IntegrityError, RolledBack, SchemaAltered
from registry.records import Adapter, Document
from registry.release.files import heal
from tests.registered import Place, make_place

TABLES = ("records", "edges", "stages", "attestations")
Act = Callable[[Place, Registry, Adapter], object]


def held(place: Place, registry: Registry, _adapter: Adapter) -> None:
    document = Document(
        path="letter.md", media_type="text/markdown", size_bytes=1, licence="MIT", content="d" * 64, source="house"
    )
    registry.add(document, action="document")
    hold(registry, document, "placed", "Case 12 of 2027", place.by("paul"))


ACTS: dict[str, Act] = {
    "reject": lambda place, registry, adapter: approvals.reject(registry, place.case(adapter), place.by("rob")),
    "revoke": lambda place, registry, adapter: approvals.revoke(registry, place.case(adapter), place.by("paul")),
    "hold": held,
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_what_stops_something_is_missed_when_it_is_cut_off_the_end(tmp_path: Path, act: Act) -> None:
    place = make_place(tmp_path)
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        place.promote(registry, adapter)
        act(place, registry, adapter)
        last = registry.head().sequence
        assert prove(registry, place.trust).sealed == last

        for table in TABLES:
            registry.connection.execute(f"DELETE FROM {table} WHERE event >= {last}")
        registry.connection.execute(f"DELETE FROM events WHERE sequence >= {last}")
        shutil.rmtree(place.workspace.refusals, ignore_errors=True)
        with pytest.raises(ChainCut) as cut:
            prove(registry, place.trust)

    assert cut.value.event == last


def test_a_broken_chain_keeps_nobody_from_revoking(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    with place.registry() as registry:
        adapter = place.adapter(registry)
        registry.connection.execute("UPDATE events SET digest = repeat('0', 64) WHERE sequence = 2")

        approvals.revoke(registry, place.case(adapter), place.by("paul"))

        assert registry.refusals()
        with pytest.raises(ChainBroken):
            prove(registry, place.trust)


def test_a_revocation_does_not_wait_for_a_place_for_its_checkpoint(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.workspace.checkpoints.write_text("in the way")

        approvals.revoke(registry, place.case(adapter), place.by("paul"))

        place.workspace.checkpoints.unlink()
        heal(registry, place.workspace)
        assert prove(registry, place.trust).sealed == registry.head().sequence
    assert list(place.workspace.refusals.iterdir())


def test_nothing_is_released_on_a_chain_that_was_cut_before_a_checkpoint_that_it_still_holds(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        last = registry.head().sequence + 1
        registry.refuse("try", (), "somebody without the role")
        approvals.revoke(registry, place.case(adapter), place.by("paul"))
        for table in TABLES:
            registry.connection.execute(f"DELETE FROM {table} WHERE event >= {last}")
        registry.connection.execute(f"DELETE FROM events WHERE sequence >= {last}")
    shutil.rmtree(place.workspace.refusals, ignore_errors=True)

    with place.registry() as registry, pytest.raises(ChainCut):
        place.promote(registry, adapter)

    assert not place.workspace.release.exists()


def put_back_before_a_revocation(place: Place) -> Adapter:
    """The database and `refusals/` as they were before somebody revoked what two had approved."""
    older = place.workspace.root / "older"
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
    shutil.copyfile(place.workspace.registry, older)
    with place.registry() as registry:
        approvals.revoke(registry, place.case(adapter), place.by("paul"))
    older.replace(place.workspace.registry)
    shutil.rmtree(place.workspace.refusals, ignore_errors=True)
    return adapter


@pytest.mark.parametrize("taken", ["nothing", "files", "memory"])
def test_nothing_is_released_or_sealed_on_an_older_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: str
) -> None:
    """Known by the checkpoints in the workspace, or by the last one that this machine has seen."""
    monkeypatch.setenv("MUNIMENT_KEYS", str(tmp_path / "keys"))
    place = make_place(tmp_path)
    adapter = put_back_before_a_revocation(place)
    if taken == "files":
        shutil.rmtree(place.workspace.checkpoints)
    if taken == "memory":
        monkeypatch.setenv("MUNIMENT_KEYS", str(tmp_path / "another machine"))

    for _ in range(2):  # the first attempt is an event, with which the chain has come as far as the checkpoint
        with place.registry() as registry, pytest.raises(RolledBack):
            place.promote(registry, adapter)
    with place.registry() as registry:
        with pytest.raises(RolledBack):
            registry.writer.seal(place.by("rita"))
        approvals.revoke(registry, place.case(adapter), place.by("paul"))

    assert not place.workspace.release.exists()


def test_nothing_is_erased_on_a_copy_from_before_a_hold(tmp_path: Path) -> None:
    place, older = make_place(tmp_path), tmp_path / "older"
    with place.registry() as registry:
        kept = place.adapter(registry)
    shutil.copyfile(place.workspace.registry, older)
    with place.registry() as registry:
        held(place, registry, kept)
    older.replace(place.workspace.registry)

    order = Order("document", "asked for", Cut(), "", None, (), (), "a" * 64)
    with place.registry() as registry:
        reach = radius(registry, place.workspace.artifacts, order.cut)
        with pytest.raises(RolledBack):
            erase(registry, place.workspace, order, reach, place.by("paul"))


def test_a_checkpoint_by_somebody_in_force_does_not_cover_the_one_before_it(tmp_path: Path) -> None:
    """An insider who has a key and can add to `checkpoints/` alone seals on by himself."""
    place = make_place(tmp_path)
    adapter = put_back_before_a_revocation(place)
    with place.registry() as registry:
        registry.refuse("try", (), "somebody without the role")
        registry.writer.sealing = replace(registry.sealing, known=True)
        registry.writer.seal(place.by("rob"))

    with place.registry() as registry, pytest.raises(RolledBack):
        place.promote(registry, adapter)


def test_nothing_is_released_by_what_a_function_in_the_file_answers(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        approvals.revoke(registry, place.case(adapter), place.by("paul"))
    shutil.rmtree(place.workspace.refusals, ignore_errors=True)
    with duckdb.connect(str(place.workspace.registry)) as file:
        file.execute("""CREATE MACRO contains(a, b) AS a NOT LIKE '%"revoke"%' AND strpos(a, b) > 0""")

    with place.registry() as registry, pytest.raises(SchemaAltered):
        place.promote(registry, adapter)

    assert not place.workspace.release.exists()


def test_no_checkpoint_is_hidden_by_another_of_the_same_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever can add to `checkpoints/` alone puts one beside the true one, by a name that is the same number."""
    place = make_place(tmp_path)
    put_back_before_a_revocation(place)
    with place.registry() as registry:
        registry.refuse("try", (), "somebody without the role")
        at = registry.head().sequence
        true = checkpoint_files.read(place.workspace.checkpoints)[at]
        aside = tmp_path / "aside"
        registry.writer.sealing = replace(registry.sealing, outside=aside, known=True)
        registry.writer.seal(place.by("rob"))
    shutil.copyfile(checkpoint_files.path_in(aside, at), place.workspace.checkpoints / f"{at}.json")

    monkeypatch.setenv("MUNIMENT_KEYS", str(tmp_path / "an auditor's machine"))
    with place.registry() as registry, pytest.raises(ChainBroken, match=f"event {at} is not the one"):
        prove(registry, place.trust)

    assert checkpoint_files.read(place.workspace.checkpoints)[at] == true


def test_checkpoints_that_nobody_can_look_for_are_not_taken_for_none(tmp_path: Path) -> None:
    with pytest.raises(IntegrityError, match="cannot be read"):
        checkpoint_files.numbers(tmp_path / ("x" * 300))
