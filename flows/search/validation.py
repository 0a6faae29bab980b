"""What trials are judged by: rows cut from the training side, whole documents or passages at a time.

Held-out rows stay unseen, so that the gate measures what no choice was made by.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from flows.datasets.messages import unmeasured_among
from flows.datasets.split import split
from flows.evaluation.questions import Question, question_of, sample
from flows.search.tuning import TuneSection
from registry.errors import DatasetTooSmall, TrainingDiverged

if TYPE_CHECKING:
    from flows.evaluation.score import Scorer

_AT_ONCE = 16
_DRAWS = 8


@dataclass(frozen=True)
class Placed:
    """A row's number in its table, and what it is about."""

    number: int
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Score:
    """Accuracy as the gate takes it, and how likely the right answers were: it tells equals apart."""

    accuracy: float
    likelihood: float
    n: int

    @property
    def value(self) -> float:
        """Accuracy first: what is likelier counts a hundredth."""
        return self.accuracy + self.likelihood / 100


def cut(table: pa.Table, section: TuneSection, seed: int) -> tuple[pa.Table, tuple[Question, ...]]:
    """Rows of `registry.tables.SFT_ROWS` to try settings on, and the questions that judge them.

    Those judge that the gate would measure by, all where none would; drawn again where all have one answer,
    which any settings would learn. Raises DatasetTooSmall where either side would be empty, or no draw has two.
    """
    rows = table.to_pylist()
    share = min(section.validation_share, section.validation_rows / max(1, len(rows)))
    for draw in range(1, _DRAWS + 1):
        sides = split([Placed(n, tuple(row["groups"])) for n, row in enumerate(rows)], share, seed + draw)
        asked = [rows[one.number] for one in sides.held_out]
        unmeasured = unmeasured_among({row["origin"] for row in asked})
        measured = [row for row in asked if row["origin"] not in unmeasured]
        questions = sample(tuple(question_of(row) for row in measured or asked), section.validation_rows)
        if sides.train and len({question.answer for question in questions}) > 1:
            return table.take([one.number for one in sides.train]), questions
    raise _unfit(rows)


def _unfit(rows: Sequence[Mapping[str, Any]]) -> DatasetTooSmall:
    if len({row["completion"][-1]["content"].strip() for row in rows}) == 1:
        return DatasetTooSmall(
            "all training rows have one answer: any settings would learn it",
            "bring rows with other answers, or train without --auto",
        )
    return DatasetTooSmall(
        f"no validation split with two answers can be cut from {len(rows)} training rows, as they hang together",
        "bring rows about more documents, or train without --auto",
    )


def score(scorer: Scorer, questions: Sequence[Question]) -> Score:
    """How well a model answers. Raises TrainingDiverged where it gives no proper number."""
    judged = [
        one
        for start in range(0, len(questions), _AT_ONCE)
        for one in scorer.judged(questions[start : start + _AT_ONCE])
    ]
    likelihood = sum(chance for _, chance in judged) / len(judged)
    if not math.isfinite(likelihood):
        raise TrainingDiverged("the validation rows score as not a number", "lower learning_rate")
    return Score(sum(right for right, _ in judged) / len(judged), likelihood, len(judged))
