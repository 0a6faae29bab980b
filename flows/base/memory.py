"""Which devices there are to train on, and how much memory on whichever it will be."""

from __future__ import annotations


def on_gpu() -> bool:
    import torch

    return bool(torch.cuda.is_available())


def gpus() -> int:
    import torch

    return torch.cuda.device_count() if on_gpu() else 0


def free_bytes() -> int:
    """Bytes that are free now: of the GPU where there is one, else of main memory."""
    if on_gpu():
        import torch

        return int(torch.cuda.mem_get_info()[0])
    import psutil

    return int(psutil.virtual_memory().available)
