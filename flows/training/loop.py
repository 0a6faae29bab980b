"""What both trainers share: arguments, a loop that survives a kill, and a loss that must stay finite."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from flows.base.precision import in_bf16
from flows.training.checkpoints import CHECKPOINTS, last_checkpoint, seal
from flows.training.folding.answers import answers_only
from flows.training.folding.folded import fold
from flows.training.losses import SAID, said, write_losses
from flows.training.planning.plan import tokens_seen
from flows.training.settings import LoraSection
from registry.artifacts import Artifacts
from registry.errors import TrainingDiverged
from registry.progress import Steps
from registry.records import Base, Dataset, Scalar, TrainingRun

if TYPE_CHECKING:
    from transformers import Trainer

_TRAINS = ("muniment", "torch", "transformers", "peft", "trl", "accelerate", "bitsandbytes", "opacus", "tokenizers")


class Watch(TrainerCallback):
    """Reports steps, seals checkpoints, and ends a run whose loss or gradient is no longer finite."""

    def __init__(self, progress: Steps | None) -> None:
        self.progress = progress

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: object
    ) -> None:
        if self.progress:
            self.progress(state.global_step, state.max_steps, said(_losses(state.log_history[-SAID:])))

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: object) -> None:
        if state.is_world_process_zero:
            seal(Path(str(args.output_dir)) / f"checkpoint-{state.global_step}", state.global_step)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **kwargs: object,
    ) -> None:
        for name in ("loss", "grad_norm"):
            value = (logs or {}).get(name, 0.0)
            if not math.isfinite(float(value)):
                raise TrainingDiverged(
                    f"{name} is {value} at step {state.global_step}",
                    "lower learning_rate, or look for broken rows in the training data",
                )


def arguments(section: LoraSection, rows: int, scratch: Path) -> dict[str, Any]:
    """Training arguments that SFT and DPO share, for so many rows."""
    import torch

    return {
        "output_dir": str(scratch / CHECKPOINTS),
        "learning_rate": section.learning_rate,
        "num_train_epochs": section.passes(rows),
        "max_steps": section.max_steps,
        "per_device_train_batch_size": section.per_device_train_batch_size,
        "gradient_accumulation_steps": section.gradient_accumulation_steps,
        "lr_scheduler_type": section.lr_scheduler_type,
        "warmup_steps": section.warmup_steps,
        "weight_decay": section.weight_decay,
        "optim": "adamw_torch_fused",
        "seed": section.seed,
        "data_seed": section.seed,
        "save_steps": section.save_steps,
        "save_strategy": "steps",
        "save_total_limit": 2,
        "logging_steps": 1,
        "logging_nan_inf_filter": False,
        "gradient_checkpointing": False,
        "bf16": in_bf16(),  # autocast: LoRA keeps fp32 weights and computes in bf16, as the base does
        "use_cpu": not torch.cuda.is_available(),
        "ddp_find_unused_parameters": False,
        "dataloader_pin_memory": False,
        "report_to": "none",
        "disable_tqdm": True,
    }


def train(trainer: Trainer) -> list[float]:
    """Train, folded, from the last usable checkpoint if there is one; returns the loss of each step."""
    from peft.helpers import disable_input_dtype_casting
    from transformers import PrinterCallback

    for parameter in trainer.model.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()  # TRL makes LoRA over NF4 bf16, too coarse for small steps
    fold(trainer.model.get_base_model())
    trainer.remove_callback(PrinterCallback)  # it prints each loss to stdout, where --json has to stand alone
    # Under autocast LoRA's fp32 copy of each input would only be cast back.
    with answers_only(), disable_input_dtype_casting(trainer.model):
        trainer.train(resume_from_checkpoint=last_checkpoint(Path(str(trainer.args.output_dir))))
    losses = _losses(trainer.state.log_history)
    if not losses:
        raise TrainingDiverged("no step was taken", "raise num_train_epochs or max_steps")
    return losses


def _losses(log: Sequence[Mapping[str, float]]) -> list[float]:
    return [float(entry["loss"]) for entry in log if "loss" in entry]


@dataclass(frozen=True)
class Trained:
    """What a finished loop knows of itself. `tokens`: of one pass over `rows`; `compute_dtype`: where it ran."""

    method: Literal["sft", "dpo", "kto"]
    losses: list[float]
    rows: int
    tokens: int
    compute_dtype: str


def record_of(
    run: Trained,
    section: LoraSection,
    origin: tuple[Base, Dataset, TrainingRun | None],
    artifacts: Artifacts,
    scratch: Path,
) -> TrainingRun:
    """Put `scratch/adapter` and the loss log into the store; `origin` is (base, dataset, parent run)."""
    base, dataset, parent = origin
    part = max(1, len(run.losses) // 10)
    steps, taken = len(run.losses), section.passes(run.rows)
    if section.max_steps > 0:  # which outweighs passes that were set
        taken = round(section.passes_in(run.rows, steps), 4)
    settled = section.model_copy(update={"num_train_epochs": taken})
    return TrainingRun(
        method=run.method,
        base=base.digest,
        dataset=dataset.digest,
        parent=parent.digest if parent else None,
        weights=artifacts.put(scratch / "adapter"),
        settings={**_scalars(settled), "compute_dtype": run.compute_dtype},
        rows=run.rows,
        steps=steps,
        tokens=tokens_seen(run.rows, run.tokens, section, steps),
        first_loss=round(sum(run.losses[:part]) / part, 6),
        last_loss=round(sum(run.losses[-part:]) / part, 6),
        log=artifacts.put(write_losses(run.losses, scratch / "loss.json")),
        software=versions(),
    )


def versions() -> dict[str, str]:
    """Of each package whose version may change what training gives."""
    return {name: version(name) for name in _TRAINS}


def _scalars(section: LoraSection) -> dict[str, Scalar]:
    values = section.model_dump(mode="json")
    nested = {f"{key}.{name}": inner for key, v in values.items() if isinstance(v, dict) for name, inner in v.items()}
    flat = {key: value for key, value in values.items() if not isinstance(value, dict)}
    return {key: ",".join(v) if isinstance(v, list) else v for key, v in (flat | nested).items()}
