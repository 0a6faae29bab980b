"""What a workspace may say about reading documents. Imports nothing heavy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

INTERNAL = "LicenseRef-proprietary-internal"


class DocumentFolder(BaseModel):
    """A folder to read; `licence` (SPDX) and `source` hold for every file and row without its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    path: Path
    licence: str = INTERNAL
    source: str = ""


class IngestSection(BaseModel):
    """Limits per file; globs match the path relative to the folder, `exclude` wins over `include`."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    max_file_mb: Annotated[float, Field(gt=0)] = 20
    max_seconds: Annotated[float, Field(gt=0, description="reading time of one file")] = 30
    max_characters: Annotated[int, Field(gt=0, description="one text or row")] = 2_000_000
    max_memory_mb: Annotated[int, Field(ge=256, description="address space of one reading process")] = 2048
    include: tuple[str, ...] = ("*",)
    exclude: tuple[str, ...] = (".*", "*/.*", "~$*", "*/~$*")
    workers: Annotated[int, Field(ge=1, le=64)] = 2
