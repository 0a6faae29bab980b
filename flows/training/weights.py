"""Is an adapter fit to be registered? Safetensors alone, finite, of one servable rank."""

from __future__ import annotations

import json
from pathlib import Path

from flows.training.lora import SERVABLE_RANKS
from registry.errors import TrainingDiverged, Unservable

FILES = frozenset({"adapter_config.json", "adapter_model.safetensors"})
ADVICE = "train again: muniment run"


def check_weights(directory: Path) -> tuple[int, tuple[str, ...]]:
    """Read every tensor; returns rank and target modules. Raises TrainingDiverged, Unservable."""
    found = {path.name for path in directory.iterdir()}
    if found != FILES:
        raise Unservable(f"an adapter holds {', '.join(sorted(FILES))}; here: {', '.join(sorted(found))}", ADVICE)
    try:
        config = json.loads((directory / "adapter_config.json").read_text(encoding="utf-8"))
        rank, modules = int(config["r"]), tuple(sorted(config["target_modules"]))
    except (ValueError, KeyError, TypeError) as error:
        raise Unservable(f"adapter_config.json is not readable: {error}", ADVICE) from error
    if not 0 < rank <= SERVABLE_RANKS[-1] or config.get("use_dora") or config.get("modules_to_save"):
        raise Unservable("vLLM cannot serve such an adapter (rank, DoRA or modules_to_save)", ADVICE)
    _check_tensors(directory / "adapter_model.safetensors", rank)
    return rank, modules


def _check_tensors(path: Path, rank: int) -> None:
    import torch
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as tensors:
            for name in tensors.keys():  # noqa: SIM118 - not a mapping
                tensor = tensors.get_tensor(name)
                if not bool(torch.isfinite(tensor).all()):
                    raise TrainingDiverged(f"{name} holds values that are not finite", "lower learning_rate")
                side = 0 if name.endswith("lora_A.weight") else 1 if name.endswith("lora_B.weight") else None
                if side is None or tensor.dim() != 2 or tensor.shape[side] != rank:
                    raise Unservable(f"{name} is not a LoRA matrix of rank {rank}", ADVICE)
    except SafetensorError as error:
        raise Unservable(f"{path.name} is corrupt: {error}", ADVICE) from error
