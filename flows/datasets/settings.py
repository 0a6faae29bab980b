"""What a workspace may say about its training sets. Imports nothing heavy."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(gt=0, le=1)]


class EndpointSection(BaseModel):
    """A model behind an OpenAI-compatible endpoint. It sees scrubbed text alone.

    `licence` is what its answers may be used under, `key_env` the environment variable that holds the key.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    url: str = Field("http://127.0.0.1:8080/v1", description="by default our own gateway")
    model: Annotated[str, Field(min_length=1)]
    licence: Annotated[str, Field(min_length=1)]
    key_env: str = Field("", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$|^$")
    leaves_house: bool = Field(False, description="the endpoint may be outside: it is sent your documents, scrubbed")
    max_tokens: Annotated[int, Field(ge=64)] = 700
    timeout_s: Annotated[float, Field(gt=0, le=600, description="within which an answer is there whole")] = 120.0
    max_retries: Annotated[int, Field(ge=0, le=10)] = 2
    concurrency: Annotated[int, Field(ge=1, le=64)] = 4

    @model_validator(mode="after")
    def _stays_in_the_house(self) -> Self:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("url is the http or https address of an OpenAI-compatible endpoint, ending in /v1")
        if not (self.leaves_house or _inside(parts.hostname)):
            raise ValueError(f"{parts.hostname} may be outside the house: name a private address, or set leaves_house")
        return self


class TeacherSection(EndpointSection):
    """A model that writes questions about documents."""

    max_chunks: Annotated[int, Field(ge=1)] = 200
    rows_per_chunk: Annotated[int, Field(ge=1, le=10)] = 2


def _inside(host: str) -> bool:
    """Loopback and private addresses; of names only localhost says where it is."""
    try:
        return host == "localhost" or ip_address(host).is_private
    except ValueError:
        return False


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
    max_extractive_rows: Count = Field(150, description="beside questions that people asked")
    max_extractive_alone: Count = Field(600, description="where nobody asked any")
    max_prompt_characters: Annotated[int, Field(ge=1)] = 2_500
    max_completion_characters: Annotated[int, Field(ge=1)] = 2_000
    near_duplicate_similarity: Annotated[float, Field(gt=0.5, le=1)] = 0.9
    contamination_share: Share = Field(0.5, description="of a measured question's words, in a training row: refused")
    suites: tuple[Path, ...] = Field((), description="files of questions that training must not hold")
    length_deviations: Annotated[float, Field(gt=0)] | None = Field(8.0, description="from the median of a file")
    least_language_share: Annotated[float, Field(ge=0, lt=1)] = Field(0.005, description="rarer languages are refused")
    teacher: Annotated[TeacherSection | None, Field(exclude_if=lambda teacher: teacher is None)] = Field(
        None, description="a model that writes questions about the documents"
    )
