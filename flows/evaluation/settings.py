"""How much is evaluated."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class EvaluateSection(BaseModel):
    """Rows are taken in order of their ids' digests, so that a cap is a fair and stable sample."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    max_rows: Annotated[int, Field(ge=1)] = Field(200, description="held-out rows scored at most")
    general_rows: Annotated[int, Field(ge=0)] = Field(200, description="rows of the general probe; 0: none")
    preference_rows: Annotated[int, Field(ge=0)] = Field(
        200, description="pairs weighed at most, one a question; 0: none"
    )
    batch_rows: Annotated[int, Field(ge=1)] = Field(16, description="rows scored at once")
