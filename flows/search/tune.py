"""Training settings by successive halving (Li et al. 2020, "ASHA") with Optuna, inside a budget of time.

Trials learn from a part of the training rows and are judged on another by the gate's own measure. What a killed search
had finished is read again: each trial is drawn from the trials before it and its own number, so a rerun draws the same.
"""

from __future__ import annotations

import json
import math
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from flows.search.space import PARTS, Choices, Outcome, Reach, Trial, applied, drawn, long_enough, own
from flows.search.trial import Bench, run_trial
from flows.search.tuning import TuneSection
from flows.search.validation import Score
from flows.training.settings import SftSection
from registry.errors import TrainingDiverged
from registry.files import write_atomically
from registry.progress import Steps

if TYPE_CHECKING:
    import optuna

FINISHED = "trials.jsonl"
SEED = 42


class _Kept(BaseModel):
    """A finished trial as a rerun needs it. `row_s`: seconds a row and pass, without being judged."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    trial: Trial
    seconds: float
    row_s: float


@dataclass(frozen=True)
class Found:
    """All trials, the best one (None where there was no time for any) and how fast it went, judged on `questions`.

    `spent_s` is what the search took over all runs.
    """

    trials: tuple[Trial, ...]
    best: Trial | None
    questions: int
    row_s: float
    spent_s: float


@dataclass(frozen=True)
class Shown:
    """How a person follows a search: a bar for each step count, by its title; a line for each finished trial."""

    bar: Callable[[str], AbstractContextManager[Steps]]
    told: Callable[[Trial], None]


@dataclass(frozen=True)
class Search:
    """A search in `scratch`; `told` hears of every finished trial."""

    bench: Bench
    section: SftSection
    tune: TuneSection
    reach: Reach
    choices: Choices
    scratch: Path
    shown: Shown


def search(search: Search) -> Found:
    """Trials until the time is spent, the target is met, or enough were made; none where the budget holds none.

    Raises TrainingDiverged where none gave a proper number.
    """
    if not search.reach.search_s:
        return Found((), None, len(search.bench.questions), search.reach.row_s, 0.0)
    kept = _read(search.scratch / FINISHED)
    while _another(search, kept):
        one = _tried(search, kept)
        kept = [*kept, one]
        _write(search.scratch / FINISHED, kept)
        search.shown.told(one.trial)
    scored = [one for one in kept if one.trial.scores]
    if not scored:
        raise TrainingDiverged(
            f"none of {len(kept)} trials gave a proper score", "lower sft.learning_rate, or look for broken rows"
        )
    best = max(scored, key=lambda one: one.trial.rank)
    if search.reach.limited and as_good(kept[0].trial, best.trial, len(search.bench.questions)):
        best = kept[0]
    trials, spent = tuple(one.trial for one in kept), sum(one.seconds for one in kept)
    return Found(trials, best.trial, len(search.bench.questions), best.row_s, spent)


def as_good(own: Trial, best: Trial, questions: int) -> bool:
    """Whether the workspace's own settings are within a standard error of the best trial's.

    Trials that are shorter than the training to come say little about it: only a clear difference counts against
    settings that were chosen on whole trainings.
    """
    (rung, accuracy, _), (best_rung, best_accuracy, _) = own.rank, best.rank
    error = math.sqrt(best_accuracy * (1 - best_accuracy) / max(1, questions))
    return rung == best_rung and best_accuracy - accuracy <= error


def _another(search: Search, kept: Sequence[_Kept]) -> bool:
    if not kept:
        return True
    best = max(one.trial.rank for one in kept)
    goal = search.tune.target or 1.0
    if len(kept) >= search.tune.max_trials or (best[0] == PARTS and best[1] >= goal):
        return False
    spent, dearest = sum(one.seconds for one in kept), max(one.seconds for one in kept)
    return spent + dearest / PARTS <= search.reach.search_s


def _tried(search: Search, kept: Sequence[_Kept]) -> _Kept:
    """The next trial, to its end or until it is given up."""
    study = _study(search, kept)
    asked = study.ask()
    settings = drawn(asked, search.section, search.choices, search.reach)
    rows = search.bench.table.num_rows
    if kept and not long_enough(rows, applied(search.section, settings)):  # few rows: no reason to end a search
        settings["num_train_epochs"] = round(search.reach.epochs, 4)
        settings["per_device_train_batch_size"] = min(search.choices.batches)
    section = applied(search.section, settings).model_copy(update={"save_steps": 1_000_000})
    place = search.scratch / f"trial-{asked.number}"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    watch = _Watch(asked, search.reach.search_s - sum(one.seconds for one in kept))
    outcome: Outcome = "complete"
    try:
        with search.shown.bar(f"trial {asked.number}") as shown:
            run_trial(search.bench, section, place, watch.go_on, watch.counting(shown))
        outcome = watch.outcome
    except TrainingDiverged:
        outcome = "diverged"
    shutil.rmtree(place, ignore_errors=True)
    trial = Trial(number=asked.number, settings=settings, scores=dict(watch.scores), outcome=outcome)
    batch = section.per_device_train_batch_size
    return _Kept(trial=trial, seconds=watch.seconds, row_s=watch.step_s / batch)


class _Watch:
    """The life of one trial: its scores, its clock, and whether it may go on."""

    def __init__(self, asked: optuna.Trial, left_s: float) -> None:
        self.asked, self.left_s = asked, left_s
        self.scores: dict[int, tuple[float, float]] = {}
        self.outcome: Outcome = "complete"
        self.started = self.last = time.perf_counter()
        self.steps: list[float] = []

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.started

    @property
    def step_s(self) -> float:
        """Mean seconds of a step; the first one also warms up and loads."""
        usual = self.steps[1:] or self.steps or [self.seconds]
        return sum(usual) / len(usual)

    def counting(self, shown: Steps) -> Steps:
        def count(done: int, total: int, beside: str = "", /) -> None:
            now = time.perf_counter()
            self.steps.append(now - self.last)
            self.last = now
            shown(done, total, beside)

        return count

    def go_on(self, rung: int, score: Score) -> bool:
        self.scores[rung] = (round(score.accuracy, 6), round(score.likelihood, 6))
        self.last = time.perf_counter()  # being judged is no part of the next step
        self.asked.report(score.value, rung)
        if rung == PARTS:
            return False
        if self.asked.should_prune():
            self.outcome = "given up"
        elif self.seconds > self.left_s and self.asked.number:
            self.outcome = "out of time"
        return self.outcome == "complete"


def _study(search: Search, kept: Sequence[_Kept]) -> optuna.Study:
    """A study that knows the finished trials, and whose next draw follows from them and their number alone."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler(seed=SEED + len(kept), n_startup_trials=4)
    pruner = optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=2)
    study = optuna.create_study(direction="maximize", sampler=sampler, pruner=pruner)
    for one in kept:
        _replay(study, search, one.trial)
    if not kept:
        study.enqueue_trial({**own(search.section), "num_train_epochs": search.reach.epochs})
    return study


def _replay(study: optuna.Study, search: Search, trial: Trial) -> None:
    """Tell a study of a trial that it did not run itself."""
    import optuna

    study.enqueue_trial(dict(trial.settings))
    asked = study.ask()
    drawn(asked, search.section, search.choices, search.reach)
    for rung, (accuracy, likelihood) in sorted(trial.scores.items()):
        asked.report(Score(accuracy, likelihood, 1).value, rung)
        asked.should_prune()  # which notes the rung for those that follow
    if trial.outcome == "complete":
        study.tell(asked, Score(*trial.scores[PARTS], 1).value)
    else:
        state = optuna.trial.TrialState
        study.tell(asked, state=state.FAIL if trial.outcome == "diverged" else state.PRUNED)


def _read(path: Path) -> list[_Kept]:
    """The finished trials up to one that is not whole any more: those behind it were drawn from it."""
    lines = path.read_bytes().splitlines() if path.is_file() else []
    kept: list[_Kept] = []
    for line in lines:
        try:
            kept.append(_Kept.model_validate_json(line))
        except ValidationError:
            break
    return kept


def _write(path: Path, kept: Sequence[_Kept]) -> None:
    write_atomically(path, "".join(json.dumps(one.model_dump(mode="json")) + "\n" for one in kept).encode())
