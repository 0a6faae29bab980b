"""Direct preference optimisation with TRL from the SFT adapter, which is also the frozen reference."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.training.lora import save_adapter
from flows.training.model import load_base
from flows.training.quiet import quietly
from flows.training.render import check_learnable, render
from flows.training.settings import DpoSection
from registry import digests, tables
from registry.artifacts import Artifacts
from registry.errors import DatasetTooSmall
from registry.progress import Progress
from registry.records import Base, Dataset, TrainingRun

if TYPE_CHECKING:
    import datasets
    from peft import PeftModel
    from transformers import PreTrainedTokenizerFast
    from trl import DPOTrainer

    from flows.training.render import Rendered

Pair = Mapping[str, Any]
"""A row of registry.tables.PREFERENCE_ROWS."""


def train_dpo(  # noqa: PLR0913 - the stage law and a progress bar
    dataset: Dataset,
    base: Base,
    parent: TrainingRun,
    section: DpoSection,
    artifacts: Artifacts,
    scratch: Path,
    progress: Progress | None = None,
) -> TrainingRun:
    """Train `parent`'s adapter on preference pairs; a run killed in `scratch` goes on from its checkpoint.

    Raises DatasetTooSmall, NothingToLearn, TrainingDiverged, DiskFull.
    """
    from peft import PeftModel

    from flows.training.loop import Trained, record_of, train

    rows = _chosen_rows(tables.read_table(dataset.train, artifacts).to_pylist(), section.max_rows)
    if not rows:
        raise DatasetTooSmall("the preference dataset has no training pairs", "set dpo.enabled: false or add pairs")
    model, tokenizer = load_base(base, artifacts, section.quantization)
    rendered = [render(tokenizer, row["prompt"], row[side]) for row in rows for side in ("chosen", "rejected")]
    check_learnable(rendered, [row["id"] for row in rows for _ in range(2)], section.max_length)
    with quietly():
        policy = PeftModel.from_pretrained(model, artifacts.verified(parent.weights), is_trainable=True)
        trainer = trainer_of(policy, tokenizer, _pairs(rows), section, scratch, progress)
        losses = train(trainer)
    save_adapter(policy, base, scratch / "adapter")
    trained = Trained("dpo", losses, len(rows), _tokens(rendered, section.max_length))
    return record_of(trained, section, (base, dataset, parent), artifacts, scratch)


def trainer_of(
    policy: PeftModel,
    tokenizer: PreTrainedTokenizerFast,
    pairs: datasets.Dataset,
    section: DpoSection,
    scratch: Path,
    progress: Progress | None,
) -> DPOTrainer:
    from trl import DPOConfig, DPOTrainer

    from flows.training.loop import Watch, arguments

    mixed = section.sft_weight > 0
    return DPOTrainer(
        model=policy,
        args=DPOConfig(
            **arguments(section, scratch),
            max_length=section.max_length,
            beta=section.beta,
            loss_type=["sigmoid", "sft"] if mixed else ["sigmoid"],
            loss_weights=[1.0, section.sft_weight] if mixed else None,
        ),
        train_dataset=pairs,
        processing_class=tokenizer,
        callbacks=[Watch(progress)],
    )


def _chosen_rows(rows: list[Pair], most: int) -> list[Pair]:
    """On-policy pairs first, then the others, each in order of their ids' digests; answers that differ."""
    different = [row for row in rows if row["chosen"] != row["rejected"]]
    different.sort(key=lambda row: (row["origin"] != "on-policy", digests.of_bytes(str(row["id"]).encode())))
    return different[:most]


def _pairs(rows: list[Pair]) -> datasets.Dataset:
    from datasets import Dataset

    return Dataset.from_list([{name: row[name] for name in ("prompt", "chosen", "rejected")} for row in rows])


def _tokens(rows: list[Rendered], max_length: int) -> int:
    return sum(min(max_length, len(row.prompt) + len(row.answer)) for row in rows)
