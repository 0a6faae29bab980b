"""The SFT adapter's own mistakes as preference pairs: what it would say is rejected, the gold is chosen."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from flows.evaluation.questions import Question, question_of
from flows.training.settings import DpoSection
from registry import digests, tables
from registry.artifacts import Artifacts
from registry.progress import Progress
from registry.records import Base, Dataset, TrainingRun

if TYPE_CHECKING:
    from flows.evaluation.score import Scorer

ORIGIN = "on-policy"
BATCH_ROWS = 16
MOST_WRITTEN = 8
"""Rows without choices that are answered by generation, token after token, which is slow."""


def on_policy_pairs(
    dataset: Dataset,
    base: Base,
    run: TrainingRun,
    section: DpoSection,
    artifacts: Artifacts,
    progress: Progress | None = None,
) -> pa.Table:
    """At most `section.max_on_policy` training questions asked of the adapter; its wrong answers as pairs.

    Where a question has choices, one is drawn from the adapter's distribution over them with a fixed
    seed; else the adapter writes an answer. Columns: `registry.tables.PREFERENCE_ROWS`.
    """
    from flows.evaluation.score import Scorer
    from flows.training.quiet import quietly

    rows = _asked(tables.read_table(dataset.train, artifacts).to_pylist(), section.max_on_policy)
    pairs: list[dict[str, object]] = []
    if rows:
        with quietly():
            scorer = Scorer(base, artifacts.verified(run.weights), artifacts)
            for start in range(0, len(rows), BATCH_ROWS):
                batch = rows[start : start + BATCH_ROWS]
                answers = _answers(scorer, [question_of(row) for row in batch], section.seed)
                pairs += [_pair(row, answer) for row, answer in zip(batch, answers, strict=True) if answer]
                if progress:
                    progress(min(start + BATCH_ROWS, len(rows)), len(rows))
    return pa.Table.from_pylist(pairs, schema=tables.PREFERENCE_ROWS)


def _asked(rows: list[dict[str, object]], most: int) -> list[dict[str, object]]:
    """A stable sample: mostly questions with choices, which cost one pass for all."""
    rows.sort(key=lambda row: digests.of_text(str(row["id"])))
    closed = [row for row in rows if row["choices"]]
    free = [row for row in rows if not row["choices"]]
    return [*closed, *free[:MOST_WRITTEN]][:most] if closed else free[: min(MOST_WRITTEN, most)]


def _answers(scorer: Scorer, questions: Sequence[Question], seed: int) -> Iterator[str]:
    """The adapter's answer to each question; empty where it is right."""
    for question, written, scores in scorer.answered(questions):
        answer = _draw(question, scores, seed) if scores else written
        yield "" if answer == question.answer else answer


def _draw(question: Question, scores: list[float], seed: int) -> str:
    best = max(scores)
    weights = [math.exp(score - best) for score in scores]
    return random.Random(f"{seed}:{question.id}").choices(question.options, weights)[0]  # noqa: S311 - a sample, no secret


def _pair(row: dict[str, object], answer: str) -> dict[str, object]:
    rejected = [{"role": "assistant", "content": answer}]
    kept = {name: row[name] for name in ("prompt", "document", "groups", "licence", "source")}
    name = digests.of_json({"prompt": row["prompt"], "chosen": row["completion"], "rejected": rejected})[:16]
    return {**kept, "chosen": row["completion"], "rejected": rejected, "id": name, "origin": ORIGIN}
