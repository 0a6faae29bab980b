"""What fine-tuning costs the base, and what replay and elastic weight consolidation save of it.

The shipped questions are learnt with each share of replay, with and without the penalty, under several seeds; then the
general probe and held-out questions are asked. The base's own rows are drawn once and shared. Every cell is written to
`var/bench/forgetting` as it ends, and what is there is not done again: a run that was cut goes on.
ROWS=N training rows (240), SEEDS=N (3), HELD=N held-out questions (100), PROBE=N of the general probe (256),
EWC=STRENGTH (1.0), OWN=N rows of the base's own to draw. The last line is JSON.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from rich.console import Console
from rich.table import Table

from flows.base.model import load_base, resolve_base
from flows.base.quiet import quietly
from flows.datasets.contamination import measured, without_contaminated
from flows.datasets.messages import Row, sft_table
from flows.datasets.replay import replay_rows, rows_beside, writer_of
from flows.evaluation.brought import suite_questions
from flows.evaluation.measure import general
from flows.evaluation.questions import Question
from flows.evaluation.run import evaluate
from flows.training import fisher
from flows.training.processes.together import learn
from flows.training.settings import SftSection
from flows.training.sft import Footing
from registry.artifacts import Artifacts
from registry.files import write_atomically
from registry.records import Base

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / "var" / "bench" / "forgetting"
ROWS, SEEDS, HELD, PROBE = (
    int(os.environ.get(name, preset))
    for name, preset in (("ROWS", "240"), ("SEEDS", "3"), ("HELD", "100"), ("PROBE", "256"))
)
STRENGTH = float(os.environ.get("EWC", "1.0"))
SHARES = (0.0, 0.01, 0.05, 0.10)
OWN = int(os.environ.get("OWN", rows_beside(ROWS, max(SHARES))))
DRAWN_BY = 42
SIZED = PLACE / f"{ROWS}-rows-{OWN}-own-{HELD}-held-{PROBE}-probe"
"""Where cells of these sizes are kept."""


@dataclass(frozen=True)
class Ground:
    """What all cells share."""

    base: Base
    artifacts: Artifacts
    rows: tuple[Row, ...]
    own: tuple[Row, ...]
    held_out: tuple[Question, ...]
    probe: tuple[Question, ...]


@dataclass(frozen=True)
class Cell:
    """One training: its settings, and the share of answers that are right after it; the base's own with no seed."""

    replay: float
    ewc: float
    seed: int
    general: float
    task: float
    seconds: float


def ground() -> Ground:
    artifacts = Artifacts(PLACE / "artifacts")
    base = resolve_base("smollm2-135m-instruct", artifacts)
    lines = [_bare(json.loads(line)) for line in _shipped().read_text(encoding="utf-8").splitlines()]
    random.Random(DRAWN_BY).shuffle(lines)
    asked = tuple(Question.model_validate(line) for line in lines)
    probe, seen = general(PROBE), {passage for line in lines[:HELD] for passage in line["gold_passages"]}
    apart = [line for line in lines[HELD:] if not seen & set(line["gold_passages"])]
    rows = tuple(_row(line) for line in apart[:ROWS])
    return Ground(base, artifacts, rows, _own(base, artifacts), asked[:HELD], probe)


def _shipped() -> Path:
    return ROOT / "examples" / "questions" / "rulebook.jsonl"


def _bare(line: dict[str, Any]) -> dict[str, Any]:
    """Without the list of rulebooks that each prompt begins with, which would be most of its tokens."""
    return {**line, "prompt": line["prompt"].partition("\n")[2]}


def _row(line: dict[str, Any]) -> Row:
    return Row(
        prompt=line["prompt"], answers=(line["completion"].strip(),), origin="imported", document="d",
        place=line["id"], groups=(line["id"],), licence=line["license"], source=line["source"],
    )  # fmt: skip


def _own(base: Base, artifacts: Artifacts) -> tuple[Row, ...]:
    """What the base wrote itself, as the pipeline draws it; batches that were drawn before are read again."""
    with quietly():
        writer = writer_of(*load_base(base, artifacts), DRAWN_BY)
        drawn = replay_rows(writer.batch, base, OWN, PLACE, lambda done, of: print(f"{done} of {of} own rows"))
    kept, _ = without_contaminated(drawn, measured(suite_questions(())), 0.5)
    return tuple(kept)


def cell(shared: Ground, replay: float, ewc: float, seed: int) -> Cell:
    """Trained and asked, or read again."""
    known = SIZED / f"replay-{replay}-ewc-{ewc}-seed-{seed}.json"
    if not known.is_file():
        found = _learnt(shared, replay, ewc, seed)
        write_atomically(known, json.dumps(asdict(found)).encode())
    return Cell(**json.loads(known.read_text(encoding="utf-8")))


def _learnt(shared: Ground, replay: float, ewc: float, seed: int) -> Cell:
    started, weights = time.process_time(), None
    if seed:
        scratch = SIZED / "scratch" / f"{replay}-{ewc}-{seed}"
        scratch.mkdir(parents=True, exist_ok=True)
        section = SftSection(
            quantization="none", replay=replay, ewc=ewc, seed=seed, save_steps=1_000, num_train_epochs=1.0
        )
        table = sft_table([*shared.rows, *shared.own[: rows_beside(len(shared.rows), replay)]])
        held = Footing(fisher_of(shared)) if ewc else None
        learn(table, shared.base, section, (shared.artifacts, scratch), None, held)
        weights = scratch / "adapter"
    scored = evaluate((*shared.probe, *shared.held_out), shared.base, weights, shared.artifacts)
    probe, task = mean(scored.correct[: len(shared.probe)]), mean(scored.correct[len(shared.probe) :])
    shutil.rmtree(SIZED / "scratch", ignore_errors=True)
    return Cell(replay, ewc, seed, probe, task, time.process_time() - started)


def fisher_of(shared: Ground) -> Path:
    """Measured once."""
    section = SftSection(quantization="none")
    return fisher.measure(sft_table(list(shared.own)), shared.base, section, (shared.artifacts, SIZED))


def spread(values: list[float]) -> str:
    """Mean and range, in percent."""
    return f"{mean(values):.1%} [{min(values):.1%}–{max(values):.1%}]"


def main() -> None:
    SIZED.mkdir(parents=True, exist_ok=True)
    shared = ground()
    untrained = cell(shared, 0.0, 0.0, 0)
    print(f"base: general {untrained.general:.1%}, task {untrained.task:.1%}", flush=True)
    ways = [(replay, ewc) for ewc in (0.0, STRENGTH) for replay in SHARES]
    found: dict[tuple[float, float], list[Cell]] = {way: [] for way in ways}
    for seed in range(1, SEEDS + 1):
        for way in ways:
            found[way].append(cell(shared, *way, seed))
            print(found[way][-1], flush=True)
    table = Table("replay", "EWC", "general probe", "lost, points", "held-out questions")
    for (replay, ewc), cells in found.items():
        lost = untrained.general - mean(one.general for one in cells)
        general_, task = (spread([getattr(one, name) for one in cells]) for name in ("general", "task"))
        table.add_row(f"{replay:.0%}", f"{ewc:g}", general_, f"{100 * lost:+.1f}", task)
    Console(width=120).print(table)
    print(
        f"{len(shared.rows)} rows, one pass, {SEEDS} seeds; {len(shared.probe)} questions of the general probe, "
        f"{len(shared.held_out)} held out; {len(shared.own)} rows of the base's own"
    )
    means = {f"replay {r:g} ewc {e:g}": mean(one.general for one in cells) for (r, e), cells in found.items()}
    points = {way: round(100 * (untrained.general - general_), 2) for way, general_ in means.items()}
    sizes = {"rows": len(shared.rows), "seeds": SEEDS, "probe": len(shared.probe), "held_out": len(shared.held_out)}
    print(json.dumps({"base_general": untrained.general, "points_lost": points, **sizes}))


if __name__ == "__main__":
    main()
