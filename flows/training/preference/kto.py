"""Kahneman-Tversky optimisation with TRL: answers that were liked or disliked, with no better or worse one beside them.

Ethayarajh et al. 2024, arXiv:2402.01306. It starts from the SFT adapter, which is also the frozen reference.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from flows.rendering.rated import Rated
from flows.training.settings import DpoSection
from registry.progress import Steps

if TYPE_CHECKING:
    import datasets
    from peft import PeftModel
    from transformers import PreTrainedTokenizerFast
    from trl import KTOTrainer

T = TypeVar("T")


def trainer_of(
    policy: PeftModel,
    tokenizer: PreTrainedTokenizerFast,
    answers: Sequence[Rated],
    section: DpoSection,
    scratch: Path,
    progress: Steps | None,
) -> KTOTrainer:
    """The rarer of both labels weighs as much as the other in all (eq. 8 of the paper)."""
    from trl import KTOConfig

    from flows.training.loop import Watch, arguments
    from flows.training.preference.pairs import RatingsTrainer

    rated = mixed(answers, section.seed)
    liked = sum(one.liked for one in rated)
    disliked = len(rated) - liked
    trainer = RatingsTrainer(
        model=policy,
        args=KTOConfig(
            **arguments(section, len(rated), scratch),
            max_length=section.max_length,
            beta=section.beta,
            desirable_weight=max(1.0, disliked / max(1, liked)),
            undesirable_weight=max(1.0, liked / max(1, disliked)),
        ),
        train_dataset=columns(rated, section.per_device_train_batch_size),
        processing_class=tokenizer,
        callbacks=[Watch(progress)],
    )
    trainer.progress = progress
    return trainer


def mixed(rated: Sequence[T], seed: int) -> list[T]:
    """In the order of the batches, which TRL takes as they come: both answers of a pair side by side would be each
    other's measure of how far the policy has gone."""
    return random.Random(seed).sample(rated, len(rated))  # noqa: S311 - an order, no secret


def columns(rated: Sequence[Rated], batch_rows: int) -> datasets.Dataset:
    """TRL's tokenised columns of rendered answers.

    How far the policy is from the reference is estimated in each batch from its prompts, each with the answer of the
    row before. A last batch of one row takes it from the batch before: its own answer would measure itself.
    """
    from datasets import Dataset

    answers = [list(one.answer.answer) for one in rated]
    others = [*answers]
    for start in range(0, len(answers), batch_rows):
        batch = answers[start : start + batch_rows]
        others[start : start + batch_rows] = [batch[-1] if len(batch) > 1 else answers[start - 1], *batch[:-1]]
    return Dataset.from_dict({
        "prompt_ids": [list(one.answer.prompt) for one in rated],
        "completion_ids": answers,
        "KL_completion_ids": others,
        "label": [one.liked for one in rated],
    })  # fmt: skip
