"""In which number format models are trained and scored here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.base.memory import on_gpu
from serving.precision import processor_dtype

if TYPE_CHECKING:
    import torch


def in_bf16() -> bool:
    """Whether models compute in bf16 on what training runs on here, as vLLM does; else it is fp32."""
    if on_gpu():
        import torch

        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return processor_dtype() == "bfloat16"


def compute_dtype() -> torch.dtype:
    import torch

    return torch.bfloat16 if in_bf16() else torch.float32


def dtype_name() -> str:
    """`compute_dtype` as a training run records it."""
    return str(compute_dtype()).removeprefix("torch.")
