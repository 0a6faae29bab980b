"""TRL's preference trainer on rendered pairs, with the reference scored once instead of in every step.

The reference is the adapter as it was before the first step, so its log-probabilities never change. TRL can compute
them beforehand too, but on its own rendering and padded, and it keeps the reference in memory all the while.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trl import DPOTrainer

if TYPE_CHECKING:
    from datasets import Dataset

COLUMNS = ("ref_chosen_logps", "ref_rejected_logps")


class PairsTrainer(DPOTrainer):
    """Takes columns prompt_ids, chosen_ids and rejected_ids."""

    train_dataset: Dataset

    def _prepare_dataset(self, dataset: Dataset, *_: object) -> Dataset:
        """Rows are rendered and checked already."""
        return dataset

    def train(self, *arguments: Any, **named: Any) -> Any:
        """As TRL's, after one pass of the reference over all pairs."""
        pairs = self.train_dataset
        for column, log_probs in zip(COLUMNS, self._reference(pairs), strict=True):
            pairs = pairs.add_column(column, log_probs)
        self.train_dataset = pairs
        self.precompute_ref_logps = True
        self.model.delete_adapter("ref")
        return super().train(*arguments, **named)

    def _reference(self, pairs: Dataset) -> tuple[list[float], list[float]]:
        """Log-probabilities of the chosen and of the rejected answers, in the order of `pairs`.

        In the batches of the first epoch, so that reference and policy are rounded alike.
        """
        found: dict[int, tuple[float, float]] = {}
        for places in self.get_train_dataloader().batch_sampler:
            batch = self.data_collator([pairs[n] for n in places])
            inputs = {name: tensor.to(self.args.device) for name, tensor in batch.items()}
            chosen, rejected = self.compute_ref_log_probs(self.model, inputs)
            found.update(zip(places, zip(chosen.tolist(), rejected.tolist(), strict=True), strict=True))
        both = [found[n] for n in range(len(pairs))]
        return [chosen for chosen, _ in both], [rejected for _, rejected in both]
