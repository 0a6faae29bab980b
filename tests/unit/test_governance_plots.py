"""What the plots of reports and cards show is read as it was counted."""

from __future__ import annotations

import re

import pytest

from governance.report import plots


@pytest.mark.parametrize(
    "svg", [plots.counts("rows", {"duplicate": 2, "unpaired": 1}), plots.lengths("words", (1, 2), {"training": (1, 0)})]
)
def test_rows_are_counted_in_whole_numbers(svg: str) -> None:
    ticks = re.findall(r"<text[^>]*>([\d.,]+)</text>", svg)

    assert {"1", "2"} <= set(ticks)
    assert not [tick for tick in ticks if "." in tick]
