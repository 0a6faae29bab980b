"""One kind of Evidence about the base or an adapter: the headline questions, or the general probe."""

from __future__ import annotations

from pathlib import Path

from flows.evaluation.questions import Question, held_out, sample
from flows.evaluation.run import evaluate, evidence
from flows.evaluation.settings import EvaluateSection
from registry import digests
from registry.artifacts import Artifacts
from registry.errors import ConfigError
from registry.progress import Progress
from registry.records import Adapter, Base, Dataset, Evidence

SUITE = Path(__file__).parent / "suites" / "general.jsonl"


def suite_digest() -> str:
    """Digest of the general probe's questions."""
    return digests.of_file(SUITE)


def measure(
    kind: str,
    subject: tuple[Base, Adapter | None],
    dataset: Dataset,
    section: EvaluateSection,
    place: tuple[Artifacts, Path],
    progress: Progress | None = None,
) -> Evidence:
    """Evidence of type `kind` (headline or general) about (base, adapter); None measures the base.

    `place` is (artifacts, scratch).
    Raises EvidenceMissing when there is nothing to ask, DigestMismatch for altered weights.
    """
    (base, adapter), (artifacts, scratch) = subject, place
    if kind == "headline":
        rows = held_out(dataset.held_out, artifacts, section.max_rows)
    elif kind == "general":
        rows = general(section.general_rows)
    else:
        raise ConfigError(f"there is no evaluation called {kind!r}", "known: headline, general")
    weights = artifacts.verified(adapter.weights) if adapter else None
    scored = evaluate(rows, base, weights, artifacts, section.batch_rows, progress)
    about = adapter.digest if adapter else base.digest
    return evidence(kind, about, scored, artifacts, scratch)


def general(most: int) -> tuple[Question, ...]:
    """At most `most` questions of the shipped probe."""
    return sample(probe(), most)


def probe() -> tuple[Question, ...]:
    """Every question of the shipped probe."""
    lines = SUITE.read_text(encoding="utf-8").splitlines()
    return tuple(map(Question.model_validate_json, lines))
