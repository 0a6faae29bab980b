"""Accuracy of the base and of an adapter on the same rows, with its interval, kept as Evidence."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flows.datasets.claims.alike import one_case
from flows.evaluation.questions import Question
from governance.figures import MAJORITY
from registry.artifacts import Artifacts
from registry.errors import EvidenceMissing
from registry.progress import Progress
from registry.records import Base, Digest, Evidence, Figure

CONFIDENCE = 0.95
_SHARED_CHOICES = 30
"""So many questions with one set of choices have a commonest answer that is no accident of each."""


@dataclass(frozen=True)
class Scored:
    """Whether each row was answered rightly, in the rows' order, and how many of them are right for whoever always
    gives the commonest answer."""

    ids: tuple[str, ...]
    correct: tuple[bool, ...]
    majority: int | None = None

    @property
    def n(self) -> int:
        return len(self.correct)

    @property
    def accuracy(self) -> float:
        return sum(self.correct) / self.n

    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the accuracy."""
        return interval_of(sum(self.correct), self.n)


def interval_of(right: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    from scipy.stats import binomtest

    found = binomtest(right, n).proportion_ci(CONFIDENCE, method="wilson")
    return float(found.low), float(found.high)


def accuracy_figure(right: int, n: int) -> Figure:
    """The accuracy with its interval."""
    low, high = interval_of(right, n)
    return Figure(name="accuracy", value=round(right / n, 6), low=round(low, 6), high=round(high, 6), n=n)


def evaluate(
    rows: Sequence[Question],
    base: Base,
    weights: Path | None,
    artifacts: Artifacts,
    batch_rows: int = 16,
    progress: Progress | None = None,
) -> Scored:
    """Answer `rows` with the base and the adapter in directory `weights` (None: the base alone).

    The base is bf16, as vLLM serves it, whatever the adapter was trained over. Raises EvidenceMissing
    when there are no rows.
    """
    from flows.base.quiet import quietly
    from flows.evaluation.score import Scorer

    if not rows:
        raise EvidenceMissing("there are no rows to evaluate on", "keep some rows held out, or name a file of rows")
    correct: list[bool] = []
    with quietly():
        scorer = Scorer(base, weights, artifacts)
        for start in range(0, len(rows), batch_rows):
            correct += scorer.right(rows[start : start + batch_rows])
            if progress:
                progress(len(correct), len(rows))
    return Scored(tuple(row.id for row in rows), tuple(correct), commonest(rows))


def commonest(rows: Sequence[Question]) -> int:
    """How many are right for whoever always gives the commonest answer, in whatever case.

    Where many questions offer the same choices, these say as much of a question as one that was not read may tell: of
    each such choice the commonest counts.
    """
    by_choices: dict[frozenset[str], list[str]] = defaultdict(list)
    for row in rows:
        by_choices[frozenset(map(one_case, row.options))].append(one_case(row.answer))
    shared = [answers for answers in by_choices.values() if len(answers) >= _SHARED_CHOICES]
    rest = [answer for answers in by_choices.values() if len(answers) < _SHARED_CHOICES for answer in answers]
    return sum(max(Counter(answers).values()) for answers in (*shared, rest) if answers)


def evidence(type: str, subject: Digest, scored: Scored, artifacts: Artifacts, scratch: Path) -> Evidence:
    """Evidence about `subject` (a record's digest), with the verdict on each row as its artifact."""
    path = scratch / f"{type}.json"
    verdicts = dict(zip(scored.ids, scored.correct, strict=True))
    path.write_text(json.dumps(verdicts, indent=0, sort_keys=True) + "\n", encoding="utf-8")
    figures = [accuracy_figure(sum(scored.correct), scored.n)]
    if scored.majority is not None:
        figures.append(Figure(name=MAJORITY, value=round(scored.majority / scored.n, 6), n=scored.n))
    return Evidence(type=type, subject=subject, figures=tuple(figures), artifact=artifacts.put(path))
