"""The `serve:` section of pipeline.yaml. Imports nothing heavy: every command reads it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from serving.feedback.settings import FeedbackSection
from serving.guard.settings import GuardSection

Positive = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
MaxRank = Literal[8, 16, 32, 64, 128, 256, 320, 512]
"""What vLLM takes."""


def raised_for(rank: int) -> str:
    """What to do about `max_lora_rank` for an adapter of a rank that is over it."""
    known = get_args(MaxRank)
    enough = [most for most in known if most >= rank]
    return f"raise serve.max_lora_rank to {enough[0]}" if enough else f"vLLM serves no rank over {known[-1]}"


def default_vllm_python() -> Path:
    """`MUNIMENT_VLLM_PYTHON`, else `.venv-vllm` beside the environment that runs us, else beside the code."""
    named = os.environ.get("MUNIMENT_VLLM_PYTHON")
    if named:
        return Path(named)
    places = (Path(sys.prefix).parent, Path(__file__).resolve().parent.parent, Path.cwd())
    candidates = [place / ".venv-vllm" / "bin" / "python" for place in places]
    return next((python for python in candidates if python.exists()), candidates[0])


def spare_cores() -> int:
    """All cores but one: vLLM's threads wait for each other, so one that shares its core slows all of them."""
    return max(1, (os.cpu_count() or 1) - 1)


class ServeSection(BaseModel):
    """How the approved adapter is served. Port 0 takes a free one; GiB are 2**30 bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    expose_base: bool = True
    max_body_bytes: Positive = 1 << 20
    max_concurrent: Positive = 64
    requests_per_minute: Positive = 600
    request_timeout_s: Seconds = 600.0
    drain_s: Seconds = 30.0
    header_timeout_s: Seconds = 30.0
    body_timeout_s: Seconds = 30.0
    write_timeout_s: Seconds = 60.0
    guard: GuardSection = GuardSection()
    feedback: FeedbackSection = FeedbackSection()

    vllm_python: Path = Field(default_factory=default_vllm_python)
    dtype: Literal["bfloat16", "float16", "float32", "auto"] = "auto"
    max_model_len: Positive = 2048
    max_lora_rank: MaxRank = 16
    max_loras: Annotated[int, Field(ge=2)] = 2
    kv_cache_gib: Positive = 1
    omp_threads: Positive = Field(default_factory=spare_cores)
    gpu_memory_fraction: Annotated[float, Field(gt=0, le=1)] = 0.9
    startup_timeout_s: Seconds = 300.0
