"""The two measurements that the gate asks for: the held-out rows, and the shipped general probe."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from flows.evaluation.questions import Question, held_out, read_rows, sample
from flows.evaluation.run import evaluate, evidence
from flows.evaluation.settings import EvaluateSection
from registry import digests
from registry.artifacts import Artifacts
from registry.records import Adapter, Base, Dataset, Evidence

Kind = Literal["headline", "general"]
GENERAL = Path(__file__).parent / "suites" / "general.jsonl"


def suite_digest() -> str:
    """What the general probe asks; part of the stage's key."""
    return digests.of_file(GENERAL)


def measure(
    kind: Kind,
    subject: tuple[Base, Adapter | None],
    dataset: Dataset,
    section: EvaluateSection,
    place: tuple[Artifacts, Path],
    progress: Callable[[int, int], None] | None = None,
) -> Evidence:
    """Evidence about the adapter, or about the base alone. `place` is (artifacts, scratch).

    Raises EvidenceMissing when there is nothing to ask.
    """
    base, adapter = subject
    artifacts, scratch = place
    weights = artifacts.verified(adapter.weights) if adapter else None
    rows = _questions(kind, dataset, section, artifacts)
    scored = evaluate(rows, base, weights, artifacts, progress=progress)
    return evidence(kind, (adapter or base).digest, scored, artifacts, scratch)


def _questions(kind: Kind, dataset: Dataset, section: EvaluateSection, artifacts: Artifacts) -> tuple[Question, ...]:
    if kind == "headline":
        return held_out(dataset.held_out, artifacts, section.max_rows)
    return sample(read_rows(GENERAL), section.general_rows)
