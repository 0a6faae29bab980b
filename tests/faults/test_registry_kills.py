"""Killed at any moment, a command that changes the registry has done all of it or nothing, and the next one works.

One workspace lives through every kill. `KILLS` says how many; `make kills` asks for 200.
"""

from __future__ import annotations

import json
import os
import random
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from registry.audit import chain
from registry.database.store import Registry
from registry.records import Adapter
from registry.trust.root import history
from tests import registered
from tests.bench import registry_day
from tests.killed import Act, Killer, acknowledged
from tests.registered import typed
from tests.registry_days import Days
from tests.walked import Place

KILLS = int(os.environ.get("KILLS", "20")) * 9 // 10
SEED = int(os.environ.get("KILLS_SEED", "0"))
TO_COME = ("nobody signed its weights", "a checkpoint has been due")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("MUNIMENT_KEYS", str(tmp_path / "keys"))
    monkeypatch.setenv("MUNIMENT_ACTOR", "tests")
    monkeypatch.setattr(registered, "NOW", datetime.now(UTC))
    made = registry_day.prepared(tmp_path)
    return Place(made.workspace.root, made.keys)


@pytest.mark.timeout(3600)
def test_a_kill_at_any_moment_loses_nothing_that_was_said_to_be_done(place: Place) -> None:
    days, killer = Days(place), Killer(random.Random(SEED))
    versions = len(history(place.workspace.trust))
    for number in range(KILLS):
        before = end_of(place)
        act, done = days.next()
        where = f"kill {number}: {act.verb} {' '.join(act.words)}"

        ended = killer.strike(place, act)

        assert "Traceback" not in ended.err, f"{where}: {ended.err}"
        is_sound(place, before, where)
        assert trust_is_told(place, versions), where
        came_about = done()
        assert came_about or not acknowledged(ended), where
        if not came_about:
            again = killer.left_alone(place, repeated(act, days))
            assert (again.code, done()) == (0, True), f"{where}: {again.out} {again.err}"
    print(killer.told())
    everything_fits(place)


def repeated(act: Act, days: Days) -> Act:
    """The same command; weights are made anew under another number."""
    return replace(act, words=(f"{days.number}00",)) if act.verb == "register" else act


def end_of(place: Place) -> chain.Head:
    with Registry.open(place.workspace.registry, "tests") as registry:
        return registry.head()


def is_sound(place: Place, before: chain.Head, where: str) -> None:
    """Nothing is broken as it lies there, the next command works, and what it leaves to do is to be seen."""
    audited = typed(place.workspace, "audit", "verify", "--json")
    assert audited.exit_code == 0, f"{where}: {audited.output} {audited.exception!r}"
    listed = typed(place.workspace, "list", "--json")
    assert listed.exit_code == 0, f"{where}: {listed.output} {listed.exception!r}"
    seen = json.loads(typed(place.workspace, "verify", "--json").stdout)
    assert [one for one in seen if not one["sentence"].startswith(TO_COME)] == [], where
    with Registry.open(place.workspace.registry, "tests") as registry:
        ((_, digest, _),) = registry.stored_events(before.sequence, before.sequence)
        assert digest == before.digest, f"{where}: an event from before is gone"


def trust_is_told(place: Place, versions: int) -> bool:
    """Every version of the trust root since the registry began has its event, and every event its version."""
    with Registry.open(place.workspace.registry, "tests") as registry:
        told = [event for event in registry.events() if (event.action, event.outcome) == ("trust", "done")]
    return len(history(place.workspace.trust)) - versions == len(told)


def everything_fits(place: Place) -> None:
    with Registry.open(place.workspace.registry, "tests") as registry:
        bare = [one.version for one in registry.all(Adapter)]
    for version in bare:
        assert typed(place.workspace, "sign", version, "--key", "eve").exit_code == 0
    assert typed(place.workspace, "audit", "checkpoint", "--key", "olaf").exit_code == 0
    ended = typed(place.workspace, "verify")
    assert ended.exit_code == 0, ended.output
