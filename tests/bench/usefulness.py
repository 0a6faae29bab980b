"""What scrubbing costs: the same training on scrubbed and on unscrubbed documents, asked the same unscrubbed questions.

The second adapter is what the pipeline never makes: its workspace in `var/bench/usefulness` goes when the figures are
there. Until then what ended is kept, and a run that was cut goes on. Settings of the pipeline are taken from OVERRIDES,
separated by blanks. The last line is JSON.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from flows.evaluation.questions import Question, held_out
from flows.evaluation.run import Scored, evaluate
from flows.house import House
from flows.walk import stages
from registry import tables
from registry.records import Base, Dataset, ScrubbedSet, Table
from tests.bench.demo_house import demo_house

PLACE = Path(__file__).resolve().parents[2] / "var" / "bench" / "usefulness"
RESAMPLES = 2_000


def _trained(house: House, base: Base, documents: ScrubbedSet) -> tuple[Dataset, Path]:
    dataset = stages.build_sft(house, base, stages.validate(house, documents))
    run = stages.train_sft(house, base, dataset)
    return dataset, house.workspace.artifacts.verified(run.weights)


def _groups(table: Table, house: House) -> set[str]:
    return {group for row in tables.read_table(table, house.workspace.artifacts).to_pylist() for group in row["groups"]}


def unseen(house: House, raw: Dataset, scrubbed: Dataset, most: int) -> tuple[Question, ...]:
    """Held-out questions as they were written, about nothing that either adapter learnt from."""
    learnt = _groups(scrubbed.train, house)
    rows = tables.read_table(raw.held_out, house.workspace.artifacts).to_pylist()
    free = {row["id"] for row in rows if not learnt & set(row["groups"])}
    return tuple(q for q in held_out(raw.held_out, house.workspace.artifacts, len(rows)) if q.id in free)[:most]


def difference(one: Scored, other: Scored) -> tuple[float, float]:
    """95 % interval of the difference in accuracy over the same questions (paired bootstrap)."""
    import numpy as np
    from scipy.stats import bootstrap

    apart = np.asarray(one.correct, dtype=float) - np.asarray(other.correct, dtype=float)
    found = bootstrap((apart,), np.mean, n_resamples=RESAMPLES, method="percentile", rng=np.random.default_rng(0))
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


def main() -> None:
    os.environ["MUNIMENT_KEYS"] = str(PLACE / "keys")
    house = demo_house(PLACE / "workspace")
    base = stages.base_model(house)
    documents = stages.ingest(house)
    scrubbed = stages.scrub(house, documents)
    as_written = scrubbed.model_copy(update={"units": documents.units})
    own, adapter = _trained(house, base, scrubbed)
    raw, unscrubbed = _trained(house, base, as_written)
    questions = unseen(house, raw, own, house.pipeline.evaluate.max_rows)
    subjects = {"base": None, "scrubbed": adapter, "unscrubbed": unscrubbed}
    scored = {name: evaluate(questions, base, at, house.workspace.artifacts) for name, at in subjects.items()}
    low, high = difference(scored["scrubbed"], scored["unscrubbed"])
    print(f"{len(questions)} questions, about nothing that was learnt, with their names and numbers as written")
    for name, one in scored.items():
        print(f"{name:<12} {one.accuracy:6.1%}  95 % {one.interval()[0]:.1%}–{one.interval()[1]:.1%}")
    print(f"scrubbed minus unscrubbed, 95 %: {low:+.1%} to {high:+.1%}")
    figures = {name: one.accuracy for name, one in scored.items()}
    shutil.rmtree(PLACE)
    print(json.dumps({**figures, "questions": len(questions), "difference_low": low, "difference_high": high}))


if __name__ == "__main__":
    main()
