"""What a workspace may say about the search for its training settings. Imports nothing heavy."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?)(?![a-z])\s*")
_SECONDS = {"s": 1, "m": 60, "h": 3600}


def duration(value: object) -> object:
    """Seconds of `90s`, `45m`, `45 min`, `1.5h` or `1h30m`; a plain number is seconds already. Raises ValueError."""
    if isinstance(value, bool):
        raise ValueError("no time: write 90s, 45m, 1.5h or 1h30m")
    if not isinstance(value, str):
        return value
    parts = _PART.findall(value)
    if parts and not _PART.sub("", value.strip()):
        return sum(float(number) * _SECONDS[unit[0]] for number, unit in parts)
    try:
        return float(value)
    except ValueError:
        raise ValueError("no time: write 90s, 45m, 1.5h or 1h30m") from None


Duration = Annotated[float, BeforeValidator(duration), Field(gt=0, le=31_536_000)]


class TuneSection(BaseModel):
    """Training settings are searched for instead of set: learning rate, rank, batch, dropout, decay, epochs, rows."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    enabled: bool = Field(False, description="what --auto says for one run")
    budget: Duration = Field(2700.0, description="seconds for search and SFT together, or 90s, 45m, 1h30m")
    validation_rows: Annotated[int, Field(ge=1)] = Field(200, description="cut from the training side, at most")
    validation_share: Annotated[float, Field(gt=0, lt=1)] = Field(0.15, description="of the training rows, at most")
    search_share: Annotated[float, Field(gt=0, lt=1)] = Field(0.3, description="of the budget, at least, for trials")
    max_epochs: Annotated[float, Field(ge=1, le=1_000)] | None = Field(
        None, description="passes of the last training at most; unset: as many as 500 steps are, from three to six"
    )
    max_trials: Annotated[int, Field(ge=1)] = 24
    target: Annotated[float, Field(gt=0, le=1)] | None = Field(
        None, description="accuracy on the validation rows at which the search ends"
    )
