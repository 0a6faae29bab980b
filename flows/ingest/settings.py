"""What a workspace may say about reading documents. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

INTERNAL = "LicenseRef-proprietary-internal"


RowField = Literal[
    "prompt", "completion", "question", "answer", "instruction", "input", "output", "system", "chosen", "rejected",
    "label", "text", "document", "group", "source", "licence", "teacher_licence",
]  # fmt: skip


def day(value: object) -> object:
    """A number is no day: 20260901 would be read as seconds since 1970. Raises ValueError."""
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError("no day: write 2026-09-01") from None


class DocumentFolder(BaseModel):
    """A folder to read; `licence` (SPDX) and `source` hold for every file and row without its own.

    `within` names the licence of folders inside it, by their path below it; of nested ones the inner counts.
    `columns` names, by field of a row, the column of the folder's tables that it stands in. What is of the day
    `held_out_from` or later, by the path of its file, is measured on and never learnt.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    path: Path
    licence: str = INTERNAL
    within: Annotated[Mapping[str, str], Field(exclude_if=lambda within: not within)] = Field(default_factory=dict)
    source: str = ""
    columns: Mapping[RowField, str] = Field(default_factory=dict)
    held_out_from: Annotated[date | None, BeforeValidator(day)] = None

    def licence_of(self, place: str) -> str:
        """Of the file whose path below the folder is `place`."""
        around = map(str, (file := PurePosixPath(place), *file.parents))
        return next((self.within[one] for one in around if one in self.within), self.licence)

    @field_validator("within")
    @classmethod
    def _are_inside(cls, within: Mapping[str, str]) -> Mapping[str, str]:
        named = {str(PurePosixPath(place)): licence for place, licence in within.items()}
        if len(named) < len(within) or any(place in {".", "/"} or ".." in place.split("/") for place in named):
            raise ValueError("name folders inside it, each once, by their path below it")
        if any(place.startswith("/") for place in named):
            raise ValueError("a path below the folder does not begin with /")
        return named

    @field_validator("columns")
    @classmethod
    def _make_a_row(cls, columns: Mapping[RowField, str]) -> Mapping[RowField, str]:
        from flows.ingest.examples.rows import PROVENANCE
        from flows.ingest.examples.shapes import shape_of

        named = [column.strip() for field, column in columns.items() if field not in PROVENANCE]
        if len(set(named)) < len(named) or not all(column.strip() for column in columns.values()):
            raise ValueError("each field of a row needs a column of its own, by its name")
        if columns and shape_of(dict.fromkeys(columns, True)) is None:
            raise ValueError("these columns make no row; map prompt and completion, or prompt, chosen and rejected")
        return columns


class IngestSection(BaseModel):
    """Limits per file; globs match the path relative to the folder, `exclude` wins over `include`."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    max_file_mb: Annotated[float, Field(gt=0, le=100_000)] = 20
    max_seconds: Annotated[float, Field(gt=0, le=86_400, description="reading time of one file")] = 30
    max_characters: Annotated[int, Field(gt=0, description="one text or row")] = 2_000_000
    max_memory_mb: Annotated[int, Field(ge=256, le=2**24, description="address space of one reading process")] = 2048
    include: tuple[str, ...] = ("*",)
    exclude: tuple[str, ...] = (".*", "*/.*", "~$*", "*/~$*")
    workers: Annotated[int, Field(ge=1, le=64)] = 2
