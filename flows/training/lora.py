"""What an adapter may be, and how it is written: the same weights always give the same bytes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from flows.training.settings import SftSection
from registry.artifacts import disk_full_named
from registry.errors import NothingToLearn, Unservable
from registry.records import Base

if TYPE_CHECKING:
    from peft import LoraConfig, PeftModel

SERVABLE_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def check_servable(section: SftSection) -> None:
    """Raise Unservable for an adapter that vLLM would refuse, before any of it is trained.

    The supported families name their linear layers alike, so that settings alone tell.
    """
    advice = "see the sft section of pipeline.yaml"
    if section.use_dora:
        raise Unservable("vLLM does not serve DoRA adapters", f"set use_dora: false; {advice}")
    if section.modules_to_save:
        raise Unservable("vLLM does not serve adapters with modules_to_save", f"leave it empty; {advice}")
    if section.lora_r > SERVABLE_RANKS[-1]:
        raise Unservable(f"rank {section.lora_r} is over vLLM's {SERVABLE_RANKS[-1]}", f"lower lora_r; {advice}")
    if section.target_modules == ("all-linear",):
        return
    unknown = sorted(set(section.target_modules) - set(LINEAR))
    if unknown or not section.target_modules:
        raise Unservable(
            f"target_modules {', '.join(unknown) or '(none)'} cannot be served",
            f"choose among all-linear, {', '.join(LINEAR)}; {advice}",
        )


def lora_config(section: SftSection) -> LoraConfig:
    from peft import LoraConfig

    chosen = section.target_modules
    return LoraConfig(
        task_type="CAUSAL_LM",
        r=section.lora_r,
        lora_alpha=section.lora_alpha,
        lora_dropout=section.lora_dropout,
        use_rslora=section.use_rslora,
        target_modules="all-linear" if chosen == ("all-linear",) else sorted(chosen),
        bias="none",
    )


def _require_moved(model: PeftModel) -> None:
    """LoRA's second matrices begin at zero: an adapter of zeros answers as its base does, and would be measured so."""
    if not any(weights.any() for name, weights in model.named_parameters() if "lora_B" in name):
        raise NothingToLearn(
            "the training left every weight of the adapter at zero: it would answer as its base does",
            "give it more steps or a lower sft.lora_dropout, or with sft.privacy raise its max_grad_norm",
        )


def save_adapter(model: PeftModel, base: Base, directory: Path) -> Path:
    """Write adapter_config.json and adapter_model.safetensors of the trained adapter into `directory`.

    The configuration names the base, not a path of this machine. Raises DiskFull, and NothingToLearn for an adapter
    that changes nothing of the base.
    """
    _require_moved(model)
    shutil.rmtree(directory, ignore_errors=True)
    with disk_full_named(directory):
        model.save_pretrained(directory, selected_adapters=["default"], save_embedding_layers=False)
        (directory / "README.md").unlink(missing_ok=True)
        path = directory / "adapter_config.json"
        config = json.loads(path.read_text(encoding="utf-8"))
        config["base_model_name_or_path"] = base.name
        config["revision"] = None
        if isinstance(config["target_modules"], list):
            config["target_modules"] = sorted(config["target_modules"])
        path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        for file in directory.iterdir():
            file.chmod(0o644)
    return directory
