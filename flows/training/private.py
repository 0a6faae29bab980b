"""Differentially private fine-tuning of the LoRA weights: DP-SGD (Abadi et al. 2016, arXiv:1607.00133).

Rows are drawn by Poisson sampling, each row's gradient is clipped, and the sum is noised, so that no
single row of the training data can move the adapter by much. Gradients by row and the accounting are
opacus'. The unit is a row: somebody who stands in k rows is protected k times less.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from flows.rendering.render import Rendered, padded
from flows.training.checkpoints import PRIVATE, is_whole
from flows.training.losses import said
from flows.training.planning.plan import steps_of
from flows.training.settings import MOST_NOISE, PrivacySection, SftSection
from registry.errors import ConfigError, TrainingDiverged
from registry.progress import Steps

if TYPE_CHECKING:
    from peft import PeftModel


@dataclass(frozen=True)
class Budget:
    """What a run spends: (epsilon, delta), and the settings that it follows from."""

    epsilon: float
    delta: float
    noise_multiplier: float
    max_grad_norm: float
    sample_rate: float
    steps: int


def budget(section: SftSection, rows: int) -> Budget:
    """The budget of a private run over `rows` rows, by Rényi accounting of the subsampled Gaussian (Mironov 2017).

    Raises ConfigError for an epsilon that no noise ends at.
    """
    privacy = privacy_of(section)
    rate = min(1.0, section.batch_rows / rows)
    steps = steps_of(rows, section)
    noise = privacy.noise_multiplier or _noise(privacy, rate, steps)
    return Budget(_spent(noise, rate, steps, privacy.delta), privacy.delta, noise, privacy.max_grad_norm, rate, steps)


def _noise(privacy: PrivacySection, rate: float, steps: int) -> float:
    from opacus.accountants.utils import get_noise_multiplier

    try:
        found = get_noise_multiplier(
            target_epsilon=privacy.epsilon, target_delta=privacy.delta, sample_rate=rate, steps=steps, accountant="rdp"
        )
    except ValueError as error:
        least = _spent(MOST_NOISE, rate, steps, privacy.delta)
        raise ConfigError(
            f"no noise makes {steps} steps end at sft.privacy.epsilon={privacy.epsilon:g}",
            f"with delta {privacy.delta:g} an epsilon over {least:.3g} can be accounted for; 1 is strict",
        ) from error
    return float(found)


def _spent(noise: float, rate: float, steps: int, delta: float) -> float:
    from opacus.accountants import RDPAccountant

    accountant = RDPAccountant()
    accountant.history = [(noise, rate, steps)]
    return float(accountant.get_epsilon(delta))


def privacy_of(section: SftSection) -> PrivacySection:
    assert section.privacy is not None
    return section.privacy


def train_privately(
    model: PeftModel,
    rows: Sequence[Rendered],
    section: SftSection,
    place: tuple[Path, bytes],
    progress: Steps | None = None,
) -> list[float]:
    """Train the adapter of `model`; returns each step's mean loss. A killed run goes on from its checkpoint.

    `place` is (scratch, secret): the secret seeds sampling and noise, which nobody else may be able to repeat.
    Raises TrainingDiverged.
    """
    run = _Run(model, rows, section, *place)
    while run.step < run.budget.steps:
        run.take_step()
        if progress:
            progress(run.step, run.budget.steps, said(run.losses))
        if run.step % section.save_steps == 0:
            run.save()
    run.module.to_standard_module()
    return run.losses


class _Run:
    """A private training: module with gradients by row, optimiser, two generators, and the steps taken so far."""

    def __init__(
        self, model: PeftModel, rows: Sequence[Rendered], section: SftSection, scratch: Path, secret: bytes
    ) -> None:
        from opacus.grad_sample import GradSampleModule
        from transformers import get_scheduler

        self.rows, self.section, self.budget = rows, section, budget(section, len(rows))
        self.parameters = [p for p in model.parameters() if p.requires_grad]
        for parameter in self.parameters:
            parameter.data = parameter.data.float()
        self.module = GradSampleModule(model.train(), loss_reduction="sum")
        rate, decay = section.learning_rate, section.weight_decay
        self.optimizer = torch.optim.AdamW(self.parameters, lr=rate, weight_decay=decay)
        warmup = section.warmup_steps if section.warmup_steps >= 1 else section.warmup_steps * self.budget.steps
        self.schedule = get_scheduler(section.lr_scheduler_type, self.optimizer, math.ceil(warmup), self.budget.steps)
        self.drawing, self.noise = (torch.Generator().manual_seed(_seed(secret, part)) for part in (0, 1))
        self.step, self.losses = 0, list[float]()
        self.checkpoint = scratch / PRIVATE
        if is_whole(self.checkpoint):
            self._resume()

    def take_step(self) -> None:
        """One draw of rows: clip, sum, noise, divide by the expected number of rows."""
        chosen = (torch.rand(len(self.rows), generator=self.drawing) < self.budget.sample_rate).nonzero().flatten()
        sums, total = [torch.zeros_like(p) for p in self.parameters], 0.0
        size = self.section.per_device_train_batch_size
        for part in torch.split(chosen, size) if len(chosen) else ():  # a draw may be empty: then noise is all
            losses = row_losses(self.module, [self.rows[int(n)] for n in part])
            losses.sum().backward()  # type: ignore[no-untyped-call]
            add_clipped(self.parameters, sums, self.budget.max_grad_norm)
            total += float(losses.sum())
        deviation = self.budget.noise_multiplier * self.budget.max_grad_norm
        for parameter, found in zip(self.parameters, sums, strict=True):
            noise = torch.randn(found.shape, generator=self.noise).to(found.device)
            parameter.grad = (found + deviation * noise) / (self.budget.sample_rate * len(self.rows))
        self.optimizer.step()
        self.schedule.step()
        self.step += 1
        self.losses.append(_finite(total / max(1, len(chosen)), self.step))

    def save(self) -> None:
        """Whole or not at all."""
        draft = self.checkpoint.with_suffix(".draft")
        state = {
            "step": self.step, "steps": self.budget.steps, "losses": self.losses,
            "parameters": [p.data for p in self.parameters],
            "optimizer": self.optimizer.state_dict(), "schedule": self.schedule.state_dict(),
            "drawing": self.drawing.get_state(), "noise": self.noise.get_state(),
        }  # fmt: skip
        torch.save(state, draft)
        draft.replace(self.checkpoint)

    def _resume(self) -> None:
        state = torch.load(self.checkpoint, weights_only=True)
        self.step, self.losses = state["step"], state["losses"]
        for parameter, saved in zip(self.parameters, state["parameters"], strict=True):
            parameter.data.copy_(saved)
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        self.drawing.set_state(state["drawing"])
        self.noise.set_state(state["noise"])


def row_losses(model: torch.nn.Module, rows: Sequence[Rendered]) -> torch.Tensor:
    """Mean loss of each row's answer tokens (N)."""
    ids, mask, labels = padded(rows, next(model.parameters()).device)
    logits = model(input_ids=ids, attention_mask=mask, use_cache=False).logits[:, :-1]
    wanted = labels[:, 1:]
    losses = torch.nn.functional.cross_entropy(logits.float().transpose(1, 2), wanted, reduction="none")
    return losses.sum(1) / (wanted != -100).sum(1)


def add_clipped(parameters: Sequence[torch.nn.Parameter], sums: Sequence[torch.Tensor], most: float) -> None:
    """Add each row's gradient over all `parameters`, scaled to a norm of at most `most`, to `sums`; forget it."""
    by_row = [parameter.grad_sample for parameter in parameters]  # type: ignore[attr-defined]
    norms = torch.stack([found.flatten(1).norm(dim=1) for found in by_row]).norm(dim=0)
    scale = (most / norms.clamp(min=1e-12)).clamp(max=1.0)
    for parameter, found, summed in zip(parameters, by_row, sums, strict=True):
        summed.add_(torch.einsum("n,n...->...", scale, found))
        parameter.grad = parameter.grad_sample = None  # type: ignore[attr-defined]


def _seed(secret: bytes, part: int) -> int:
    return int.from_bytes(secret[8 * part : 8 * part + 8], "big") >> 1


def _finite(loss: float, step: int) -> float:
    if not math.isfinite(loss):
        raise TrainingDiverged(f"loss is {loss} at step {step}", "lower learning_rate")
    return loss
