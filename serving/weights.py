"""What an adapter must be before vLLM may read it; checked without torch, on the bytes that will be loaded.

vLLM refuses a wrong rank or a wrong module with a server error, but it loads NaN weights gladly and
then answers with nothing. So the files are read here first: safetensors only, plain LoRA, finite.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError, deserialize

from registry.errors import Unservable
from serving.settings import raised_for

WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"
_DATA = frozenset({".safetensors", ".json", ".jinja", ".txt", ".md", ".model", ".sig"})
_REMEDY = "train a plain LoRA adapter again: muniment run"
_EXPONENT = {"BF16": ("<u2", 0x7F80), "F16": ("<u2", 0x7C00), "F32": ("<u4", 0x7F800000)}
_LORA_NAME = re.compile(r"^base_model\.model\.[\w.]+\.lora_(A|B)\.weight$")


class LoraConfig(BaseModel):
    """The fields of peft's `adapter_config.json` that decide whether vLLM can serve it."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    peft_type: str
    r: int
    modules_to_save: list[str] | None = None
    use_dora: bool = False
    bias: str = "none"
    rank_pattern: dict[str, int] = {}
    auto_map: dict[str, object] | None = None
    trainable_token_indices: object = None


def check_adapter(root: Path, max_rank: int) -> None:
    """Raises Unservable with the reason when the adapter directory `root` must not be loaded."""
    check_files(root)
    config = _config(root)
    if config.peft_type != "LORA":
        raise _refused(f"it is {config.peft_type}, not LORA")
    rank = max([config.r, *config.rank_pattern.values()])
    if not 1 <= rank <= max_rank:
        raise Unservable(
            f"adapter refused: rank {rank} is over serve.max_lora_rank {max_rank}",
            f"{raised_for(rank)}, or train with a smaller rank",
        )
    if config.modules_to_save or config.use_dora or config.bias != "none" or config.trainable_token_indices:
        raise _refused("modules_to_save, DoRA, biases and trained tokens cannot be served")
    if config.auto_map:
        raise _refused("its config names code to run (auto_map)")
    _check_tensors(root / WEIGHTS, max_rank)


def check_files(root: Path) -> None:
    """Only data under `root`: no pickle, no code, no links. Raises Unservable naming the file."""
    for path in sorted(root.rglob("*")):
        if path.is_symlink() or (path.is_file() and path.suffix not in _DATA):
            raise _refused(f"{path.relative_to(root)} is not a data file that serving reads")


def _config(root: Path) -> LoraConfig:
    try:
        return LoraConfig.model_validate_json((root / CONFIG).read_bytes())
    except (OSError, ValidationError) as error:
        raise _refused(f"{CONFIG} is missing or not peft's") from error


def _check_tensors(path: Path, max_rank: int) -> None:
    try:
        tensors = deserialize(path.read_bytes())  # type: ignore[no-untyped-call]
    except (OSError, SafetensorError) as error:
        raise _refused(f"{path.name} is missing or not safetensors") from error
    if not tensors:
        raise _refused(f"{path.name} holds no tensor")
    for name, tensor in tensors:
        match = _LORA_NAME.match(name)
        if match is None:
            raise _refused(f"tensor {name} is no LoRA matrix")
        shape = tensor["shape"]
        rank = shape[0] if match.group(1) == "A" else shape[-1]
        if len(shape) != 2 or rank > max_rank:
            raise _refused(f"tensor {name} has shape {shape}, past rank {max_rank}")
        if not finite(tensor["data"], tensor["dtype"]):
            raise _refused(f"tensor {name} holds NaN or infinity, or is not floating point")


def finite(data: bytes | bytearray, dtype: str) -> bool:
    """True when every number is finite. BF16 has no numpy type: all exponent bits set means it is not."""
    if dtype not in _EXPONENT:
        return False
    kind, mask = _EXPONENT[dtype]
    return not bool(((np.frombuffer(data, kind) & mask) == mask).any())


def _refused(why: str) -> Unservable:
    return Unservable(f"adapter refused: {why}", _REMEDY)
