"""A search over ranks compares adapters of one scale."""

from __future__ import annotations

import pytest

from flows.training.settings import SftSection
from flows.training.space import applied, own


def scale(section: SftSection) -> float:
    return float(section.lora_alpha / section.lora_r ** (0.5 if section.use_rslora else 1))


@pytest.mark.parametrize("use_rslora", [False, True])
@pytest.mark.parametrize("rank", [1, 4, 64])
def test_another_rank_keeps_the_scale(rank: int, use_rslora: bool) -> None:
    section = SftSection(lora_r=16, lora_alpha=32, use_rslora=use_rslora)

    assert scale(applied(section, {**own(section), "lora_r": rank})) == scale(section)
