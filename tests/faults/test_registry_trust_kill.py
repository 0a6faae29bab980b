"""A trust root changed by a command that was killed before the audit chain was told: the next one tells it, once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from registry.database.changes import Change
from registry.database.store import Registry
from registry.release.files import heal
from registry.trust import notes
from registry.trust.changes import without_person
from registry.trust.keys import load_key
from registry.trust.signing import change
from tests.registered import NOW, Place, make_place


class Killed(BaseException):
    """Passes through everything, as a kill does."""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = make_place(tmp_path)
    with made.registry() as registry:
        registry.refuse("try", (), "the chain begins")
    return made


def strike_off(place: Place, registry: Registry, who: str) -> None:
    with notes.told(registry, place.workspace.trust, f"{who} is struck off"):
        change(place.workspace.trust, without_person(place.trust, who), [load_key("root", place.keys)], NOW)


def healed(place: Place, registry: Registry) -> list[str]:
    """What the chain says of the trust root after two more commands."""
    heal(registry, place.workspace)
    heal(registry, place.workspace)
    assert not (place.workspace.trust.with_suffix("") / "untold").exists()
    return [event.detail for event in registry.events() if event.action == "trust"]


def before(registry: Registry, told: Change) -> None:
    raise Killed


def after(registry: Registry, told: Change, apply: Callable[..., object] = Registry.apply) -> None:
    apply(registry, told)
    raise Killed


@pytest.mark.parametrize(
    ("moment", "told"), [(before, "rob is struck off; by eve, who was interrupted"), (after, "rob is struck off")]
)
def test_a_change_whose_maker_was_killed_is_told_once(
    place: Place, monkeypatch: pytest.MonkeyPatch, moment: Callable[..., None], told: str
) -> None:
    with place.registry() as registry:
        with monkeypatch.context() as patch:
            patch.setattr(Registry, "apply", moment)
            with pytest.raises(Killed):
                strike_off(place, registry, "rob")
        assert place.trust.principal("rob") is None

        assert healed(place, registry) == [told]


def test_the_next_change_tells_of_the_one_before_it_first(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with place.registry() as registry:
        with monkeypatch.context() as patch:
            patch.setattr(Registry, "apply", before)
            with pytest.raises(Killed):
                strike_off(place, registry, "rob")

        strike_off(place, registry, "paul")

        assert healed(place, registry) == ["rob is struck off; by eve, who was interrupted", "paul is struck off"]


def test_a_change_that_never_came_about_is_not_told(place: Place) -> None:
    with place.registry() as registry:
        with pytest.raises(Killed), notes.told(registry, place.workspace.trust, "rob is struck off"):
            raise Killed

        assert healed(place, registry) == []


def test_a_note_that_is_none_is_thrown_away(place: Place) -> None:
    with place.registry() as registry:
        (place.workspace.trust.with_suffix("") / "untold").write_text("rob is struck off")

        assert healed(place, registry) == []
