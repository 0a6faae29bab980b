"""Whether an adapter prefers, of held-out pairs, the answer that people chose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from flows.datasets.card import pair_lengths
from flows.evaluation.run import Scored, accuracy_figure, evidence
from flows.evaluation.settings import EvaluateSection
from flows.rendering.rated import Pair
from flows.training.selection import turns
from governance.figures import BY_LENGTH
from registry import digests, tables
from registry.artifacts import Artifacts
from registry.errors import EvidenceMissing
from registry.progress import Progress
from registry.records import Base, Digest, Evidence, Figure, Table

Weights = Path | None
"""A directory of an adapter's weights; None is the base alone."""


def preferred(
    pairs: Table,
    subject: tuple[Digest, Base],
    weights: tuple[Weights, Weights],
    section: EvaluateSection,
    place: tuple[Artifacts, Path],
    progress: Progress | None = None,
) -> Evidence:
    """Reward accuracy of the first of `weights` against the second, where its training began.

    An answer's implicit reward is how much likelier training made it, log π(y|x) − log π_ref(y|x) in nats (Rafailov et
    al. 2023, arXiv:2305.18290, eq. 5 without β); `accuracy` is the share of pairs whose chosen answer is rewarded more.
    `likelier` is the share whose chosen answer is the likelier one (ranking accuracy, arXiv:2405.19534). Ties, and what
    is not a number, count as wrong. `by_length` is what always preferring the longer answer in characters reaches, or
    always the shorter one: whatever makes all text likelier rewards long answers. `subject` is what the evidence is
    about and its base; `place` is (artifacts, scratch).
    Raises EvidenceMissing without pairs, DigestMismatch for altered weights.
    """
    rows = _sample(pairs, place[0], section.preference_rows)
    margins: list[list[float]] = []
    for one in weights:
        found = list[float]()
        for margin in _margins(rows, subject[1], one, section.batch_rows, place[0]):
            found.append(margin)
            if progress:
                progress(len(margins) * len(rows) + len(found), len(weights) * len(rows))
        margins.append(found)
    rewarded = [own - before > 0 for own, before in zip(*margins, strict=True)]
    likelier = accuracy_figure(sum(own > 0 for own in margins[0]), len(rows)).model_copy(update={"name": "likelier"})
    lengths = pair_lengths(rows)
    alone = max(lengths.chosen_longer, lengths.rejected_longer)
    by_length = Figure(name=BY_LENGTH, value=round(alone, 6), n=len(rows))
    scored = Scored(tuple(str(row["id"]) for row in rows), tuple(rewarded))
    made = evidence("preference", subject[0], scored, *place)
    return made.model_copy(update={"figures": (*made.figures, likelier, by_length)})


def _sample(pairs: Table, artifacts: Artifacts, most: int) -> list[Pair]:
    """One pair of each question: the interval is that of pairs that do not hang together."""
    rows = tables.read_table(pairs, artifacts).to_pylist()
    ordered = sorted(rows, key=lambda row: digests.of_text(str(row["id"])))
    kept = [row for turn, row in turns(ordered) if not turn][:most]
    if not kept:
        raise EvidenceMissing("there are no held-out pairs to weigh", "bring pairs, or see evaluate.preference_rows")
    return kept


def _margins(rows: Sequence[Pair], base: Base, weights: Weights, at_once: int, artifacts: Artifacts) -> Iterator[float]:
    """By how many nats each chosen answer is likelier than the rejected one."""
    from flows.base.quiet import quietly
    from flows.evaluation.score import Scorer
    from flows.rendering.render import render

    with quietly():
        scorer = Scorer(base, weights, artifacts)
        for start in range(0, len(rows), at_once):
            batch = rows[start : start + at_once]
            sums = scorer.sums([
                render(scorer.tokenizer, row["prompt"], row[side]) for row in batch for side in ("chosen", "rejected")
            ])
            yield from (chosen - rejected for chosen, rejected in zip(sums[::2], sums[1::2], strict=True))
