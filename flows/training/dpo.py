"""Preference training with TRL from the SFT adapter, which is also the frozen reference: direct preference
optimisation of pairs, or KTO of answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.training.families import turn_ends
from flows.training.lora import save_adapter
from flows.training.model import load_base
from flows.training.plan import warmed
from flows.training.quiet import quietly
from flows.training.render import Rendered, check_learnable, render
from flows.training.settings import DpoSection
from registry import digests, tables
from registry.artifacts import Artifacts
from registry.errors import DatasetTooSmall, ValidationFailed
from registry.progress import Steps
from registry.records import Base, Dataset, TrainingRun

if TYPE_CHECKING:
    import datasets
    from peft import PeftModel
    from transformers import PreTrainedTokenizerFast
    from trl import DPOTrainer

Pair = Mapping[str, Any]
"""A row of registry.tables.PREFERENCE_ROWS."""
SIDES = (("chosen", True), ("rejected", False))


@dataclass(frozen=True)
class Answers:
    """Both answers to one prompt, each rendered as SFT rows are: loss through the end of the turn and not past it."""

    chosen: Rendered
    rejected: Rendered

    @classmethod
    def of(cls, tokenizer: PreTrainedTokenizerFast, row: Pair) -> Answers:
        chosen, rejected = (render(tokenizer, row["prompt"], row[side]) for side in ("chosen", "rejected"))
        return cls(chosen, rejected)


def train_dpo(  # noqa: PLR0913 - the stage law and a progress bar
    dataset: Dataset,
    base: Base,
    parent: TrainingRun,
    section: DpoSection,
    artifacts: Artifacts,
    scratch: Path,
    progress: Steps | None = None,
) -> TrainingRun:
    """Train `parent`'s adapter on preference pairs, by KTO on single ratings too. What was killed in `scratch` goes on
    from its checkpoint.

    Raises DatasetTooSmall, ValidationFailed, DoesNotFit, NothingToLearn, TrainingDiverged, DiskFull.
    """
    from peft import LoraConfig, PeftModel

    from flows.training import kto
    from flows.training.loop import Trained, record_of, train
    from flows.training.precision import dtype_name
    from flows.training.room import room_for_pairs

    rows = _chosen_rows(tables.read_table(dataset.train, artifacts).to_pylist(), section)
    examples = sum(bool(row[side]) for row in rows for side, _ in SIDES) if section.method == "kto" else len(rows)
    warm, weights = warmed(section, examples), artifacts.verified(parent.weights)
    room_for_pairs(rows, base, artifacts).require_pairs(section, LoraConfig.from_pretrained(str(weights)).r)
    model, tokenizer = load_base(base, artifacts, section.quantization)
    rated = [kto.Rated(render(tokenizer, row["prompt"], row[side]), row["id"], liked)
             for row in rows for side, liked in SIDES if row[side]]  # fmt: skip
    sides = [one.answer for one in rated]
    check_learnable(sides, [one.row for one in rated], section.max_length, turn_ends(tokenizer))
    with quietly():
        policy = PeftModel.from_pretrained(model, weights, is_trainable=True)
        if section.method == "kto":
            trainer = kto.trainer_of(policy, tokenizer, rated, warm, scratch, progress)
        else:
            pairs = list(map(Answers, sides[::2], sides[1::2]))
            trainer = trainer_of(policy, tokenizer, pairs, warm, scratch, progress)
        losses = train(trainer)
    save_adapter(policy, base, scratch / "adapter")
    tokens = sum(side.cut(section.max_length).size for side in sides)
    run = Trained(section.method, losses, examples, tokens, dtype_name())
    trained = section.model_copy(update={"judge": None})  # the pairs name it; its address is the house's own
    return record_of(run, trained, (base, dataset, parent), artifacts, scratch)


def trainer_of(
    policy: PeftModel,
    tokenizer: PreTrainedTokenizerFast,
    pairs: Sequence[Answers],
    section: DpoSection,
    scratch: Path,
    progress: Steps | None,
) -> DPOTrainer:
    from trl import DPOConfig

    from flows.training.loop import Watch, arguments
    from flows.training.pairs import PairsTrainer

    losses = {section.trl_loss: 1.0, "sft": section.sft_weight}
    weighed = {name: weight for name, weight in losses.items() if weight > 0}
    return PairsTrainer(
        model=policy,
        args=DPOConfig(
            **arguments(section, len(pairs), scratch),
            max_length=section.max_length,
            beta=section.beta,
            label_smoothing=section.label_smoothing,
            loss_type=list(weighed),
            loss_weights=list(weighed.values()),
        ),
        train_dataset=columns(pairs),
        processing_class=tokenizer,
        callbacks=[Watch(progress)],
    )


def _chosen_rows(rows: list[Pair], section: DpoSection) -> list[Pair]:
    """On-policy pairs first, then the others, each in order of their ids' digests; answers that differ."""
    different = [row for row in rows if row["chosen"] != row["rejected"]]
    if not different:
        raise DatasetTooSmall("the preference dataset has no training pairs", "set dpo.enabled: false or add pairs")
    single = sum(not (row["chosen"] and row["rejected"]) for row in different)
    if single and section.method != "kto":
        raise ValidationFailed(f"{single} of {len(different)} rows are single ratings", "set dpo.loss_type: kto")
    different.sort(key=lambda row: (row["origin"] != "on-policy", digests.of_text(str(row["id"]))))
    return different[: section.max_rows]


def columns(pairs: Sequence[Answers]) -> datasets.Dataset:
    """TRL's tokenised columns of rendered pairs."""
    from datasets import Dataset

    return Dataset.from_dict({
        "prompt_ids": [list(pair.chosen.prompt) for pair in pairs],
        "chosen_ids": [list(pair.chosen.answer) for pair in pairs],
        "rejected_ids": [list(pair.rejected.answer) for pair in pairs],
    })  # fmt: skip
