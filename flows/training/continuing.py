"""Whether a retraining also goes on from production, and why it may not. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from flows.training.settings import SftSection
from registry.counted import counted
from registry.records import Adapter, Base, Dataset, Scalar, TrainingRun

SHAPE = ("lora_r", "lora_alpha", "lora_dropout", "target_modules", "use_rslora")


class ContinualSection(BaseModel):
    """Beside the fresh adapter, production's is trained on with what is new; the gate judges both."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    enabled: bool = False
    history: Annotated[float, Field(ge=0, le=1)] = Field(
        0.2, description="share of the rows that production knows, trained on again against forgetting"
    )


class WhyNot(StrEnum):
    """Why only a fresh adapter is trained."""

    NOTHING_RELEASED = "nothing_released"
    NOT_IN_FORCE = "not_in_force"
    REVOKED_BEFORE = "revoked_before"
    OTHER_BASE = "other_base"
    UNKNOWN_PAST = "unknown_past"
    OTHER_SHAPE = "other_shape"
    LICENCE_REFUSED = "licence_refused"
    LEAK_TEST = "leak_test"
    ROWS_GONE = "rows_gone"
    NOTHING_NEW = "nothing_new"
    SUITE_LEARNT = "suite_learnt"
    NOTHING_TO_MEASURE = "nothing_to_measure"
    TRAINING_FAILED = "training_failed"


@dataclass(frozen=True)
class Left:
    """Production is left as it is, and why."""

    reason: WhyNot
    sentence: str


@dataclass(frozen=True)
class Forerunner:
    """The adapter in production with the runs that led to it, oldest first, and what each of them learnt from."""

    adapter: Adapter
    runs: tuple[TrainingRun, ...]
    datasets: tuple[Dataset, ...]


def objection(before: Forerunner, base: Base, section: SftSection) -> Left | None:
    """Why an adapter of this base and these settings cannot go on from it, or None."""
    version = before.adapter.version
    if before.adapter.base != base.digest:
        return Left(WhyNot.OTHER_BASE, f"{version} was trained from another base model")
    if not _whole(before):
        return Left(WhyNot.UNKNOWN_PAST, f"the registry does not hold all that {version} was trained by and on")
    had, wanted = _shape(_tuned(before.runs).settings), _shape(section.model_dump(mode="json"))
    if had != wanted:
        other = ", ".join(f"{name} {had[name]} is now {wanted[name]}" for name in SHAPE if had[name] != wanted[name])
        return Left(WhyNot.OTHER_SHAPE, f"{version} has another shape: {other}")
    return None


def judged(before: Forerunner, new: int, gone: int, measured: int = 0) -> Left | None:
    """What it learnt and nothing offers any more must not live on in another, nor questions that are `measured` by now;
    with nothing new there is no need."""
    version = before.adapter.version
    if gone:
        return Left(WhyNot.ROWS_GONE, f"{version} learnt {counted(gone, 'row')} that no document offers any more")
    if measured:
        return Left(WhyNot.SUITE_LEARNT, f"{version} learnt {measured} rows that hold a question of a suite")
    if not new:
        return Left(WhyNot.NOTHING_NEW, f"{version} has learnt every row that there is")
    return None


def measurable(before: Forerunner, sides: tuple[int, int], least: int) -> Left | None:
    """`sides` are held-out rows before and after what it learnt is set apart: not to starve the fresh one of them."""
    offered, fair = sides
    if fair >= max(1, min(offered, least)):
        return None
    sentence = f"{before.adapter.version} learnt {offered - fair} of {offered} questions that are held out"
    return Left(WhyNot.NOTHING_TO_MEASURE, f"{sentence}; policy asks for {least}")


def _whole(before: Forerunner) -> bool:
    """Whether each run's parent and dataset are there, and the last one made the adapter."""
    runs = {run.digest for run in before.runs}
    known = {dataset.digest for dataset in before.datasets}
    return (
        bool(before.runs)
        and before.runs[-1].digest == before.adapter.run
        and before.runs[0].method == "sft"
        and all(run.parent is None or run.parent in runs for run in before.runs)
        and all(run.dataset in known for run in before.runs)
    )


def _tuned(runs: Sequence[TrainingRun]) -> TrainingRun:
    """The last run that was set up as the section says; preference training takes its shape from there."""
    return [run for run in runs if run.method == "sft"][-1]


def _shape(settings: Mapping[str, Scalar | list[str]]) -> dict[str, Scalar]:
    values = {name: settings.get(name, False) for name in SHAPE}
    return {name: ",".join(value) if isinstance(value, list) else value for name, value in values.items()}
