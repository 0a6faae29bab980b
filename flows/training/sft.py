"""Supervised fine-tuning of a LoRA adapter with TRL, on answers alone, each distinct token once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.base.model import load_base
from flows.base.quiet import quietly
from flows.rendering.families import turn_ends
from flows.rendering.render import Rendered, check_learnable, render
from flows.training.lora import check_servable, lora_config, save_adapter
from flows.training.ranks import is_first
from flows.training.settings import SftSection
from registry.artifacts import Artifacts
from registry.errors import DatasetTooSmall
from registry.progress import Steps
from registry.records import Base

if TYPE_CHECKING:
    import datasets
    import pyarrow as pa
    from peft import PeftModel
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

    from flows.training.ewc import ElasticTrainer
    from flows.training.loop import Trained


@dataclass(frozen=True)
class Footing:
    """What a training stands on besides its base: a file of `flows.training.fisher`, weights to go on from."""

    fisher: Path | None = None
    weights: Path | None = None


def learn_alone(
    table: pa.Table,
    base: Base,
    section: SftSection,
    place: tuple[Artifacts, Path],
    progress: Steps | None = None,
    footing: Footing | None = None,
) -> Trained:
    """Train on rows of `registry.tables.SFT_ROWS` in this process; the adapter is left in `scratch/adapter`.

    `place` is (artifacts, scratch). Raises as `flows.training.runs.train_sft`.
    """
    from flows.base.precision import dtype_name
    from flows.training.loop import Trained, train

    (artifacts, scratch), on = place, footing or Footing()
    check_servable(section)
    rows = table.to_pylist()
    if not rows:
        raise DatasetTooSmall("the SFT dataset has no training rows", "add documents or question-answer files")
    model, tokenizer = load_base(base, artifacts, section.quantization)
    rendered = learnable(tokenizer, rows, section.max_length)
    with quietly():
        if section.privacy is not None:
            adapted, losses = _private(model, rendered, section, scratch, progress)
        else:
            trainer = trainer_of(started(model, on.weights), tokenizer, rendered, section, scratch, progress)
            trainer.hold(on.fisher, section.ewc)
            losses, adapted = train(trainer), trainer.model
    if is_first():
        save_adapter(adapted, base, scratch / "adapter")
    return Trained("sft", losses, len(rows), sum(row.size for row in rendered), dtype_name())


def learnable(
    tokenizer: PreTrainedTokenizerFast, rows: Sequence[Mapping[str, Any]], max_length: int
) -> list[Rendered]:
    """Rows of `registry.tables.SFT_ROWS` rendered and cut. Raises NothingToLearn."""
    rendered = [render(tokenizer, row["prompt"], row["completion"]) for row in rows]
    check_learnable(rendered, [row["id"] for row in rows], max_length, turn_ends(tokenizer))
    return [row.cut(max_length) for row in rendered]


def _private(
    model: PreTrainedModel, rows: list[Rendered], section: SftSection, scratch: Path, progress: Steps | None
) -> tuple[PeftModel, list[float]]:
    """Noise and draws follow from the pseudonym key and the rows: whoever holds the key can repeat the run."""
    import torch
    from peft import get_peft_model

    from flows.training.private import train_privately
    from governance.pii.standins.pseudonyms import load_or_create_key
    from registry import digests
    from registry.workspace import key_directory

    subject = digests.of_json([[row.prompt, row.answer] for row in rows])
    secret = load_or_create_key(key_directory()).cipher.stream(f"private training\0{subject}", 16)
    torch.manual_seed(section.seed)
    adapted = get_peft_model(model, lora_config(section))
    return adapted, train_privately(adapted, rows, section, (scratch, secret), progress)


def started(model: PreTrainedModel, weights: Path | None) -> PreTrainedModel | PeftModel:
    """The model with the adapter that training goes on from, if it does."""
    from peft import PeftModel

    return PeftModel.from_pretrained(model, weights, is_trainable=True) if weights else model


def trainer_of(
    model: PreTrainedModel | PeftModel,
    tokenizer: PreTrainedTokenizerFast,
    rows: list[Rendered],
    section: SftSection,
    scratch: Path,
    progress: Steps | None,
) -> ElasticTrainer:
    from peft import PeftModel
    from trl import SFTConfig

    from flows.training.ewc import ElasticTrainer
    from flows.training.loop import Watch, arguments

    return ElasticTrainer(
        model=model,
        args=SFTConfig(
            **arguments(section, len(rows), scratch),
            max_length=section.max_length,
            dataset_kwargs={"skip_prepare_dataset": True},  # rows are rendered, checked and cut already
        ),
        train_dataset=labelled(rows),
        processing_class=tokenizer,
        peft_config=None if isinstance(model, PeftModel) else lora_config(section),
        callbacks=[Watch(progress)],
    )


def labelled(rows: list[Rendered]) -> datasets.Dataset:
    """TRL's tokenised columns of rendered rows: no loss on the prompt."""
    from datasets import Dataset

    return Dataset.from_dict({
        "input_ids": [[*row.prompt, *row.answer] for row in rows],
        "labels": [[-100] * len(row.prompt) + list(row.answer) for row in rows],
    })  # fmt: skip
