"""The loss of every step of a training run: kept as a small JSON artifact, read again for the audit report."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from registry.artifacts import Artifacts
from registry.errors import IntegrityError, NotFound
from registry.records import TrainingRun

SAID = 10
"""Steps over which the loss is told while it trains."""


class LossLog(BaseModel):
    """`loss` holds one mean a logged step, in the order of training."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    loss: tuple[Annotated[float, Field(allow_inf_nan=False)], ...]


def write_losses(losses: Sequence[float], place: Path) -> Path:
    """Write them to `place`, rounded to six digits behind the point, and return it."""
    place.write_text(json.dumps({"loss": [round(value, 6) for value in losses]}) + "\n", encoding="utf-8")
    return place


def said(losses: Sequence[float]) -> str:
    """The mean of the last steps in a few words: a single batch's loss tells little. Nothing before the first step."""
    last = losses[-SAID:]
    return f"loss {sum(last) / len(last):.3f}" if last else ""


def losses_of(runs: Sequence[TrainingRun], artifacts: Artifacts) -> dict[str, tuple[float, ...]]:
    """The losses of each run by its digest; of one whose log is not there any more, nothing.

    Raises DigestMismatch for a changed log, IntegrityError for one that is no log.
    """
    found = {}
    for run in runs:
        if run.log is not None:
            try:
                found[run.digest] = _read(artifacts.verified(run.log))
            except NotFound:
                continue
    return found


def _read(path: Path) -> tuple[float, ...]:
    try:
        return LossLog.model_validate_json(path.read_bytes()).loss
    except ValidationError as error:
        raise IntegrityError(f"artifact {path.name[:12]} is no loss log", "see: muniment verify") from error
