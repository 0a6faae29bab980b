"""A search over ranks compares adapters of one scale."""

from __future__ import annotations

import pytest

from flows.search.space import applied, most_epochs, own
from flows.search.tuning import TuneSection
from flows.training.settings import SftSection


def scale(section: SftSection) -> float:
    return float(section.lora_alpha / section.lora_r ** (0.5 if section.use_rslora else 1))


@pytest.mark.parametrize("use_rslora", [False, True])
@pytest.mark.parametrize("rank", [1, 4, 64])
def test_another_rank_keeps_the_scale(rank: int, use_rslora: bool) -> None:
    section = SftSection(lora_r=16, lora_alpha=32, use_rslora=use_rslora)

    assert scale(applied(section, {**own(section), "lora_r": rank})) == scale(section)


@pytest.mark.parametrize(("rows", "passes"), [(100, 6), (1_600, 5), (2_649, 8_000 / 2_649), (10_000, 3)])
def test_few_rows_are_passed_over_more_often_than_many(rows: int, passes: float) -> None:
    assert most_epochs(TuneSection(), rows) == pytest.approx(passes)
    assert most_epochs(TuneSection(max_epochs=9), rows) == 9
