"""Elastic weight consolidation of an adapter (Kirkpatrick et al. 2017, arXiv:1612.00796): a penalty on what it changes.

The Fisher matrix of a layer is taken as inputs ⊗ outputs (Martens & Grosse 2015, arXiv:1503.05671), so the price of a
change ΔW is tr(G ΔW A ΔWᵀ): about twice how far, in nats a token of the base's own words, the adapted model is from
the base. ΔW = scaling · B A has the rank of the adapter, and is never formed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from trl import SFTTrainer

from registry.errors import IntegrityError

if TYPE_CHECKING:
    from peft import PeftModel
    from peft.tuners.lora import LoraLayer

ADAPTER = "default"
INPUTS, OUTPUTS, REST, TOKENS = "inputs", "outputs", "rest", "tokens"


@dataclass(frozen=True)
class Moment:
    """The mean of v vᵀ over vectors v (d), as rootᵀ root + rest · I with `root` (k, d): the rest spread evenly."""

    root: torch.Tensor
    rest: float

    def within(self, factor: torch.Tensor) -> torch.Tensor:
        """factorᵀ · moment · factor (r, r) of `factor` (d, r)."""
        seen = self.root @ factor
        return seen.T @ seen + self.rest * (factor.T @ factor)


@dataclass(frozen=True)
class Anchor:
    """One adapted layer and what its change is weighed by."""

    layer: LoraLayer
    inputs: Moment
    outputs: Moment

    def penalty(self) -> torch.Tensor:
        """tr(G ΔW A ΔWᵀ), as the sum over (Bᵀ G B) ∘ (A inputs Aᵀ)."""
        down, up = self.layer.lora_A[ADAPTER].weight, self.layer.lora_B[ADAPTER].weight
        both = self.outputs.within(up) * self.inputs.within(down.T)
        return self.layer.scaling[ADAPTER] ** 2 * both.sum()


class ElasticTrainer(SFTTrainer):
    """TRL's, with `strength` / 2 of all anchors' penalties in the gradient; the loss that it tells stays the task's."""

    anchors: tuple[Anchor, ...] = ()
    strength: float = 0.0

    def hold(self, fisher: Path | None, strength: float) -> None:
        """From now on, by a file of `flows.training.fisher`; not at all where `strength` is 0.

        Raises IntegrityError for a file that knows nothing of a layer that is trained.
        """
        if strength:
            assert fisher is not None, "sft.ewc needs what the base was measured by"
            self.anchors, self.strength = anchors_of(self.model, fisher), strength

    def compute_loss(
        self,
        model: torch.nn.Module,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: torch.Tensor | int | None = None,
    ) -> Any:
        loss = super().compute_loss(model, inputs, return_outputs, num_items_in_batch=num_items_in_batch)
        if not self.anchors:
            return loss
        with torch.autocast(self.args.device.type, enabled=False):
            pull = self.strength / 2 * total(self.anchors)
        # Once a step, whoever divides by the number of batches that a step adds up; every process adds the same.
        batches = self.current_gradient_accumulation_steps if num_items_in_batch is not None else 1
        return loss + (pull - pull.detach()) / batches


def total(anchors: tuple[Anchor, ...]) -> torch.Tensor:
    """The penalty of all layers."""
    return torch.stack([anchor.penalty() for anchor in anchors]).sum()


def adapted_layers(model: PeftModel) -> dict[str, LoraLayer]:
    """The adapted layers by their name in the base model."""
    from peft.tuners.lora import LoraLayer

    core = model.get_base_model()
    return {name: layer for name, layer in core.named_modules() if isinstance(layer, LoraLayer)}


def anchors_of(model: PeftModel, fisher: Path) -> tuple[Anchor, ...]:
    """Every adapted layer with its moments from a file of `flows.training.fisher`.

    Raises IntegrityError for a file that knows nothing of one of them.
    """
    from safetensors.torch import load_file

    sums = load_file(fisher, device=str(model.device))
    try:
        return tuple(
            Anchor(layer, _moment(sums, f"{name}.{INPUTS}"), _moment(sums, f"{name}.{OUTPUTS}"))
            for name, layer in adapted_layers(model).items()
        )
    except KeyError as error:
        raise IntegrityError(f"the measured Fisher factors lack {error}", "see: muniment verify") from error


def _moment(sums: Mapping[str, torch.Tensor], name: str) -> Moment:
    root, tokens = sums[name], float(sums[TOKENS])
    return Moment(root / tokens**0.5, float(sums[f"{name}.{REST}"]) / tokens / root.shape[1])
