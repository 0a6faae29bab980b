"""An adapter merged into its base: in fp32, whatever the base is stored as, and rounded once at the end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from registry.artifacts import disk_full_named
from registry.errors import NotExportable

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel

    from flows.export.settings import Precision


def adapted(base: Path, adapter: Path) -> PeftModel:
    """The base in fp32, dequantised if it is stored in NF4, with the adapter beside it, on the CPU."""
    from peft import PeftModel

    return PeftModel.from_pretrained(loaded(base), adapter, autocast_adapter_dtype=True).eval()


def loaded(directory: Path) -> PreTrainedModel:
    """A model from safetensors in fp32, on the CPU."""
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(
        directory, dtype=torch.float32, local_files_only=True, use_safetensors=True, device_map="cpu"
    )
    if getattr(model, "is_quantized", False):
        model = model.dequantize()
    return cast("PreTrainedModel", model.to(torch.float32).eval())


def merged(model: PeftModel) -> PreTrainedModel:
    """The adapter's change added to the weights. Raises NotExportable where that gives numbers that are not finite."""
    try:
        return cast("PreTrainedModel", model.merge_and_unload(safe_merge=True))
    except ValueError as error:
        raise NotExportable(
            "merged into its base, the adapter gives weights that are not finite",
            "export it with --format adapter, or train again with a lower learning_rate",
        ) from error


def write(model: PreTrainedModel, precision: Precision, name: str, directory: Path) -> None:
    """Config and weights of the merged model, called `name`, into `directory`. Raises DiskFull."""
    import torch

    types = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
    model = model.to(types[precision])
    model.config.name_or_path = name
    with disk_full_named(directory):
        model.save_pretrained(directory)
    for path in directory.iterdir():
        path.chmod(0o644)  # save_pretrained writes weights that only their owner may read
