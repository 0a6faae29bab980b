"""Does an exported model answer as base and adapter do? Asked of the files as they were written, read back.

What is compared is what an answer is drawn from: at each place of the golden prompts and of the answers that the
adapter gives to them, the log-probabilities of the likeliest tokens. Tails of a distribution differ by more and
are never drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from registry.errors import ParityLost

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

LIKELY = 20
ANSWER_TOKENS = 24


@dataclass(frozen=True)
class Reference:
    """What the adapter says: token ids of prompts with its answers, and (places, vocabulary) log-probabilities."""

    rows: tuple[tuple[int, ...], ...]
    said: tuple[torch.Tensor, ...]


def reference(model: PreTrainedModel, prompts: Sequence[Sequence[int]]) -> Reference:
    """The likeliest answer of `model` to each prompt (token ids), and what it finds likely on the way."""
    rows = tuple(tuple(_answered(model, prompt)) for prompt in prompts)
    return Reference(rows, tuple(_said(model, row) for row in rows))


def difference(model: PreTrainedModel, known: Reference) -> float:
    """The most (nats) by which the log-probability of one of the reference's likeliest tokens is off anywhere.

    Infinity where `model` says something that is no number, or nothing was asked.
    """
    found = (_apart(_said(model, row), said) for row, said in zip(known.rows, known.said, strict=True))
    return max(found, default=float("inf"))


def require(found: float, tolerance: float, what: str) -> None:
    """Raises ParityLost."""
    if not found <= tolerance:
        raise ParityLost(
            f"{what} is {found:.3g} nats away from base and adapter, {tolerance:g} are allowed",
            "choose a finer precision, such as --format gguf:fp16",
        )


def _answered(model: PreTrainedModel, prompt: Sequence[int]) -> list[int]:
    import torch

    ids = torch.tensor([list(prompt)])
    with torch.inference_mode():
        out = model.generate(
            input_ids=ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=ANSWER_TOKENS,
            pad_token_id=0,
        )  # fmt: skip
    return [int(token) for token in out[0]]


def _said(model: PreTrainedModel, row: Sequence[int]) -> torch.Tensor:
    import torch

    with torch.inference_mode():
        return torch.as_tensor(model(input_ids=torch.tensor([list(row)])).logits[0].float().log_softmax(-1))


def _apart(found: torch.Tensor, said: torch.Tensor) -> float:
    import torch

    likely = said.topk(min(LIKELY, said.shape[-1])).indices
    apart = (found.gather(1, likely) - said.gather(1, likely)).abs().max()
    return float(apart) if bool(torch.isfinite(apart)) else float("inf")
