"""The `serve.feedback:` section."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class FeedbackSection(BaseModel):
    """Whether applications may rate and correct answers. None is taken, and no answer kept, without an `inbox`."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    inbox: Path | None = Field(None, description="folder that it is written to and that a run reads with `documents`")
    licence: Annotated[str, Field(min_length=1)] = "LicenseRef-proprietary-internal"
    keep_s: Seconds = Field(3600.0, description="how long an answer can be rated")
    memory_mib: Positive = Field(64, description="of answers that can be rated")
    max_edit_characters: Positive = 20_000
    timeout_s: Annotated[float, Field(gt=0, le=600, description="how long one may take to scrub")] = 60.0
