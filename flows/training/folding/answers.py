"""Log-probabilities of answers on a CPU: only where loss is, and their gradient while the probabilities are at hand.

TRL 1.16 has a fused head that does so where Triton runs. Elsewhere it scores every position, prompts too, and
multiplies the vocabulary once more in backward: together half of a preference step.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

ROWS_AT_ONCE = 128
"""Tokens whose logits stand in memory at a time."""


@contextmanager
def answers_only() -> Iterator[None]:
    """Make TRL's fused head score only positions that carry loss, by `AnswerLogProbs` where that is exact."""
    from trl.trainer import utils

    asked, scored = utils._use_triton, utils._ChunkedLogProbFunction
    utils._use_triton = lambda device: True
    utils._ChunkedLogProbFunction = _Head(scored)
    try:
        yield
    finally:
        utils._use_triton, utils._ChunkedLogProbFunction = asked, scored


class _Head:
    """Stands where TRL asks for its own function, and hands on what is not a plain frozen head on a CPU."""

    def __init__(self, theirs: Any) -> None:
        self.theirs = theirs

    def apply(  # noqa: PLR0913 - the signature of TRL's function
        self,
        hidden: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        targets: torch.Tensor,
        temperature: float,
        chunk_size: int,
        softcap: float | None,
        scale: float,
        outputs: tuple[str, ...],
    ) -> tuple[torch.Tensor | None, ...]:
        plain = bias is None and softcap is None and temperature == scale == 1 and not weight.requires_grad
        if not plain or hidden.device.type != "cpu" or "log_sum_sq_probs" in outputs:
            found: tuple[torch.Tensor | None, ...] = self.theirs.apply(
                hidden, weight, bias, targets, temperature, chunk_size, softcap, scale, outputs
            )
            return found
        log_probs, entropy, is_top1 = AnswerLogProbs.apply(hidden, weight, targets)  # type: ignore[no-untyped-call]
        mean = hidden.detach().float() @ weight.mean(dim=0, dtype=torch.float32) if "mean_logits" in outputs else None
        return log_probs, entropy, None, mean, is_top1


class AnswerLogProbs(torch.autograd.Function):
    """log p(target) of `hidden` (N, H) under `weight` (V, H); without gradient the entropy, and whether it is the top.

    d log p(t) / d hidden = w_t - sum_v p_v w_v does not depend on what comes after it, so forward computes it from
    the probabilities that it has, instead of computing them again: two products with the vocabulary, not three.
    """

    @staticmethod
    def forward(
        ctx: Any, hidden: torch.Tensor, weight: torch.Tensor, targets: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        kind = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else hidden.dtype
        states, matrix = hidden.to(kind), weight.to(kind)
        scored = [_score(rows, matrix, wanted) for rows, wanted in _tiles(states, targets)]
        log_probs, entropy, is_top1, slope = (torch.cat(parts) for parts in zip(*scored, strict=True))
        ctx.save_for_backward(slope.to(hidden.dtype))
        ctx.mark_non_differentiable(entropy, is_top1)
        return log_probs, entropy, is_top1

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor, *_: object) -> tuple[torch.Tensor, None, None]:
        (slope,) = ctx.saved_tensors
        return slope * grad[:, None].to(slope.dtype), None, None


def _tiles(states: torch.Tensor, targets: torch.Tensor) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    return zip(torch.split(states, ROWS_AT_ONCE), torch.split(targets, ROWS_AT_ONCE), strict=True)


def _score(rows: torch.Tensor, matrix: torch.Tensor, wanted: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Of n rows: log p (n), entropy (n), whether `wanted` is the top (n), and d log p / d row (n, H)."""
    logits = rows @ matrix.t()
    probs = torch.softmax(logits, dim=-1, dtype=torch.float32)
    log_z = logits.amax(dim=-1).float() - probs.amax(dim=-1).log()
    mean = (probs.to(matrix.dtype) @ matrix).float()
    log_probs = logits.gather(1, wanted[:, None])[:, 0].float() - log_z
    entropy = log_z - (rows.float() * mean).sum(dim=-1)  # the mean logit is the row's product with the mean weight
    return log_probs, entropy, logits.argmax(dim=-1) == wanted, matrix[wanted].float() - mean
