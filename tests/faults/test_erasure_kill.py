"""Killed anywhere, an erasure has not begun or is ended by whoever runs it again, to the same tombstones.

Besides the places that are named here it is killed at random moments: a tenth of `KILLS`, see `make kills`.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from registry.database.store import Registry
from registry.erasure.records import Erasure
from registry.records import Document
from tests.erasable import NAME, make_erasable
from tests.flows.test_erasure import REASON, TOLD, saying
from tests.killed import Act, Killer, acknowledged
from tests.walked import Place, forked, muniment

Value = TypeVar("Value")
BEFORE = ("sweep", "the first artifact", "keeping the record")
AFTER = (
    "keeping the record, done", "a mark without its removal", "half of the artifacts", "the originals",
    "half of the originals", "the copies", "half of the copies", "the copy", "the rename",
    "the rename, done", "the last event",
)  # fmt: skip
MOMENTS = max(1, int(os.environ.get("KILLS", "20")) // 10)
ERASE = ("erase", NAME, "--reason", REASON, "--key", "paul", "--yes")


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """With a backup that lies in the workspace."""
    place = make_erasable(tmp_path_factory.mktemp("erasable"))
    assert muniment(place, "registry", "backup", str(place.root / "kept" / "house.backup")).code == 0
    shutil.copytree(place.workspace.artifacts.root, place.root / "kept" / "artifacts")
    return place


def die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dying(function: Callable[..., Value], call: int = 1, after: bool = False) -> Callable[..., Value]:
    """The function, whose `call`th call kills the process before it does anything, or after it has."""
    calls = 0

    def called(*arguments: object, **named: object) -> Value:
        nonlocal calls
        calls += 1
        if calls == call and not after:
            die()
        value = function(*arguments, **named)
        if calls == call:
            die()
        return value

    return called


def erase_and_die(place: Place, arguments: tuple[str, ...]) -> None:
    import sys

    from flows import cli
    from flows.erasure import erasing, originals
    from registry.artifacts import Artifacts
    from registry.database import rewriting
    from registry.erasure import copies, erasure, tombstones

    places: dict[str, tuple[object, str, int, bool]] = {
        "sweep": (erasing, "sweep", 1, True),
        "the first artifact": (Artifacts, "put", 1, True),
        "keeping the record": (Registry, "apply", 1, False),
        "keeping the record, done": (Registry, "apply", 1, True),
        "a mark without its removal": (tombstones, "write_atomically", 2, True),
        "half of the artifacts": (erasure, "bury", 3, True),
        "the originals": (erasing, "remove_originals", 1, False),
        "half of the originals": (originals, "write_atomically", 1, False),
        "the copies": (copies, "remove", 1, False),
        "half of the copies": (copies, "_take_away", 2, True),
        "the copy": (rewriting, "copy", 1, True),
        "the rename": (rewriting, "hand_over", 1, False),
        "the rename, done": (rewriting, "hand_over", 1, True),
        "the last event": (erasure, "finished", 1, False),
    }
    owner, name, call, after = places[arguments[0]]
    setattr(owner, name, dying(getattr(owner, name), call, after))
    sys.argv = ["muniment", *ERASE]
    cli.main()


def state(place: Place) -> tuple[set[str], set[str]]:
    """Tombstones of artifacts and of records."""
    with Registry.open(place.workspace.registry, "tests") as registry:
        graves = {str(row[0]) for row in registry.query("SELECT digest FROM records WHERE kind = 'tombstone'")}
    return {path.name for path in place.workspace.artifacts.root.glob("??/*.erased")}, graves


@pytest.fixture(scope="module")
def killer() -> Killer:
    return Killer(random.Random(int(os.environ.get("KILLS_SEED", "0"))))


@pytest.fixture(scope="module")
def whole(once: Place, killer: Killer, tmp_path_factory: pytest.TempPathFactory) -> tuple[set[str], set[str]]:
    place = once.copy(tmp_path_factory.mktemp("whole"))
    assert killer.left_alone(place, Act("erase", ERASE)).code == 0
    return state(place)


@pytest.mark.parametrize("point", BEFORE)
def test_killed_before_its_record_is_kept_nothing_was_erased(once: Place, tmp_path: Path, point: str) -> None:
    place = once.copy(tmp_path)

    ended = forked(erase_and_die, place, (point,))

    assert ended.code == -signal.SIGKILL, ended.err
    assert state(place) == (set(), set())
    with Registry.open(place.workspace.registry, "tests") as registry:
        assert len(registry.all(Document)) == 4
    assert muniment(place, *ERASE).code == 0
    assert saying(place, TOLD) == set()


@pytest.mark.parametrize("point", AFTER)
def test_killed_later_it_is_in_force_and_the_next_run_ends_it(
    once: Place, whole: tuple[set[str], set[str]], tmp_path: Path, point: str
) -> None:
    place = once.copy(tmp_path)

    ended = forked(erase_and_die, place, (point,))

    assert ended.code == -signal.SIGKILL, ended.err
    with Registry.open(place.workspace.registry, "tests") as registry:
        (erasure,) = registry.all(Erasure)
    assert muniment(place, "approve", "demo", "--key", "rita").code == 4
    again = muniment(place, "erase", "--yes")
    assert again.code == 0, again.err
    assert erasure.digest[:12] in again.out
    assert saying(place, TOLD) == set()
    assert state(place) == whole
    seen = muniment(place, "verify", "--json").json()
    assert isinstance(seen, list)
    assert not [one for one in seen if one["integrity"]]
    assert muniment(place, "erase", "--yes").out.strip() == "nothing is left unfinished"


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_killed_at_any_moment_it_has_not_begun_or_is_ended_by_the_next_run(
    once: Place, whole: tuple[set[str], set[str]], killer: Killer, tmp_path: Path, moment: int
) -> None:
    place = once.copy(tmp_path)

    ended = killer.strike(place, Act("erase", ERASE))

    assert "Traceback" not in ended.err
    assert muniment(place, "audit", "verify").code == 0
    with Registry.open(place.workspace.registry, "tests") as registry:
        begun = bool(registry.all(Erasure))
    assert begun or not acknowledged(ended)
    again = muniment(place, "erase", "--yes") if begun else muniment(place, *ERASE)
    assert again.code == 0, again.err
    assert (saying(place, TOLD), state(place)) == (set(), whole)
    seen = muniment(place, "verify", "--json").json()
    assert isinstance(seen, list)
    assert not [one for one in seen if one["integrity"]]
    print(killer.told())
