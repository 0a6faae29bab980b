"""Two machines at one registry server: what one decides while the other is about to sign."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from registry.decisions import approvals
from registry.errors import Overtaken, Revoked
from registry.records import Release
from registry.release import proposals, releases
from tests.registered import Place, make_place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


def meanwhile(monkeypatch: pytest.MonkeyPatch, others: Callable[[], object], times: int = 1) -> None:
    """`others` do something between the moment at which a release was drafted and that at which it is kept."""
    left, draft = [others] * times, releases.drafted

    def drafted(*arguments: object) -> Release:
        made = draft(*arguments)  # type: ignore[arg-type]
        if left:
            left.pop()()
        return made

    monkeypatch.setattr(releases, "drafted", drafted)
    monkeypatch.setattr(proposals, "drafted", drafted)


@pytest.mark.usefixtures("backend")
def test_what_is_revoked_while_it_is_released_is_not_released(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with place.registry() as registry, place.registry() as other:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        meanwhile(monkeypatch, lambda: approvals.revoke(other, place.case(adapter), place.by("rob")))

        with pytest.raises(Revoked):
            place.promote(registry, adapter)

        assert registry.releases("production") == []
    assert not place.workspace.release.exists()


@pytest.mark.usefixtures("backend")
def test_two_releases_at_once_have_two_versions(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with place.registry() as registry, place.registry() as other:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        draft, by = releases.drafted, place.by("olaf")
        meanwhile(monkeypatch, lambda: releases.promote(other, place.workspace, place.case(adapter), by, "aside"))

        released = place.promote(registry, adapter)

        assert (released.version, released.alias) == (2, "production")
        assert [one.version for one in registry.releases("aside")] == [1]
        assert draft(registry, place.workspace, place.case(adapter), by, "aside").version == 3


def test_whoever_is_overtaken_each_time_is_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with place.registry() as registry, place.registry() as other:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        meanwhile(monkeypatch, lambda: place.judge(other, adapter), times=3)

        with pytest.raises(Overtaken, match=r"\(evaluate\) came while this was being decided"):
            place.promote(registry, adapter)

        assert registry.releases("production") == []


def test_what_has_nothing_to_do_with_it_overtakes_nobody(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with place.registry() as registry, place.registry() as other:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        meanwhile(monkeypatch, lambda: place.adapter(other, 2, "another"), times=3)

        assert place.promote(registry, adapter).version == 1


def test_a_countersignature_does_not_release_what_was_revoked_meanwhile(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.add_key("otto", "otto", "operator")
    place.threshold(release=2)
    with place.registry() as registry, place.registry() as other:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        proposals.propose(registry, place.workspace, place.case(adapter), place.by("olaf"), "production")
        meanwhile(monkeypatch, lambda: approvals.revoke(other, place.case(adapter), place.by("rob")))

        with pytest.raises(Overtaken):
            proposals.countersign(registry, place.workspace, "production", place.by("otto"), place.case(adapter).policy)

        assert registry.releases("production") == []
