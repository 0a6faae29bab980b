"""TRL's preference trainers on rendered answers, with the reference scored once instead of in every step.

The reference is the adapter as it was before the first step, so its log-probabilities never change. TRL can compute
them beforehand too, but on its own rendering and padded, and it keeps the reference in memory all the while.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch.utils.data import Sampler
from transformers import Trainer
from trl import DPOTrainer, KTOTrainer

from registry.files import left_or_made
from registry.progress import Steps

if TYPE_CHECKING:
    from datasets import Dataset


REFERENCE = "reference"
"""Of a stage's scratch: the scores of each batch that the reference has seen."""


class _ReferenceOnce(Trainer):
    """Before a trainer of TRL whose reference is a copy of the adapter. `columns` are what it reads its scores from."""

    columns: ClassVar[tuple[str, str]]
    progress: Steps | None = None
    train_dataset: Dataset
    compute_ref_log_probs: Any

    def _prepare_dataset(self, dataset: Dataset, *_: object) -> Dataset:
        """Rows are rendered and checked already."""
        return dataset

    def train(self, *arguments: Any, **named: Any) -> Any:
        """As TRL's, after one pass of the reference over all rows."""
        rows = self.train_dataset
        for column, log_probs in zip(self.columns, self._reference(rows), strict=True):
            rows = rows.add_column(column, log_probs)
        self.train_dataset = rows
        self.precompute_ref_logps = True
        self.model.delete_adapter("ref")
        return super().train(*arguments, **named)

    def _reference(self, rows: Dataset) -> tuple[list[float], list[float]]:
        """What the reference scores for each of `columns`, in the order of `rows`.

        In the batches of the first epoch, so that reference and policy are rounded alike. What a run that was killed
        had scored lies beside its checkpoints.
        """
        found: dict[int, tuple[float, float]] = {}
        kept = Path(str(self.args.output_dir)).with_name(REFERENCE)
        kept.mkdir(parents=True, exist_ok=True)
        batches = list(self.get_train_dataloader().batch_sampler)
        for number, places in enumerate(batches):
            if self.progress:
                self.progress(0, len(batches), f"scoring the reference, {number} of {len(batches)}")
            read, make = partial(_read, len(places)), partial(self._scored, rows, places)
            found.update(zip(places, left_or_made(kept / f"{number}.json", read, make), strict=True))
        both = [found[n] for n in range(len(rows))]
        return [one for one, _ in both], [other for _, other in both]

    def _scored(self, rows: Dataset, places: list[int]) -> list[tuple[float, float]]:
        batch = self.data_collator([rows[n] for n in places])
        inputs = {name: tensor.to(self.args.device) for name, tensor in batch.items()}
        one, other = self.compute_ref_log_probs(self.model, inputs)
        return list(zip(one.tolist(), other.tolist(), strict=True))


def _read(size: int, data: bytes) -> list[tuple[float, float]]:
    """The scores of a batch of so many rows. Raises ValueError, TypeError."""
    scores = [(float(one), float(other)) for one, other in json.loads(data)]
    if len(scores) != size:
        raise ValueError(f"{len(scores)} scores where {size} rows are")
    return scores


class ByQuestion(Sampler[int]):
    """Rows of one question behind each other, the questions in an order of chance that is another in each epoch.

    In one batch all comparisons of a question's answers cost one computation of each answer, and overfit less than
    spread over an epoch (Ouyang et al. 2022, arXiv:2203.02155, section 3.5).
    """

    def __init__(self, questions: Sequence[Hashable], seed: int) -> None:
        self.rows: dict[Hashable, list[int]] = defaultdict(list)
        for row, question in enumerate(questions):
            self.rows[question].append(row)
        self.seed, self.epoch = seed, 0

    def __len__(self) -> int:
        return sum(map(len, self.rows.values()))

    def __iter__(self) -> Iterator[int]:
        asked = list(self.rows.values())
        order = torch.randperm(len(asked), generator=torch.Generator().manual_seed(self.seed + self.epoch))
        return chain.from_iterable(asked[question] for question in order.tolist())

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch


class PairsTrainer(_ReferenceOnce, DPOTrainer):
    """Takes columns prompt_ids, chosen_ids and rejected_ids."""

    columns = ("ref_chosen_logps", "ref_rejected_logps")

    def _get_train_sampler(self, train_dataset: Dataset | None = None) -> Sampler[int] | None:
        """As transformers', unless a question has several pairs."""
        questions = [tuple(prompt) for prompt in self.train_dataset["prompt_ids"]]
        if len(set(questions)) == len(questions):
            return super()._get_train_sampler(train_dataset)
        return ByQuestion(questions, self.args.data_seed)


class RatingsTrainer(_ReferenceOnce, KTOTrainer):
    """Takes columns prompt_ids, completion_ids, KL_completion_ids and label, in the order of its batches."""

    columns = ("ref_logps", "ref_KL_logps")
