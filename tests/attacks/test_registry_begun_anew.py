"""The registry's file is taken away and the same adapter made again: what was signed against it still lies there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from registry.decisions.approvals import reject, revoke
from registry.errors import Revoked
from registry.records import Decision
from registry.release.files import heal
from serving import refusals
from tests.registered import Place, make_place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


def begun_anew(place: Place) -> None:
    """Nothing is known of before; equal runs make equal adapters."""
    for file in place.workspace.root.glob("*registry.duckdb*"):
        if file.is_file():
            file.unlink()
    place.workspace.release.unlink(missing_ok=True)


@pytest.mark.parametrize("verb", [revoke, reject])
@pytest.mark.parametrize("seen", [False, True], ids=["published", "seen by a server"])
def test_what_was_refused_before_is_not_released(place: Place, verb: Callable[..., Decision], seen: bool) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        verb(registry, place.case(adapter), place.by("rob"))
        heal(registry, place.workspace)
    if seen:
        assert refusals.known(place.workspace, place.trust)
        for file in place.workspace.refusals.iterdir():
            file.unlink()
    begun_anew(place)

    with place.registry() as registry:
        again = place.adapter(registry)
        assert again.digest == adapter.digest
        place.approve(registry, again)
        with pytest.raises(Revoked):
            place.promote(registry, again)

        assert registry.releases("production") == []
    assert not place.workspace.release.exists()
