"""How fast trainings go here: by the registry's memory of earlier ones, or by a few measured steps."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from flows.datasets.replay import BATCH, MOST_TRIES, writer_of
from flows.training.settings import LoraSection, SftSection
from registry.artifacts import Artifacts
from registry.counted import counted
from registry.database.durations import took
from registry.database.store import Registry
from registry.progress import Progress
from registry.records import Base, Dataset, TrainingRun

if TYPE_CHECKING:
    import pyarrow as pa

LATEST = 5
MEASURED_STEPS = 6


@dataclass(frozen=True)
class Pace:
    """Seconds a token and a step, and those besides all steps; `basis` says where they are from.

    `error` is how far the last estimates would have been off, relative to the truth; None before a second run.
    """

    token_s: float
    step_s: float
    fixed_s: float
    basis: str
    error: float | None = None

    def seconds(self, tokens: int) -> float:
        return self.fixed_s + self.token_s * tokens


def remembered(registry: Registry, base: Base, method: str, section: LoraSection) -> Pace | None:
    """The pace of earlier trainings of `base` in batches of the same size, by as many processes, with privacy or none;
    None where there were none. What has the weights of an earlier one took them from it, and no time."""
    asked = section.model_dump()
    wanted = (asked["per_device_train_batch_size"], asked.get("processes", 1), bool(asked.get("privacy")))
    first: dict[str, tuple[TrainingRun, float]] = {}
    for run, seconds in took(registry, TrainingRun):
        first.setdefault(run.weights, (run, seconds))
    like = [
        (seconds / run.tokens, seconds / run.steps)
        for run, seconds in first.values()
        if (run.base, run.method) == (base.digest, method) and _manner(run.settings) == wanted and run.tokens
    ]
    if not like:
        return None
    said = counted(len(like[-LATEST:]), "earlier run")
    token_s, step_s = (median(one) for one in zip(*like[-LATEST:], strict=True))
    return Pace(token_s, step_s, 0.0, said, estimates_error([one for one, _ in like]))


def _manner(settings: Mapping[str, object]) -> tuple[object, object, bool]:
    private = any(name.startswith("privacy.") for name in settings)
    return settings.get("per_device_train_batch_size"), settings.get("processes", 1), private


def remembered_draws(registry: Registry, base: Base) -> Pace | None:
    """How fast `base` wrote rows of its own before, a step being a row; None where it never did."""
    like = [
        seconds / written.train.rows
        for written, seconds in took(registry, Dataset)
        if set(written.origins) == {"replay"}
        and base.digest in {edge.parent for edge in registry.edges(written.digest, up=True)}
    ]
    if not like:
        return None
    said = counted(len(like[-LATEST:]), "earlier draw")
    return Pace(0.0, median(like[-LATEST:]), 0.0, said, estimates_error(like))


def estimates_error(token_s: Sequence[float]) -> float | None:
    """By how much each of the latest runs would have been misjudged from those before it; the median of that."""
    judged = [
        abs(median(token_s[max(0, n - LATEST) : n]) - token_s[n]) / token_s[n] for n in range(1, len(token_s))
    ]
    return median(judged[-LATEST:]) if judged else None


def measured(
    table: pa.Table,
    base: Base,
    section: SftSection,
    place: tuple[Artifacts, Path],
    progress: Progress | None = None,
) -> Pace:
    """Take a few steps on rows of `registry.tables.SFT_ROWS`, and forget them. `place` is (artifacts, scratch).

    Raises as `flows.training.processes.together.learn`.
    """
    from flows.training.planning.plan import tokens_seen
    from flows.training.processes.together import learn

    plain = {"privacy": None, "ewc": 0.0, "warmup_steps": 0.0}
    few = section.model_copy(update={"max_steps": MEASURED_STEPS, "save_steps": MEASURED_STEPS + 1, **plain})
    table = of_all_lengths(table, MEASURED_STEPS * few.batch_rows)
    started, ends = time.perf_counter(), list[tuple[int, float]]()

    def note(done: int, total: int, _: str = "", /) -> None:
        ends.append((done, time.perf_counter()))
        if progress:
            progress(done, total)

    run = learn(table, base, few, place, note)
    step_s, taken = pace_of(ends, started), len(run.losses)
    fixed = max(0.0, time.perf_counter() - started - step_s * taken)
    basis = f"{taken} measured steps{' without privacy, with which they take longer' if section.privacy else ''}"
    return Pace(step_s / tokens_seen(run.rows, run.tokens, section, 1), step_s, fixed, basis)


def of_all_lengths(table: pa.Table, count: int) -> pa.Table:
    """At most `count` of `registry.tables.SFT_ROWS`, long and short as all are: those drawn first may all be short."""
    said = table.select(["prompt", "completion"]).to_pylist()
    sizes = [sum(len(turn["content"]) for turn in (*row["prompt"], *row["completion"])) for row in said]
    by_size = sorted(range(len(sizes)), key=sizes.__getitem__)
    count = min(count, len(by_size))
    return table.take(sorted(by_size[(2 * n + 1) * len(by_size) // (2 * count)] for n in range(count)))


def pace_of(ends: Sequence[tuple[int, float]], started: float) -> float:
    """Seconds a step, from how many were done when; the first, which also warms up, counts only where it is alone."""
    (done, now), (last, end) = ends[0], ends[-1]
    return (end - now) / (last - done) if last > done else (end - started) / last


def weighing(table: pa.Table, base: Base, section: SftSection, place: tuple[Artifacts, Path]) -> Pace:
    """Weigh the base by a few rows of `registry.tables.SFT_ROWS`, and forget it; a step is a row.

    `place` is as in `measured`. Raises as `flows.training.fisher.measure`.
    """
    from flows.training.fisher import measure

    started, ends = time.perf_counter(), list[float]()
    measure(table.slice(0, MEASURED_STEPS), base, section, place, lambda *_: ends.append(time.perf_counter()))
    row_s = median(after - before for before, after in pairwise(ends)) if len(ends) > 1 else ends[0] - started
    fixed = max(0.0, time.perf_counter() - started - row_s * len(ends))
    return Pace(0.0, row_s, fixed, counted(len(ends), "measured row"))


def drawing(base: Base, seed: int, artifacts: Artifacts) -> Pace:
    """Let the base write one batch of rows of its own, and forget them; a step is a row that is of use.

    However few of its turns are, the stage draws so many batches and no more. Raises Unservable.
    """
    from flows.base.model import load_base
    from flows.base.quiet import quietly

    started = time.perf_counter()
    with quietly():
        writer = writer_of(*load_base(base, artifacts), seed)
        loaded = time.perf_counter()
        kept = len({request.casefold() for request, _ in writer.batch(0)})
    batch_s = time.perf_counter() - loaded
    return Pace(0.0, batch_s / max(kept, BATCH / MOST_TRIES), loaded - started, f"1 measured batch, {kept} of use")
