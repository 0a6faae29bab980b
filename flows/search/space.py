"""What a search may change, how far its budget reaches, and what it remembers of each trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from flows.search.tuning import TuneSection
from flows.training.planning.plan import steps_of
from flows.training.settings import LEAST_RATE, LEAST_STEPS, MOST_RATE, LearnFrom, SftSection
from registry.errors import DoesNotFit

if TYPE_CHECKING:
    import optuna

BATCHES = (8, 16, 32)
SMALLER_BATCHES = (1, 2, 4)
"""Of which the largest is taken where memory has room for none of the others."""
RANKS = (8, 16, 32, 64)
DROPOUTS = (0.0, 0.05, 0.1)
DECAYS = (0.0, 0.01, 0.1)
LOWEST_RATE, HIGHEST_RATE = 1 / 3, 2.0
"""Of the section's own learning rate."""
OWN_BATCH = 16
"""Where a search begins: a shared prompt is computed once a batch, and small batches learn more from few rows."""
LEAST_EPOCHS = 1.0
"""Of a trial: before one pass over the rows, good and bad settings alike answer by chance."""
LEAST_TRIALS = 2
PARTS = 4
"""Of a trial, at which it is judged or goes on."""
USEFUL_EPOCHS = 3.0
"""Passes that the last training needs more than it needs a search."""
MOST_EPOCHS = 6.0
"""Where passes are not bounded: over few rows, as more steps than LEAST_STEPS learn many rows by heart."""
WHOLE_TRIALS = 4
"""How many trials to their end the time for a search is divided by; most trials are given up earlier."""
RESERVE = 0.95
Value = float | int | str
Outcome = Literal["complete", "given up", "diverged", "out of time"]


class Trial(BaseModel):
    """One trial: what it tried, and (accuracy, likelihood) on the validation rows at each quarter it was judged at."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    number: int
    settings: Mapping[str, Value]
    scores: Mapping[int, tuple[float, float]]
    outcome: Outcome

    @property
    def rank(self) -> tuple[int, float, float]:
        """Later rungs first, then accuracy, then likelihood."""
        rung = max(self.scores, default=0)
        return (rung, *self.scores.get(rung, (0.0, 0.0)))


@dataclass(frozen=True)
class Choices:
    """What a search may choose between, besides ranges of numbers: batch sizes, which rows to learn from, ranks."""

    batches: tuple[int, ...]
    rows: tuple[LearnFrom, ...] = ("all",)
    ranks: tuple[int, ...] = RANKS


@dataclass(frozen=True)
class Reach:
    """How far a budget goes at `row_s` seconds a row and pass. `search_s` are for trials, each of `epochs`.

    No search where `search_s` is 0: then all of the budget goes to one training with the workspace's own settings.
    `limited` where a trial can't take as many passes as the last training: then its epochs are not searched for.
    """

    search_s: float
    epochs: float
    limited: bool
    row_s: float


def reach(section: TuneSection, rows: tuple[int, int], row_s: float, fixed_s: float) -> Reach:
    """Divide the budget. `rows` are those of a trial and of the last training; `fixed_s` what both take besides rows.

    Raises DoesNotFit where not even one pass over all rows fits.
    """
    usable, pass_s, trial_s = section.budget * RESERVE - fixed_s, rows[1] * row_s, rows[0] * row_s
    most = most_epochs(section, rows[1])
    if usable < pass_s:
        raise DoesNotFit(
            f"a budget of {section.budget:.0f} s has no room for one pass over {rows[1]} rows",
            f"give --budget {(pass_s + fixed_s) / RESERVE + 1:.0f}s or more",
        )
    search_s = max(section.search_share * section.budget, usable - most * pass_s)
    rest = (usable - search_s) / pass_s
    if rest < min(USEFUL_EPOCHS, most) - 1e-9 or search_s < LEAST_TRIALS * LEAST_EPOCHS * trial_s:
        return _unsearched(row_s)
    epochs = min(most, max(LEAST_EPOCHS, search_s / WHOLE_TRIALS / trial_s))
    return Reach(search_s, epochs, epochs < most, row_s)


def epochs_fitting(most: float, left_s: float, pass_s: float) -> float:
    """Passes that fit into `left_s`, at least one and `most` at most, to two digits."""
    return int(100 * max(1.0, min(most, left_s / pass_s))) / 100


def most_epochs(section: TuneSection, rows: int) -> float:
    """Passes over so many rows at most: as they are set, else those that make LEAST_STEPS, from three to six."""
    if section.max_epochs is not None:
        return section.max_epochs
    return min(MOST_EPOCHS, max(USEFUL_EPOCHS, LEAST_STEPS * OWN_BATCH / rows))


def batches(section: SftSection, sizes: tuple[int, ...] = BATCHES) -> tuple[int, ...]:
    """The batch sizes that are searched, each with an equal share for every process."""
    return tuple(sorted({_shared(size, section) for size in sizes}))


def begun(section: SftSection, roomy: Sequence[int]) -> SftSection:
    """The section with the batches that a search begins with, of those that have room."""
    size = max(size for size in roomy if size <= _shared(OWN_BATCH, section))
    return section.model_copy(update={"per_device_train_batch_size": size, "gradient_accumulation_steps": 1})


def _shared(size: int, section: SftSection) -> int:
    return -(-size // section.processes) * section.processes


def own(section: SftSection) -> dict[str, Value]:
    """The settings that a search begins with: the workspace's own, in batches as `begun` has them."""
    return {
        "learning_rate": section.learning_rate,
        "lora_r": section.lora_r,
        "per_device_train_batch_size": section.per_device_train_batch_size,
        "lora_dropout": section.lora_dropout,
        "weight_decay": section.weight_decay,
        "learn_from": section.learn_from,
    }


def drawn(trial: optuna.Trial, section: SftSection, choices: Choices, reach: Reach) -> dict[str, Value]:
    """Settings that Optuna chooses for a trial."""
    rate = section.learning_rate
    lowest, highest = max(LEAST_RATE, LOWEST_RATE * rate), min(MOST_RATE, HIGHEST_RATE * rate)
    settings: dict[str, Value] = {
        "learning_rate": trial.suggest_float("learning_rate", lowest, highest, log=True),
        "lora_r": trial.suggest_categorical("lora_r", sorted({*choices.ranks, section.lora_r})),
        "per_device_train_batch_size": trial.suggest_categorical("per_device_train_batch_size", list(choices.batches)),
        "lora_dropout": trial.suggest_categorical("lora_dropout", sorted({*DROPOUTS, section.lora_dropout})),
        "weight_decay": trial.suggest_categorical("weight_decay", sorted({*DECAYS, section.weight_decay})),
        "num_train_epochs": round(reach.epochs, 4),
    }
    if len(choices.rows) > 1:
        settings["learn_from"] = trial.suggest_categorical("learn_from", list(choices.rows))
    if not reach.limited:
        settings["num_train_epochs"] = trial.suggest_float("num_train_epochs", max(1.0, reach.epochs / 3), reach.epochs)
    return settings


def applied(section: SftSection, settings: Mapping[str, Value]) -> SftSection:
    """The section with a trial's settings; alpha keeps the adapter's scale, accumulation is not needed."""
    times = int(settings["lora_r"]) / section.lora_r
    grown = times**0.5 if section.use_rslora else times
    changed = {**settings, "lora_alpha": max(1, round(section.lora_alpha * grown))}
    return section.model_copy(update={**changed, "max_steps": -1, "gradient_accumulation_steps": 1})


def judgeable(reach: Reach, rows: int, section: SftSection) -> Reach:
    """The reach as it is, or without a search where a trial of `section` on `rows` has fewer steps than parts."""
    first = section.model_copy(update={"num_train_epochs": reach.epochs, "max_steps": -1})
    return reach if not reach.search_s or long_enough(rows, first) else _unsearched(reach.row_s)


def _unsearched(row_s: float) -> Reach:
    return Reach(0.0, 0.0, True, row_s)


def long_enough(rows: int, section: SftSection) -> bool:
    """Whether a trial has a step for each part that it is judged in."""
    return steps_of(rows, section) >= PARTS
