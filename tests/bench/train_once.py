"""One training in a process of its own: `python -m tests.bench.train_once METHOD KIND ROWS STORE`; one line of JSON.

The first pass over the rows warms up, the second is timed. All methods take the same rows, batches, adapter
shape, optimiser and rates.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from flows.base.model import load_base, nf4, resolve_base
from flows.base.precision import compute_dtype, in_bf16
from flows.base.quiet import quietly
from flows.rendering.rated import Rated, rated
from flows.rendering.render import render
from flows.training import sft
from flows.training.loop import train
from flows.training.lora import lora_config
from flows.training.preference import dpo, kto
from flows.training.settings import DpoSection, SftSection
from registry.artifacts import Artifacts
from registry.records import Base
from tests.bench.train_rows import PAIRS, RATINGS, Row, rows
from tests.memory import now_bytes, peak_bytes

if TYPE_CHECKING:
    import datasets
    from peft import PeftModel
    from transformers import PreTrainedTokenizerFast

Maker = Callable[[str, list[Row], Base, Artifacts, Path], Trainer]
OURS, OURS_NF4, PACKED = "ours", "ours nf4", "trl nf4"
DEFAULTS, BEST, SAME_ROWS = "trl defaults", "trl best", "trl on our tokens"
OURS_EXACT, TRL_EXACT = "ours fp32", "trl fp32 on our tokens"
EXACT = (OURS_EXACT, TRL_EXACT)
BATCH, EPOCHS, RATE, SEED = 8, 2, 2e-4, 42


@dataclass(frozen=True)
class Once:
    """Rows a second by wall and by CPU time, bytes over the loaded model, and the loss of every step."""

    rows_s: float
    rows_cpu_s: float
    bytes_over: int
    losses: list[float]


class Clock(TrainerCallback):
    """Notes the time at the end of each step, and the memory from the first step on."""

    def __init__(self) -> None:
        self.wall: list[float] = []
        self.cpu: list[float] = []
        self.before = self.peak = 0

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: object
    ) -> None:
        self.before = now_bytes()
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak starts anew

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: object
    ) -> None:
        self.wall.append(time.perf_counter())
        self.cpu.append(time.process_time())
        self.peak = peak_bytes()


def once(method: str, kind: str, count: int, artifacts: Artifacts) -> Once:
    base = resolve_base("smollm2-135m-instruct", artifacts)
    chosen, clock = rows(kind, count), Clock()
    with tempfile.TemporaryDirectory() as scratch, quietly():
        made = _makers(kind)[not method.startswith(OURS)]
        trainer = made(method, chosen, base, artifacts, Path(scratch))
        if method in EXACT:
            trainer.args.bf16 = trainer.accelerator.native_amp = False
        trainer.add_callback(clock)
        if method.startswith(OURS):
            losses = train(trainer)
        else:
            trainer.train()
            losses = [float(entry["loss"]) for entry in trainer.state.log_history if "loss" in entry]
    steps = len(clock.wall) // EPOCHS
    wall, cpu = (ends[-1] - ends[steps - 1] for ends in (clock.wall, clock.cpu))
    timed = len(chosen) * (EPOCHS - 1)
    return Once(timed / wall, timed / cpu, clock.peak - clock.before, losses)


def _makers(kind: str) -> tuple[Maker, Maker]:
    """Ours and theirs."""
    makers = {PAIRS: (_our_pairs, _their_pairs), RATINGS: (_our_ratings, _their_ratings)}
    return makers.get(kind, (_our_rows, _their_rows))


def _our_rows(method: str, chosen: list[Row], base: Base, artifacts: Artifacts, scratch: Path) -> Trainer:
    section = SftSection(quantization=_quantization(method), **_shared())
    model, tokenizer = load_base(base, artifacts, section.quantization)
    rendered = [render(tokenizer, row["prompt"], row["completion"]) for row in chosen]
    return sft.trainer_of(model.float() if method in EXACT else model, tokenizer, rendered, section, scratch, None)


def _our_pairs(method: str, chosen: list[Row], base: Base, artifacts: Artifacts, scratch: Path) -> Trainer:
    section = DpoSection(quantization=_quantization(method), sft_weight=0.0, **_shared())
    policy, tokenizer = _our_policy(method, section, base, artifacts, scratch)
    return dpo.trainer_of(policy, tokenizer, rated(tokenizer, chosen), section, scratch, None)


def _our_ratings(method: str, chosen: list[Row], base: Base, artifacts: Artifacts, scratch: Path) -> Trainer:
    section = DpoSection(quantization=_quantization(method), loss_type="kto", **_shared())
    policy, tokenizer = _our_policy(method, section, base, artifacts, scratch)
    return kto.trainer_of(policy, tokenizer, rated(tokenizer, chosen), section, scratch, None)


def _our_policy(
    method: str, section: DpoSection, base: Base, artifacts: Artifacts, scratch: Path
) -> tuple[PeftModel, PreTrainedTokenizerFast]:
    model, tokenizer = load_base(base, artifacts, section.quantization)
    return _adapted(model.float() if method in EXACT else model, scratch), tokenizer


def _their_rows(method: str, chosen: list[Row], base: Base, artifacts: Artifacts, scratch: Path) -> Trainer:
    """For losses that can be compared it takes our tokens: its own rows go on behind the end of the turn."""
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    model, tokenizer = _their_model(method, base, artifacts)
    ours = method in (SAME_ROWS, PACKED, TRL_EXACT)
    rendered = [render(tokenizer, row["prompt"], row["completion"]) for row in chosen] if ours else []
    return SFTTrainer(
        model=model,
        args=SFTConfig(**_their_arguments(method, scratch), dataset_kwargs={"skip_prepare_dataset": ours}),
        train_dataset=sft.labelled(rendered) if ours else Dataset.from_list(chosen),
        processing_class=tokenizer,
        peft_config=lora_config(SftSection()),
    )


def _their_pairs(method: str, chosen: list[Row], base: Base, artifacts: Artifacts, scratch: Path) -> Trainer:
    from trl import DPOConfig, DPOTrainer

    made = _their_policy(method, base, artifacts, scratch)
    return _preferring((DPOTrainer, DPOConfig, dpo.columns), method, chosen, made, scratch)


def _their_ratings(method: str, chosen: list[Row], base: Base, artifacts: Artifacts, scratch: Path) -> Trainer:
    """It takes pairs apart itself: all better answers, then all others."""
    from trl import KTOConfig, KTOTrainer

    made = _their_policy(method, base, artifacts, scratch)
    return _preferring((KTOTrainer, KTOConfig, _mixed), method, chosen, made, scratch)


def _mixed(answers: list[Rated]) -> datasets.Dataset:
    return kto.columns(kto.mixed(answers, SEED), BATCH)


def _preferring(
    kind: tuple[type[Trainer], type[TrainingArguments], Callable[[list[Rated]], datasets.Dataset]],
    method: str, chosen: list[Row], made: tuple[PeftModel, Any], scratch: Path,
) -> Trainer:  # fmt: skip
    """TRL's own trainer on rows as they are; for losses that can be compared, on our tokens."""
    from datasets import Dataset

    (trainer, config, columns), (policy, tokenizer) = kind, made
    ours = method == TRL_EXACT
    if ours:
        trainer = type(trainer.__name__, (trainer,), {"_prepare_dataset": lambda _self, dataset, *_: dataset})
    return trainer(
        model=policy,
        args=config(**_their_arguments(method, scratch, grouped=False)),  # its sampler knows no pairs
        train_dataset=columns(rated(tokenizer, chosen)) if ours else Dataset.from_list(chosen),
        processing_class=tokenizer,
    )


def _their_policy(method: str, base: Base, artifacts: Artifacts, scratch: Path) -> tuple[PeftModel, Any]:
    model, tokenizer = _their_model(method, base, artifacts)
    return _adapted(model, scratch), tokenizer


def _their_model(method: str, base: Base, artifacts: Artifacts) -> tuple[Any, Any]:
    """As TRL loads a model named by its path, in full precision; or as ours; or packed by bitsandbytes."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    path = artifacts.path(base.weights)
    model = AutoModelForCausalLM.from_pretrained(
        path,
        dtype=torch.float32 if method in (DEFAULTS, TRL_EXACT) else compute_dtype(),
        quantization_config=nf4() if method == PACKED else None,
        device_map="cuda" if torch.cuda.is_available() else "cpu",
    )
    return model, AutoTokenizer.from_pretrained(path)


def _their_arguments(method: str, scratch: Path, grouped: bool = True) -> dict[str, Any]:
    """What TRL's own scripts leave alone is left alone for `trl defaults`, but for autocast to an emulated bf16."""
    import torch

    settings = _shared()
    plain = {
        "output_dir": str(scratch / "checkpoints"),
        "use_cpu": not torch.cuda.is_available(),
        "report_to": "none",
        "disable_tqdm": True,
        "dataloader_pin_memory": False,
        "bf16": in_bf16(),
        "save_strategy": "no",
        "logging_steps": 1,
        "seed": SEED,
        "data_seed": SEED,
        **{name: settings[name] for name in settings if name not in ("save_steps", "seed")},
    }
    if method == DEFAULTS:
        return plain
    order = {"train_sampling_strategy": "group_by_length"} if method == BEST and grouped else {}
    return {**plain, "gradient_checkpointing": False, **order}


def _shared() -> dict[str, Any]:
    return {
        "learning_rate": RATE,
        "num_train_epochs": EPOCHS,
        "per_device_train_batch_size": BATCH,
        "lr_scheduler_type": "constant",
        "warmup_steps": 0,
        "save_steps": 100_000,
        "seed": SEED,
    }


def _quantization(method: str) -> Literal["nf4", "none"]:
    return "nf4" if method == OURS_NF4 else "none"


def _adapted(model: Any, scratch: Path) -> PeftModel:
    """An untrained adapter read from its files, as preference training reads the one that SFT made."""
    import torch
    from peft import PeftModel, get_peft_model

    torch.manual_seed(SEED)
    untrained = get_peft_model(model, lora_config(SftSection()))
    untrained.save_pretrained(scratch / "sft")
    return PeftModel.from_pretrained(untrained.unload(), scratch / "sft", is_trainable=True)


if __name__ == "__main__":
    method, kind, count, store = sys.argv[1:]
    print(json.dumps(asdict(once(method, kind, int(count), Artifacts(Path(store))))))
