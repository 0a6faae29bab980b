"""The stage law under SIGKILL: killed at any boundary and run again, the walk ends where it would have ended."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from registry.records import TrainingRun
from registry.store import Registry
from tests import walked
from tests.walked import Place

Value = TypeVar("Value")
POINTS = ("before put", "before rename", "after put", "before commit", "after commit")


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
    """Die at the first such point; a stage that stores nothing is killed before its commit instead."""
    from registry import artifacts

    point = arguments[0]
    Registry.commit = after(Registry.commit) if point == "after commit" else before(Registry.commit)  # type: ignore[method-assign]
    if point == "before put":
        artifacts.Artifacts.put = before(artifacts.Artifacts.put)  # type: ignore[method-assign]
    if point == "before rename":
        artifacts.os.replace = before(os.replace)  # type: ignore[attr-defined]
    if point == "after put":
        artifacts.Artifacts.put = after(artifacts.Artifacts.put)  # type: ignore[method-assign]
    walked.walk(place)


def train_and_die(place: Place, arguments: tuple[str, ...]) -> None:
    """Die in the third step of SFT; a checkpoint was written in the second."""
    from flows.training.loop import Watch

    step, original = int(arguments[0]), Watch.on_step_end

    def on_step_end(self: Watch, args: object, state: object, *rest: object, **named: object) -> None:
        print("step", state.global_step, flush=True)  # type: ignore[attr-defined]
        original(self, args, state, *rest, **named)  # type: ignore[arg-type]
        if state.global_step == step:  # type: ignore[attr-defined]
            die()

    Watch.on_step_end = on_step_end  # type: ignore[method-assign,assignment]
    walked.walk(place, arguments[1:])


def test_a_walk_killed_at_every_boundary_ends_with_the_same_digests_and_no_orphan(
    walked_once: Place, new_place: Callable[[], Place]
) -> None:
    place, points, done = new_place(), iter(POINTS), 0

    for _ in range(200):
        point = next(points, "after commit")
        ended = walked.forked(walk_and_die, place, (point,))
        if ended.code == 0:
            break
        assert ended.code == -signal.SIGKILL, ended.err
        if len(place.stages()) > done:
            done, points = len(place.stages()), iter(POINTS)

    assert done == len(walked_once.stages())
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


def runs(place: Place) -> set[str]:
    with Registry.open(place.workspace.registry, "tests") as registry:
        return {run.weights for run in registry.all(TrainingRun)}
