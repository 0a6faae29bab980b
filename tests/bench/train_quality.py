"""What the shipped settings reach on the shipped questions and pairs, seed after seed: part of FULL=1 make bench-train.

What ended is kept in `var/bench/quality` and not done again: a run that was cut goes on. SEEDS=N (3); settings of the
pipeline are taken from OVERRIDES, separated by blanks. By itself: python -m tests.bench.train_quality. The last line is
JSON.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from rich.console import Console
from rich.table import Table

from flows.evaluation.measure import general
from flows.evaluation.preferred import preferred
from flows.evaluation.questions import held_out
from flows.evaluation.run import accuracy_figure, evaluate
from flows.evaluation.settings import EvaluateSection
from flows.house import House
from flows.walk import stages
from registry.files import write_atomically
from registry.records import Base, Dataset, Figure, TrainingRun
from tests.bench.demo_house import demo_house

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / "var" / "bench" / "quality"
SEEDS = int(os.environ.get("SEEDS", "3"))
SECTION = EvaluateSection(max_rows=300, general_rows=256, preference_rows=300)
HEADLINE, GENERAL, REWARD = "headline", "general", "reward"
Figures = dict[str, Figure]


@dataclass(frozen=True)
class Result:
    """Figures of one model; the base has no seed and no rewards."""

    who: str
    seed: int
    figures: Figures


def results() -> Iterator[Result]:
    """The base, then what each seed makes of it by SFT and by DPO."""
    os.environ["MUNIMENT_KEYS"] = str(PLACE / "keys")
    house = demo_house(PLACE / "workspace", whole=True)
    base = stages.base_model(house)
    valid = stages.validate(house, stages.scrub(house, stages.ingest(house)))
    questions = stages.build_sft(house, base, valid)
    yield Result("base", 0, _figures(house, base, (None, None), (questions, None)))
    for seed in range(1, SEEDS + 1):
        house = demo_house(PLACE / "workspace", (f"sft.seed={seed}", f"dpo.seed={seed}"), whole=True)
        tuned = stages.train_sft(house, base, questions)
        pairs = stages.build_preference(house, valid, questions, base, tuned)
        after = stages.train_dpo(house, base, pairs, tuned)
        yield Result("SFT", seed, _figures(house, base, (tuned, None), (questions, pairs)))
        if after is not None:
            yield Result("DPO", seed, _figures(house, base, (after, tuned), (questions, pairs)))


def _figures(
    house: House, base: Base, runs: tuple[TrainingRun | None, TrainingRun | None], rows: tuple[Dataset, Dataset | None]
) -> Figures:
    """Of a run and the one that it began from; measured, or read again."""
    about = runs[0].digest if runs[0] else base.digest
    known = PLACE / f"{about}.json"
    if not known.is_file():
        found = _measured(house, base, runs, rows)
        dumped = {name: figure.model_dump(mode="json") for name, figure in found.items()}
        write_atomically(known, json.dumps(dumped).encode())
    read = json.loads(known.read_text(encoding="utf-8"))
    return {name: Figure.model_validate(figure) for name, figure in read.items()}


def _measured(
    house: House, base: Base, runs: tuple[TrainingRun | None, TrainingRun | None], rows: tuple[Dataset, Dataset | None]
) -> Figures:
    artifacts, (questions, pairs) = house.workspace.artifacts, rows
    own, before = (artifacts.verified(run.weights) if run else None for run in runs)
    ours = held_out(questions.held_out, artifacts, SECTION.max_rows)
    asked = {HEADLINE: ours, GENERAL: general(SECTION.general_rows)}
    scored = {kind: evaluate(some, base, own, artifacts) for kind, some in asked.items()}
    found = {kind: accuracy_figure(sum(one.correct), one.n) for kind, one in scored.items()}
    if own and pairs and pairs.held_out.rows:
        weighed = preferred(pairs.held_out, (base.digest, base), (own, before), SECTION, (artifacts, PLACE))
        found[REWARD] = weighed.figures[0]
    return found


def figures(of: list[Result]) -> dict[str, float]:
    """Means over the seeds; points lost on the general probe; the intervals' lowest end of DPO's reward accuracy."""
    base, rest = of[0], of[1:]
    by = {who: [one for one in rest if one.who == who] for who in ("SFT", "DPO")}
    known = {who: some for who, some in by.items() if some}
    means = {
        f"{who.lower()}_{name}": mean(one.figures[name].value for one in some)
        for who, some in known.items()
        for name in (HEADLINE, GENERAL, REWARD)
        if all(name in one.figures for one in some)
    }
    lost = {
        f"{who.lower()}_general_points_lost": 100 * (base.figures[GENERAL].value - means[f"{who.lower()}_{GENERAL}"])
        for who in known
    }
    lows = [one.figures[REWARD].low for one in known.get("DPO", []) if REWARD in one.figures]
    least = {"dpo_reward_least_low": min(low for low in lows if low is not None)} if lows else {}
    return {"base_headline": base.figures[HEADLINE].value, **means, **lost, **least}


def shown(of: list[Result]) -> Table:
    table = Table("model", "seed", HEADLINE, GENERAL, "reward accuracy")
    for one in of:
        table.add_row(one.who, str(one.seed or ""), *(_cell(one.figures.get(n)) for n in (HEADLINE, GENERAL, REWARD)))
    return table


def _cell(figure: Figure | None) -> str:
    return f"{figure.value:.1%} [{figure.low:.1%}–{figure.high:.1%}] of {figure.n}" if figure else ""


def measured() -> dict[str, float]:
    """All rows, printed as they end."""
    found = list[Result]()
    for one in results():
        found.append(one)
        print(one.who, one.seed, {name: round(figure.value, 4) for name, figure in one.figures.items()}, flush=True)
    Console(width=120).print(shown(found))
    return figures(found)


if __name__ == "__main__":
    print(json.dumps({name: round(value, 4) for name, value in measured().items()}))
