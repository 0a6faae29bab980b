"""A training on a dataset's rows, as the run that the registry keeps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from flows.training.loop import record_of
from flows.training.planning.room import room_for
from flows.training.processes.together import learn
from flows.training.settings import SftSection
from flows.training.sft import Footing
from registry import tables
from registry.artifacts import Artifacts
from registry.progress import Steps
from registry.records import Base, Dataset, TrainingRun

if TYPE_CHECKING:
    import pyarrow as pa


def train_sft(  # noqa: PLR0913 - the stage law, a progress bar, and what the base's own words hang on
    dataset: Dataset,
    base: Base,
    section: SftSection,
    artifacts: Artifacts,
    scratch: Path,
    progress: Steps | None = None,
    fisher: Path | None = None,
) -> TrainingRun:
    """Train an adapter on `dataset.train`; a run killed in `scratch` goes on from its checkpoint.

    `fisher` is a file of `flows.training.fisher`, for `section.ewc`.
    Raises Unservable, DoesNotFit, NothingToLearn, DatasetTooSmall, TrainingDiverged, DiskFull.
    """
    rows = tables.read_table(dataset.train, artifacts)
    _require_room(rows, base, section, artifacts)
    run = learn(rows, base, section, (artifacts, scratch), progress, Footing(fisher))
    return record_of(run, section, (base, dataset, None), artifacts, scratch)


def train_on(
    dataset: Dataset,
    origin: tuple[Base, TrainingRun],
    section: SftSection,
    place: tuple[Artifacts, Path],
    progress: Steps | None = None,
    fisher: Path | None = None,
) -> TrainingRun:
    """As `train_sft`, from the weights of an earlier run, whose shape `section` must have. `origin` is (base, run)."""
    (base, parent), (artifacts, scratch) = origin, place
    rows = tables.read_table(dataset.train, artifacts)
    _require_room(rows, base, section, artifacts)
    run = learn(rows, base, section, place, progress, Footing(fisher, artifacts.verified(parent.weights)))
    return record_of(run, section, (base, dataset, parent), artifacts, scratch)


def _require_room(rows: pa.Table, base: Base, section: SftSection, artifacts: Artifacts) -> None:
    """Asked before the model is loaded: what has no room would be killed by the system hours later, without a word."""
    if rows.num_rows:
        room_for(rows, base, artifacts).peak(section)
