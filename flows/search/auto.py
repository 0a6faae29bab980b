"""Training settings that nobody had to set: how far a budget reaches, the search, what it leaves to the training."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flows.base.memory import on_gpu
from flows.search.space import (
    BATCHES,
    RANKS,
    RESERVE,
    SMALLER_BATCHES,
    Choices,
    Reach,
    applied,
    batches,
    begun,
    epochs_fitting,
    judgeable,
    most_epochs,
    own,
    reach,
)
from flows.search.speed import measured
from flows.search.trial import Bench
from flows.search.tune import Found, Search, Shown, search
from flows.search.tuning import TuneSection
from flows.search.validation import cut
from flows.training.lora import check_servable
from flows.training.planning.plan import warmed
from flows.training.planning.room import room_for
from flows.training.selection import selected, selections
from flows.training.settings import SftSection
from registry.artifacts import Artifacts
from registry.files import left_whole, write_atomically
from registry.progress import Steps
from registry.records import Base

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Asked:
    """What a search is for: all training rows, the base model, the settings to begin with, its own settings.

    `fisher` is for `section.ewc`. No rank over `most_rank` is tried: it would not be served.
    """

    table: pa.Table
    base: Base
    section: SftSection
    tune: TuneSection
    seed: int
    fisher: Path | None = None
    most_rank: int = RANKS[-1]


def choose(asked: Asked, place: tuple[Artifacts, Path], shown: Shown) -> tuple[SftSection, Found]:
    """The settings for a training on all rows, and the trials that speak for them. `place` is (artifacts, scratch).

    Raises DoesNotFit, DatasetTooSmall, NothingToLearn, TrainingDiverged, Unservable.
    """
    artifacts, scratch = place
    section = _unpacked(asked.section)
    check_servable(section)
    table, questions = cut(asked.table, asked.tune, asked.seed)
    bench = Bench(table, questions, asked.base, artifacts, asked.fisher)
    ranks = tuple(rank for rank in RANKS if rank <= asked.most_rank)
    choices = Choices(_batches(asked, artifacts, section), selections(table), ranks)
    section = begun(section, choices.batches)
    far = _reach(asked, bench, section, scratch, shown)
    found = search(Search(bench, section, asked.tune, far, choices, scratch, shown))
    return _final(asked, section, far, found), found


def foreseen(asked: Asked, place: tuple[Artifacts, Path], progress: Steps) -> Reach:
    """How far the budget would go at the pace measured now. `place` is (artifacts, scratch), of which nothing is kept.

    Raises DoesNotFit, DatasetTooSmall, NothingToLearn.
    """
    section = _unpacked(asked.section)
    table, _ = cut(asked.table, asked.tune, asked.seed)
    section = begun(section, _batches(asked, place[0], section))
    return _paced(asked, table, section, place, progress)


def passes_left(tune: TuneSection, rows: int, row_s: float, spent_s: float) -> float:
    """Passes over so many rows, at `row_s` each, that the budget holds behind a search that took `spent_s`."""
    return epochs_fitting(most_epochs(tune, rows), tune.budget * RESERVE - spent_s, rows * row_s)


def _unpacked(section: SftSection) -> SftSection:
    """On a CPU weights are unpacked whatever they were: NF4 would save nothing and cost accuracy."""
    return section if on_gpu() else section.model_copy(update={"quantization": "none"})


def _batches(asked: Asked, artifacts: Artifacts, section: SftSection) -> tuple[int, ...]:
    """Batch sizes with which all rows have room, as the training behind a search learns from all: of the usual ones, or
    else the largest of the smaller. Raises DoesNotFit where even the smallest has none."""
    room = room_for(asked.table, asked.base, artifacts)
    usual, every = batches(section), batches(section, (*SMALLER_BATCHES, *BATCHES))
    sized = {size: section.model_copy(update={"per_device_train_batch_size": size}) for size in every}
    room.peak(sized[every[0]])
    roomy = [size for size, one in sized.items() if room.holds(one)]
    return tuple(size for size in roomy if size in usual) or tuple(roomy[-1:]) or usual


def _reach(asked: Asked, bench: Bench, section: SftSection, scratch: Path, shown: Shown) -> Reach:
    """How far the budget goes at the pace measured now; a rerun keeps to what the first run measured."""
    known = scratch / "reach.json"
    before = left_whole(known, lambda data: Reach(**json.loads(data)))
    if before is not None:
        return before
    place = scratch / "pace"
    place.mkdir(exist_ok=True)
    with shown.bar("pace") as report:
        found = _paced(asked, bench.table, section, (bench.artifacts, place), report)
    write_atomically(known, json.dumps(asdict(found)).encode())
    return found


def _paced(
    asked: Asked, trial: pa.Table, section: SftSection, place: tuple[Artifacts, Path], progress: Steps
) -> Reach:
    rows = (trial.num_rows, asked.table.num_rows)
    longest = {"max_steps": -1, "num_train_epochs": most_epochs(asked.tune, rows[1])}
    warmed(section.model_copy(update=longest), rows[1])  # before any is tried: none will be longer
    pace = measured(trial, asked.base, section, place, progress)
    batch = min(section.per_device_train_batch_size, trial.num_rows)
    far = reach(asked.tune, rows, pace.step_s / batch, 2 * pace.fixed_s)
    return judgeable(far, rows[0], section)


def _final(asked: Asked, section: SftSection, far: Reach, found: Found) -> SftSection:
    """The best trial's settings, for as many passes over all rows as the rest of the budget holds."""
    settings = own(section) if found.best is None else dict(found.best.settings)
    settled = applied(section, settings)
    rows = selected(asked.table, settled.learn_from).num_rows
    epochs = passes_left(asked.tune, rows, found.row_s, found.spent_s)
    if not far.limited:
        epochs = min(epochs, round(float(settings["num_train_epochs"]), 2))
    return settled.model_copy(update={"num_train_epochs": epochs})
