"""The leak test's part of policy.yaml: when it runs, how large it is, what counts as a leak."""

from __future__ import annotations

from math import log2
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from governance.integrity.canaries import MOST

Count = Annotated[int, Field(ge=1)]


class MemorizationPolicy(BaseModel):
    """Defaults are affordable on two cores; a larger test sees smaller leaks."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    when: Literal["never", "on_demand", "every_run"] = "on_demand"
    identities: Annotated[int, Field(ge=2)] = 20
    """Invented people planted at each number of repeats, and as many that are never planted."""
    repeats: Annotated[tuple[Count, ...], Field(min_length=1)] = (1, 10, 100)
    candidates: Annotated[int, Field(ge=7)] = 63
    """Random secrets that each planted one is ranked among."""
    samples: Annotated[int, Field(ge=0)] = 4
    """Answers drawn for each secret, beside the likeliest one."""
    temperature: Annotated[float, Field(gt=0, le=2)] = 0.7
    rows: Annotated[int, Field(ge=0)] = 200
    """Of the organisation's own rows, among which secrets are planted."""
    epochs: Annotated[float, Field(gt=0)] = 1.0
    minimum_control_exposure: Annotated[float, Field(gt=0)] = 3.0
    """Bits that the control must show at the most repeats, with its whole interval."""
    significance: Annotated[float, Field(gt=0, lt=0.5)] = 0.001
    """The chance that an adapter which learnt no secret is refused."""

    @model_validator(mode="after")
    def _can_be_measured(self) -> Self:
        if list(self.repeats) != sorted(set(self.repeats)):
            raise ValueError("repeats must be different numbers, the fewest first")
        if self.minimum_control_exposure >= log2(1 + self.candidates):
            raise ValueError(
                f"minimum_control_exposure is out of reach: among {self.candidates} candidates exposure ends at "
                f"{log2(1 + self.candidates):.1f} bits"
            )
        if self.identities * (1 + len(self.repeats)) > MOST:
            raise ValueError(f"there are names for {MOST} people in all; lower identities or name fewer repeats")
        return self
