"""The stage law under SIGKILL: killed at any boundary and run again, the walk ends where it would have ended."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from registry.database.store import Registry, StageResult
from registry.records import TrainingRun
from tests import walked
from tests.walked import Place

Value = TypeVar("Value")
POINTS = ("before rename", "after put", "before commit", "after commit")


def die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def before(function: Callable[..., Value]) -> Callable[..., Value]:
    def dying(*arguments: object, **named: object) -> Value:
        die()
        return function(*arguments, **named)

    return dying


def after(function: Callable[..., Value]) -> Callable[..., Value]:
    def dying(*arguments: object, **named: object) -> Value:
        value = function(*arguments, **named)
        die()
        return value

    return dying


def walk_and_die(place: Place, arguments: tuple[str, ...]) -> None:
    """Die at the first such point, at the latest at the commit of a stage that is not in `known`."""
    from registry.artifacts import Artifacts

    point, *known = arguments
    whole, dying = Registry.commit, (after if point == "after commit" else before)(Registry.commit)

    def commit(self: Registry, result: StageResult) -> str:
        if result.stage in known:
            return whole(self, result)
        print("commit", flush=True)
        return dying(self, result)

    Registry.commit = commit  # type: ignore[method-assign]
    if point == "before rename":
        os.replace = before(os.replace)
    if point == "after put":
        Artifacts.put = after(Artifacts.put)  # type: ignore[method-assign]
    walked.walk(place)


def train_and_die(place: Place, arguments: tuple[str, ...]) -> None:
    """Die in the third step of SFT; a checkpoint was written in the second."""
    from flows.training.loop import Watch

    step, original = int(arguments[0]), Watch.on_step_end

    def on_step_end(self: Watch, args: object, state: object, *rest: object, **named: object) -> None:
        print("step", state.global_step, flush=True)  # type: ignore[attr-defined]
        original(self, args, state, *rest, **named)
        if state.global_step == step:  # type: ignore[attr-defined]
            die()

    Watch.on_step_end = on_step_end  # type: ignore[method-assign]
    walked.walk(place, arguments[1:])


def test_a_walk_killed_at_every_boundary_ends_with_the_same_digests_and_no_orphan(
    walked_once: Place, new_place: Callable[[], Place]
) -> None:
    place, known, points, died = new_place(), set[str](), list(POINTS), 0

    while points:
        ended = walked.forked(walk_and_die, place, (points.pop(0), *sorted(known)))
        if ended.code == 0:
            break
        assert ended.code == -signal.SIGKILL, ended.err
        died += 1
        if names(place) > known:
            known, points = names(place), list(POINTS)
        elif ended.out.startswith("commit"):
            points = ["after commit"]

    assert names(place) == names(walked_once)
    assert died > 2 * len(known)
    assert place.stages() == walked_once.stages()
    assert place.orphans() == set()


def test_training_killed_after_a_checkpoint_goes_on_there_to_the_same_adapter(
    walked_once: Place, tmp_path: Path
) -> None:
    killed, whole = walked_once.copy(tmp_path / "killed"), walked_once.copy(tmp_path / "whole")
    other = ("sft.seed=7", "dpo.enabled=false")

    first = walked.forked(train_and_die, killed, ("3", *other))
    second = walked.forked(train_and_die, killed, ("0", *other))
    third = walked.forked(train_and_die, whole, ("0", *other))

    assert (first.code, second.code, third.code) == (-signal.SIGKILL, 0, 0), second.err + third.err
    assert second.out.split() == ["step", "3", "step", "4"]
    assert third.out.split() == ["step", "1", "step", "2", "step", "3", "step", "4"]
    assert runs(killed) == runs(whole)
    assert killed.stages() == whole.stages()
    assert killed.orphans() == set()


def names(place: Place) -> set[str]:
    """Of the stages that are done."""
    if not place.workspace.registry.exists():
        return set()
    with Registry.open(place.workspace.registry, "tests") as registry:
        return {str(row[0]) for row in registry.connection.execute("SELECT name FROM stages").fetchall()}


def runs(place: Place) -> set[str]:
    with Registry.open(place.workspace.registry, "tests") as registry:
        return {run.weights for run in registry.all(TrainingRun)}
