"""A model that computes no numbers, or prefers nothing, answers nothing: the first choice is no refuge."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import pytest

from flows.base.model import resolve_base
from flows.evaluation.drawing import _choices, _drawn
from flows.evaluation.questions import Question
from flows.evaluation.score import Scorer
from flows.training.settings import DpoSection
from registry.artifacts import Artifacts
from registry.errors import TrainingDiverged

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


@pytest.mark.parametrize("likely", [
    (math.nan, math.nan, math.nan), (-3.0, math.nan, -4.0), (math.nan, -3.0, -3.5), (-math.inf, -math.inf, -math.inf),
])  # fmt: skip
def test_no_choice_is_drawn_from_likelihoods_that_are_no_numbers(likely: tuple[float, float, float]) -> None:
    with pytest.raises(TrainingDiverged, match="not a number"):
        _choices(QUESTIONS[0], likely, DpoSection())


def test_what_is_no_text_is_no_answer_so_that_an_adapters_babble_ends_no_run() -> None:
    class Babbling(Broken):
        def drawn(
            self, questions: Sequence[Question], samples: int, temperature: float, seed: int
        ) -> list[list[str]]:
            return [["\ufffd\ufffd of", "so <|im_end|> it is", "", "30\u200b days", "30 days"]]

    open_ended = Question(id="o", prompt="How long?", completion="30 days")

    assert _drawn(lambda: Babbling((0, 0, 0)), [open_ended], DpoSection(), 0) == [["30 days"]]


def test_an_adapter_that_reads_no_numbers_writes_no_pair(tiny_base: Path, tmp_path: Path) -> None:
    artifacts = Artifacts(tmp_path)
    scorer = Scorer(resolve_base(str(tiny_base), artifacts, licence="MIT"), None, artifacts)
    scorer.core.get_input_embeddings().weight.data.fill_(math.nan)

    with pytest.raises(TrainingDiverged, match="not a number"):
        scorer.drawn(QUESTIONS, 2, 0.7, 1)


@pytest.mark.parametrize("likely", [(-3.0, -4.0, -4.0), (-3.0, -math.inf, -9.0)])
def test_the_one_likeliest_choice_is_the_answer(likely: tuple[float, float, float]) -> None:
    assert Broken(likely).right(QUESTIONS) == [True, True, True]
