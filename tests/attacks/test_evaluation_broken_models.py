"""A model that computes no numbers, or prefers nothing, answers nothing: the first choice is no refuge."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from flows.evaluation.questions import Question
from flows.evaluation.score import Scorer

QUESTIONS = [Question(id=str(n), prompt="Which?", completion="A", choices=("A", "B", "C")) for n in range(3)]


class Broken(Scorer):
    """Every option of every question is as likely as `likely` says."""

    def __init__(self, likely: tuple[float, float, float]) -> None:
        self.likely = likely

    def likelihoods(self, questions: Sequence[Question]) -> list[list[float]]:
        return [list(self.likely) for _ in questions]


@pytest.mark.parametrize("likely", [
    (math.nan, math.nan, math.nan), (-3.0, math.nan, -4.0), (math.nan, -3.0, -3.5), (-3.0, -3.0, -3.0),
    (-math.inf, -math.inf, -math.inf), (-3.0, -3.0, -9.0),
])  # fmt: skip
def test_likelihoods_that_are_no_numbers_or_prefer_nothing_are_wrong_answers(
    likely: tuple[float, float, float],
) -> None:
    assert Broken(likely).right(QUESTIONS) == [False, False, False]


@pytest.mark.parametrize("likely", [(-3.0, -4.0, -4.0), (-3.0, -math.inf, -9.0)])
def test_the_one_likeliest_choice_is_the_answer(likely: tuple[float, float, float]) -> None:
    assert Broken(likely).right(QUESTIONS) == [True, True, True]
