"""The report shows a leak test with its plot, and says so where there was none."""

from __future__ import annotations

import pytest

from governance.integrity.memorization import TYPE, Exposed, figures
from governance.report.memory import levels_of
from governance.report.plots import exposure
from governance.report.steps import Step
from registry.records import Evidence, Figure

LEVELS = (0, 1, 100)


def step(*found: Figure, kind: str = TYPE) -> Step:
    return Step(label="SFT", run=None, evidence=(Evidence(type=kind, subject="a" * 64, figures=found),))


@pytest.fixture(scope="module")
def measured() -> tuple[Figure, ...]:
    asked = [(number, repeats, repeats > 1) for repeats in LEVELS for number in (0, 1)]
    control = [Exposed(number, repeats, 6.0 * learnt, 0.0, greedy=learnt) for number, repeats, learnt in asked]
    return figures(control, [Exposed(number, repeats, 1.0 + number, 0.0) for number, repeats, _ in asked])


def test_levels_go_from_never_to_most(measured: tuple[Figure, ...]) -> None:
    levels = levels_of([step(*measured, kind="headline"), step(*measured)])

    assert [level.repeats for level in levels] == list(LEVELS)
    assert levels[2].control is not None
    assert levels[2].control.value == 6
    assert levels[2].control_told is not None
    assert levels[2].control_told.value == 2
    assert levels[0].control_told is None, "nobody asks for what was never planted"


def test_only_the_adapter_s_own_test_is_shown(measured: tuple[Figure, ...]) -> None:
    assert levels_of([step(*measured), step(*measured, kind="headline")]) == ()
    assert levels_of([]) == ()


def test_the_plot_names_both_twins_and_chance_and_is_the_same_each_time(measured: tuple[Figure, ...]) -> None:
    levels = levels_of([step(*measured)])

    drawn = exposure(levels)

    for words in ("trained without scrubbing", "trained as this adapter was", "chance", "100 times", "never"):
        assert words in drawn
    assert exposure(levels) == drawn
    assert exposure(()) == ""


def test_a_half_measured_test_is_drawn_as_far_as_it_goes(measured: tuple[Figure, ...]) -> None:
    half = tuple(figure for figure in measured if figure.name.startswith("control"))

    assert "trained without scrubbing" in exposure(levels_of([step(*half)]))
