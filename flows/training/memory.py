"""How much memory there is to train in, on whichever device the training will run."""

from __future__ import annotations


def on_gpu() -> bool:
    import torch

    return bool(torch.cuda.is_available())


def free_bytes() -> int:
    """Bytes that are free now: of the GPU where there is one, else of main memory."""
    if on_gpu():
        import torch

        return int(torch.cuda.mem_get_info()[0])
    import psutil

    return int(psutil.virtual_memory().available)
