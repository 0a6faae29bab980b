"""The leak test as the report shows it: exposure by how often a secret stood in the training data."""

from __future__ import annotations

from collections.abc import Sequence

from governance.integrity.memorization import CONTROL, PIPELINE, TYPE
from governance.report.chapters import Fact
from governance.report.steps import Step
from registry.records import Evidence, Figure


class Level(Fact):
    """One number of repeats; 0: asked for and never planted, hence chance. Exposure in bits, counts of extracted."""

    repeats: int
    control: Figure | None
    pipeline: Figure | None
    control_told: Figure | None
    pipeline_told: Figure | None


def levels_of(steps: Sequence[Step]) -> tuple[Level, ...]:
    """The levels of the last model's leak test, the fewest repeats first; none if there was none."""
    tests = [evidence for step in steps[-1:] for evidence in step.evidence if evidence.type == TYPE]
    return tuple(_level(tests[-1], repeats) for repeats in _repeats(tests[-1])) if tests else ()


def _repeats(test: Evidence) -> list[int]:
    parts = [figure.name.split(".") for figure in test.figures]
    return sorted({int(part[2]) for part in parts if len(part) == 3 and part[1] == "exposure" and part[2].isdecimal()})


def _level(test: Evidence, repeats: int) -> Level:
    return Level(
        repeats=repeats,
        control=test.figure(f"{CONTROL}.exposure.{repeats}"),
        pipeline=test.figure(f"{PIPELINE}.exposure.{repeats}"),
        control_told=test.figure(f"{CONTROL}.extracted.{repeats}"),
        pipeline_told=test.figure(f"{PIPELINE}.extracted.{repeats}"),
    )
