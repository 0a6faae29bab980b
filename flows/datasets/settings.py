"""What a workspace may say about its training sets. Imports nothing heavy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(gt=0, le=1)]


class BuildSection(BaseModel):
    """Sizes are rows and characters; shares lie in (0, 1). None means no limit."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    seed: int = 7
    held_out_share: Annotated[float, Field(gt=0, lt=1)] = 0.2
    max_held_out: Annotated[int, Field(ge=1)] = 300
    max_train_rows: Annotated[int, Field(ge=1)] | None = None
    max_preference_rows: Annotated[int, Field(ge=1)] | None = None
    min_rows: Annotated[int, Field(ge=1)] = 20
    min_preference_rows: Annotated[int, Field(ge=1)] = 8
    max_extractive_rows: Count = 150
    max_prompt_characters: Annotated[int, Field(ge=1)] = 2_500
    max_completion_characters: Annotated[int, Field(ge=1)] = 2_000
    near_duplicate_similarity: Annotated[float, Field(gt=0.5, le=1)] = 0.9
    contamination_share: Share = Field(0.5, description="of a measured question's words, in a training row: refused")
    suites: tuple[Path, ...] = Field((), description="files of questions that training must not hold")
    length_deviations: Annotated[float, Field(gt=0)] | None = Field(8.0, description="from the median of a file")
    least_language_share: Annotated[float, Field(ge=0, lt=1)] = Field(0.005, description="rarer languages are refused")
