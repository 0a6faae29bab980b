"""Several answers of an adapter to each question, drawn by seed, a batch at a time and each batch kept: a run that was
killed goes on and ends with the same answers."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from flows.evaluation.questions import Question
from flows.ingest.plain import visible
from flows.training.settings import DpoSection
from governance.derived import REPLACEMENT, holds_mark
from registry.artifacts import Artifacts
from registry.errors import TrainingDiverged
from registry.files import left_or_made
from registry.progress import Progress
from registry.records import Base, TrainingRun

if TYPE_CHECKING:
    from flows.evaluation.score import Scorer

BATCH_QUESTIONS, BATCH_ANSWERS = 16, 32
"""At once: questions with choices, and answers that are written."""
TEMPERATURE = 0.7
"""Of written answers; of choices, one is drawn from the adapter's own distribution."""
Answers = list[list[str]]


def answers(
    questions: Sequence[Question],
    adapter: tuple[Base, TrainingRun],
    section: DpoSection,
    place: tuple[Artifacts, Path],
    progress: Progress | None = None,
) -> Answers:
    """`section.samples` answers to each question, less those that say nothing or are not fit to be a row.

    Questions with choices come first. `place` is (artifacts, scratch). Raises TrainingDiverged.
    """
    from flows.base.quiet import quietly

    (base, run), (artifacts, scratch) = adapter, place

    @cache
    def scorer() -> Scorer:
        from flows.evaluation.score import Scorer

        return Scorer(base, artifacts.verified(run.weights), artifacts)

    found: Answers = []
    with quietly():
        for number, batch in enumerate(_batches(questions, section.samples)):
            draw = partial(_drawn, scorer, batch, section, number)
            found += left_or_made(scratch / "drawn" / f"{number}.json", _texts, draw)
            if progress:
                progress(len(found), len(questions))
    return found


def _batches(questions: Sequence[Question], samples: int) -> Iterator[Sequence[Question]]:
    closed = [one for one in questions if one.options]
    free = [one for one in questions if not one.options]
    for some, size in ((closed, BATCH_QUESTIONS), (free, max(1, BATCH_ANSWERS // samples))):
        yield from (some[start : start + size] for start in range(0, len(some), size))


def _texts(data: bytes) -> Answers:
    return [[str(text) for text in texts] for texts in json.loads(data)]


def _drawn(scorer: Callable[[], Scorer], batch: Sequence[Question], section: DpoSection, number: int) -> Answers:
    if not batch[0].options:
        texts = scorer().drawn(batch, section.samples, TEMPERATURE, section.seed * 100_003 + number)
        return [[text for text in own if _is_text(text)] for own in texts]
    scores = scorer().likelihoods(batch)
    return [_choices(question, of_options, section) for question, of_options in zip(batch, scores, strict=True)]


def _is_text(written: str) -> bool:
    """Something said, in whole characters that are seen, with no mark of a chat template."""
    return bool(written) and visible(written) == written and REPLACEMENT not in written and not holds_mark(written)


def _choices(question: Question, scores: Sequence[float], section: DpoSection) -> list[str]:
    best = max(scores)
    weights = [math.exp(score - best) for score in scores]
    if not math.isfinite(sum(weights)):
        raise TrainingDiverged("the SFT adapter scores choices as not a number", "lower sft.learning_rate")
    by_seed = random.Random(f"{section.seed}:{question.id}")  # noqa: S311 - a sample, no secret
    return by_seed.choices(question.options, weights, k=section.samples)
