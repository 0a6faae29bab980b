"""The stage law: looked up when nothing changed, done again when anything did or an artifact is damaged."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from flows.stage import Done, Inputs, Stage, once
from registry.database.store import Registry
from registry.errors import Busy, GateRefused
from registry.records import Base
from registry.workspace import Workspace

STAGE = Stage("weigh", Base)


class Section(BaseModel):
    size: int = 1


class Work:
    """Counts how often it was done; a class because it has a life."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace, self.times = workspace, 0

    def __call__(self, scratch: Path) -> Done[Base]:
        self.times += 1
        (scratch / "weights").write_bytes(b"weights")
        weights = self.workspace.artifacts.put(scratch / "weights")
        return Done(Base(name="b", weights=weights, licence="MIT", architecture="x", parameters=1, source="s"))


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def test_the_same_inputs_and_settings_are_looked_up(workspace: Workspace) -> None:
    work = Work(workspace)

    first = once(workspace, "t", STAGE, Inputs(settings=(Section(),)), work)
    second = once(workspace, "t", STAGE, Inputs(settings=(Section(),)), work)

    assert (work.times, first.looked_up, second.looked_up) == (1, False, True)
    assert first.record == second.record


def test_another_setting_input_or_version_is_done_again(workspace: Workspace) -> None:
    work = Work(workspace)
    base = once(workspace, "t", STAGE, Inputs(), work).record

    once(workspace, "t", STAGE, Inputs(settings=(Section(size=2),)), work)
    once(workspace, "t", STAGE, Inputs((base,)), work)
    once(workspace, "t", Stage("weigh", Base, version=2), Inputs(), work)

    assert work.times == 4


@pytest.mark.parametrize("damage", [b"", b"weightz"])
def test_a_lost_or_changed_artifact_is_made_again(workspace: Workspace, damage: bytes) -> None:
    work = Work(workspace)
    record = once(workspace, "t", STAGE, Inputs(), work).record
    path = workspace.artifacts.path(record.weights)
    path.write_bytes(damage) if damage else path.unlink()

    once(workspace, "t", STAGE, Inputs(), work)

    assert work.times == 2
    assert workspace.artifacts.verified(record.weights).read_bytes() == b"weights"


def test_a_refusal_is_audited_and_leaves_no_record(workspace: Workspace) -> None:
    def refuse(scratch: Path) -> Done[Base]:
        raise GateRefused("no")

    with pytest.raises(GateRefused):
        once(workspace, "t", STAGE, Inputs(), refuse)

    with Registry.open(workspace.registry, "t") as registry:
        assert [(e.action, e.outcome) for e in registry.events()] == [("stage.weigh", "refused")]
        assert registry.all(Base) == []


def test_a_second_run_at_the_same_stage_is_told_who_is_at_it(workspace: Workspace) -> None:
    def meet_oneself(scratch: Path) -> Done[Base]:
        once(workspace, "t", STAGE, Inputs(), Work(workspace))
        raise AssertionError("unreachable")

    with pytest.raises(Busy):
        once(workspace, "t", STAGE, Inputs(), meet_oneself)


def test_finished_work_leaves_no_scratch(workspace: Workspace) -> None:
    once(workspace, "t", STAGE, Inputs(), Work(workspace))

    assert list(workspace.scratch.iterdir()) == []
