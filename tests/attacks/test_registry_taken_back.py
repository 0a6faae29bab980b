"""What stops an adapter or an erasure is not cut off the end of the chain unnoticed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from registry.audit.proving import prove
from registry.database.store import Registry
from registry.decisions import approvals
from registry.erasure.holds import hold
from registry.errors import ChainBroken, ChainCut
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
