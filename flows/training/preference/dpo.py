"""Preference training with TRL from the SFT adapter, which is also the frozen reference: direct preference
optimisation of pairs, or KTO of answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from flows.base.model import load_base
from flows.base.quiet import quietly
from flows.rendering.families import turn_ends
from flows.rendering.rated import Pair, Rated, rated, sides_of
from flows.rendering.render import check_learnable
from flows.training.lora import save_adapter
from flows.training.planning.plan import warmed
from flows.training.selection import over_questions
from flows.training.settings import DpoSection
from registry import tables
from registry.artifacts import Artifacts
from registry.errors import DatasetTooSmall, ValidationFailed
from registry.progress import Steps
from registry.records import Base, Dataset, TrainingRun

if TYPE_CHECKING:
    import datasets
    from peft import PeftModel
    from transformers import PreTrainedTokenizerFast
    from trl import DPOTrainer


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

    from flows.base.precision import dtype_name
    from flows.training.loop import Trained, record_of, train
    from flows.training.planning.room import room_for_pairs
    from flows.training.preference import kto

    rows = _chosen_rows(tables.read_table(dataset.train, artifacts).to_pylist(), section)
    names = [row["id"] for row in rows for _ in sides_of(row)]
    examples = len(names) if section.method == "kto" else len(rows)
    warm, weights = warmed(section, examples), artifacts.verified(parent.weights)
    room_for_pairs(rows, base, artifacts).require_pairs(section, LoraConfig.from_pretrained(str(weights)).r)
    model, tokenizer = load_base(base, artifacts, section.quantization)
    answers = rated(tokenizer, rows)
    rendered = [one.answer for one in answers]
    check_learnable(rendered, names, section.max_length, turn_ends(tokenizer))
    with quietly():
        policy = PeftModel.from_pretrained(model, weights, is_trainable=True)
        make = kto.trainer_of if section.method == "kto" else trainer_of
        losses = train(make(policy, tokenizer, answers, warm, scratch, progress))
    save_adapter(policy, base, scratch / "adapter")
    tokens = sum(one.cut(section.max_length).size for one in rendered)
    run = Trained(section.method, losses, examples, tokens, dtype_name())
    trained = section.model_copy(update={"judge": None})  # the pairs name it; its address is the house's own
    return record_of(run, trained, (base, dataset, parent), artifacts, scratch)


def trainer_of(
    policy: PeftModel,
    tokenizer: PreTrainedTokenizerFast,
    answers: Sequence[Rated],
    section: DpoSection,
    scratch: Path,
    progress: Steps | None,
) -> DPOTrainer:
    """Of pairs, whose better answer stands before the other in `answers`."""
    from trl import DPOConfig

    from flows.training.loop import Watch, arguments
    from flows.training.preference.pairs import PairsTrainer

    losses = {section.trl_loss: 1.0, "sft": section.sft_weight}
    weighed = {name: weight for name, weight in losses.items() if weight > 0}
    trainer = PairsTrainer(
        model=policy,
        args=DPOConfig(
            **arguments(section, len(answers) // 2, scratch),
            max_length=section.max_length,
            beta=section.beta,
            label_smoothing=section.label_smoothing,
            loss_type=list(weighed),
            loss_weights=list(weighed.values()),
        ),
        train_dataset=columns(answers),
        processing_class=tokenizer,
        callbacks=[Watch(progress)],
    )
    trainer.progress = progress
    return trainer


def _chosen_rows(rows: list[Pair], section: DpoSection) -> list[Pair]:
    """Answers that differ. Raises DatasetTooSmall, ValidationFailed."""
    different = [row for row in rows if row["chosen"] != row["rejected"]]
    if not different:
        raise DatasetTooSmall("the preference dataset has no training pairs", "set dpo.enabled: false or add pairs")
    single = sum(not (row["chosen"] and row["rejected"]) for row in different)
    if single and section.method != "kto":
        raise ValidationFailed(f"{single} of {len(different)} rows are single ratings", "set dpo.loss_type: kto")
    return over_questions(different, section.max_rows)


def columns(answers: Sequence[Rated]) -> datasets.Dataset:
    """TRL's tokenised columns of pairs."""
    from datasets import Dataset

    chosen, rejected = ([one.answer for one in answers[side::2]] for side in (0, 1))
    return Dataset.from_dict({
        "prompt_ids": [list(one.prompt) for one in chosen],
        "chosen_ids": [list(one.answer) for one in chosen],
        "rejected_ids": [list(one.answer) for one in rejected],
    })  # fmt: skip
