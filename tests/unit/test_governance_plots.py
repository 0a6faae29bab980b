"""What the plots of reports and cards show is read as it was counted."""

from __future__ import annotations

import re

import pytest

from governance.report import plots
from governance.report.steps import Step
from registry.records import Evidence
from registry.records import Figure as Measured


@pytest.mark.parametrize(
    "svg", [plots.counts("rows", {"duplicate": 2, "unpaired": 1}), plots.lengths("words", (1, 2), {"training": (1, 0)})]
)
def test_rows_are_counted_in_whole_numbers(svg: str) -> None:
    ticks = re.findall(r"<text[^>]*>([\d.,]+)</text>", svg)

    assert {"1", "2"} <= set(ticks)
    assert not [tick for tick in ticks if "." in tick]


@pytest.mark.parametrize(
    "svg", [plots.counts("found", {"PERSON": 3_000_000}), plots.lengths("words", (1, 2), {"training": (3_000_000, 1)})]
)
def test_millions_are_written_out(svg: str) -> None:
    assert ">3,000,000<" in svg
    assert "1e6" not in svg


def test_an_accuracy_of_nought_stands_clear_of_the_edge(monkeypatch: pytest.MonkeyPatch) -> None:
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    monkeypatch.setattr(plots, "_svg", lambda name, inches, draw: draw(axes))
    none = Evidence(type="headline", subject="a" * 64, figures=(Measured(name="accuracy", value=0.0),))

    plots.accuracy([Step(label="base", run=None, evidence=(none,))])

    assert axes.get_ylim()[0] < 0 < 100 < axes.get_ylim()[1]
