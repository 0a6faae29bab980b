"""Messages to token ids with the model's own chat template: one rendering for training, scoring, serving."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from flows.rendering.families import turn_ends
from registry.errors import NothingToLearn, Unservable, ValidationFailed
from registry.records import GoldenPrompt, Reason

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedTokenizerFast


class Message(TypedDict):
    role: str
    content: str


@dataclass(frozen=True)
class Rendered:
    """Token ids of a prompt (up to the assistant's turn) and of its answer (through the end of turn)."""

    prompt: tuple[int, ...]
    answer: tuple[int, ...]

    @property
    def size(self) -> int:
        """Tokens of both."""
        return len(self.prompt) + len(self.answer)

    def cut(self, max_length: int) -> Rendered:
        """The first `max_length` tokens."""
        return Rendered(self.prompt[:max_length], self.answer[: max(0, max_length - len(self.prompt))])


def user(text: str) -> list[Message]:
    return [{"role": "user", "content": text}]


def prompt_ids(tokenizer: PreTrainedTokenizerFast, prompt: Sequence[Message]) -> tuple[int, ...]:
    """Token ids of `prompt` with the header of the assistant's turn."""
    rendered = tokenizer.apply_chat_template(list(prompt), add_generation_prompt=True, tokenize=True, return_dict=True)
    return tuple(rendered["input_ids"])


def render(tokenizer: PreTrainedTokenizerFast, prompt: Sequence[Message], answer: Sequence[Message]) -> Rendered:
    """The prompt and its answer with the end of its turn; what the template writes after that is left out.

    Raises Unservable when the template renders the prompt differently once an answer follows.
    """
    head = prompt_ids(tokenizer, prompt)
    whole = tokenizer.apply_chat_template([*prompt, *answer], tokenize=True, return_dict=True)["input_ids"]
    if tuple(whole[: len(head)]) != head:
        raise Unservable(
            "the chat template renders a prompt differently when an answer follows it",
            "choose a base model whose template keeps the prompt as a prefix",
        )
    return Rendered(head, _to_its_end(tokenizer, tuple(whole[len(head) :])))


def _to_its_end(tokenizer: PreTrainedTokenizerFast, tail: tuple[int, ...]) -> tuple[int, ...]:
    """The answer through the token at which serving stops: of ends with nothing but blanks between, the first."""
    ends = turn_ends(tokenizer)
    places = [place for place, token in enumerate(tail) if token in ends]
    if not places:
        return (*tail, tokenizer.eos_token_id)
    end = places.pop()
    while places and not tokenizer.decode(tail[places[-1] + 1 : end]).strip():
        end = places.pop()
    return tail[: end + 1]


def before_answers(
    heads: Sequence[Sequence[int]], pad: int, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids and attention mask (N, L) of prompts that are written on: padded on the left."""
    import torch

    width = max(map(len, heads))
    ids = [[pad] * (width - len(head)) + list(head) for head in heads]
    mask = [[0] * (width - len(head)) + [1] * len(head) for head in heads]
    return torch.tensor(ids, device=device), torch.tensor(mask, device=device)


def padded(rows: Sequence[Rendered], device: torch.device) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Ids, attention mask and labels (N, L); labels are -100 outside the answers."""
    import torch

    width = max(row.size for row in rows)
    ids = torch.zeros((len(rows), width), dtype=torch.long)
    mask, labels = torch.zeros_like(ids), torch.full_like(ids, -100)
    for n, row in enumerate(rows):
        ids[n, : row.size] = torch.tensor([*row.prompt, *row.answer])
        mask[n, : row.size] = 1
        labels[n, len(row.prompt) : row.size] = torch.tensor(row.answer)
    return ids.to(device), mask.to(device), labels.to(device)


def objection(row: Rendered, max_length: int, ends: frozenset[int]) -> Reason | None:
    """Why nothing would be learnt from a row after truncation, or what is no answer's: it goes on past an end."""
    if len(row.prompt) >= max_length or not row.answer:
        return Reason.FILLS_LENGTH
    return None if ends.isdisjoint(row.answer[:-1]) else Reason.INVALID


def check_learnable(rows: Sequence[Rendered], ids: Sequence[str], max_length: int, ends: frozenset[int]) -> None:
    """Rows in which no token carries loss after truncation, or an answer goes on past one of the `ends`, are named.

    Raises NothingToLearn; ValidationFailed where loss would fall on what somebody else says.
    """
    found = [(objection(row, max_length, ends), name) for row, name in zip(rows, ids, strict=True)]
    if empty := [name for why, name in found if why is Reason.FILLS_LENGTH]:
        raise NothingToLearn(
            f"{len(empty)} of {len(rows)} rows have no answer token within {max_length} tokens: {', '.join(empty[:5])}",
            "raise sft.max_length (for pairs dpo.max_length), or drop these rows",
        )
    if past := [name for why, name in found if why is Reason.INVALID]:
        raise ValidationFailed(
            f"{len(past)} of {len(rows)} rows hold the base model's own end of a turn in an answer: "
            f"{', '.join(past[:5])}",
            "drop these rows: what follows that mark would be learnt as somebody else's words",
        )


def golden(tokenizer: PreTrainedTokenizerFast, prompts: Sequence[str]) -> tuple[GoldenPrompt, ...]:
    """Prompts with the token ids that training sees for them."""
    return tuple(GoldenPrompt(prompt=text, token_ids=prompt_ids(tokenizer, user(text))) for text in prompts)
