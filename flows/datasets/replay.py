"""What the base model says of its own accord, to be said on: rows against forgetting that need no public corpus.

The model is given its own chat template as far as a user's turn and writes on: what it takes for a user's request
(Magpie, Xu et al. 2024, arXiv:2406.08464). Then it answers that request. Drawn by seed, a batch at a time, each batch
kept: a run that was killed goes on and ends with the same rows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from flows.datasets.messages import Row
from registry import digests
from registry.errors import DatasetTooSmall, Unservable
from registry.files import left_or_made
from registry.progress import Progress
from registry.records import Base

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

BATCH = 32
MOST_TRIES = 10
"""Batches drawn for each batch of rows that is wanted: much of what a small model writes is dropped."""
REQUEST_TOKENS, ANSWER_TOKENS = 64, 192
_MARK = "What the user says stands here."
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_LEAST_WORDS = 4
Draw = Callable[[int], Sequence[tuple[str, str]]]
"""Requests with their answers, of the batch of that number."""


@dataclass(frozen=True)
class Writer:
    """A loaded base with the ids that a user's turn begins with, those that turns end with, and the seed."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerFast
    opening: tuple[int, ...]
    ends: frozenset[int]
    seed: int

    def batch(self, number: int) -> list[tuple[str, str]]:
        """What it asks and answers; turns that do not end by themselves are dropped."""
        from flows.rendering.render import prompt_ids, user

        seed = self.seed * 100_003 + number
        written = self._turns([self.opening] * BATCH, REQUEST_TOKENS, (1.0, seed))
        requests = [text for text in dict.fromkeys(written) if text and _is_a_request(text)]
        if not requests:
            return []
        heads = [prompt_ids(self.tokenizer, user(text)) for text in requests]
        answers = self._turns(heads, ANSWER_TOKENS, (0.7, seed))
        return [(request, answer) for request, answer in zip(requests, answers, strict=True) if answer]

    def _turns(self, heads: Sequence[Sequence[int]], longest: int, drawn: tuple[float, int]) -> list[str]:
        """What is written behind each head up to its end; empty where none came. `drawn` is (temperature, seed)."""
        import torch

        from flows.rendering.render import before_answers

        pad = self.tokenizer.pad_token_id
        ids, mask = before_answers(heads, pad, self.model.device)
        with torch.inference_mode(), torch.random.fork_rng():
            torch.manual_seed(drawn[1])
            out = self.model.generate(
                input_ids=ids, attention_mask=mask, do_sample=True, temperature=drawn[0], top_p=0.95, top_k=0,
                max_new_tokens=longest, pad_token_id=pad, eos_token_id=sorted(self.ends),
            )  # fmt: skip
        return [self._ended(row) for row in out[:, ids.shape[1] :].tolist()]

    def _ended(self, ids: Sequence[int]) -> str:
        end = next((place for place, token in enumerate(ids) if token in self.ends), None)
        return str(self.tokenizer.decode(ids[:end], skip_special_tokens=True)).strip() if end is not None else ""


def writer_of(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, seed: int) -> Writer:
    """Raises Unservable for a template that does not begin a user's turn before the user's words."""
    from flows.rendering.families import turn_ends
    from flows.rendering.render import user

    written = str(tokenizer.apply_chat_template(user(_MARK), tokenize=False))
    opening, mark, _ = written.partition(_MARK)
    if not mark or not opening:
        raise Unservable("the chat template does not say where a user's turn begins", "leave sft.replay at 0")
    ids = tuple(tokenizer(opening, add_special_tokens=False)["input_ids"])
    return Writer(model.eval(), tokenizer, ids, turn_ends(tokenizer), seed)


def rows_beside(rows: int, share: float) -> int:
    """How many rows of the base's own make up `share` of a training set beside `rows` others."""
    return round(rows * share / (1 - share))


def replay_rows(draw: Draw, base: Base, count: int, scratch: Path, progress: Progress | None = None) -> list[Row]:
    """`count` rows under the base's licence, fewer where it repeats itself. Raises DatasetTooSmall for none at all."""
    rows: dict[str, Row] = {}
    batches = -(-count // BATCH)
    for number in range(batches * MOST_TRIES):
        written = left_or_made(scratch / "replay" / f"{number}.json", _pairs, partial(draw, number))
        for request, answer in written:
            rows.setdefault(request.casefold(), _row(base, request, answer))
        if progress:
            progress(min(len(rows), count), count)
        if len(rows) >= count:
            break
    if not rows:
        raise DatasetTooSmall(f"{base.name} writes no requests of its own", "leave sft.replay at 0")
    return list(rows.values())[:count]


def _pairs(data: bytes) -> Sequence[tuple[str, str]]:
    return [(str(request), str(answer)) for request, answer in json.loads(data)]


def _is_a_request(text: str) -> bool:
    """Words, not marks or one character over and over."""
    return len(set(_LETTERS.findall(text.casefold()))) >= _LEAST_WORDS


def _row(base: Base, request: str, answer: str) -> Row:
    name = digests.of_json([request, answer])[:16]
    return Row(
        prompt=request, answers=(answer,), origin="replay", document=base.digest, place=f"replay {name}",
        groups=(f"replay:{name}",), licence=base.licence, source=base.name, teacher=f"{base.name} told nothing",
    )  # fmt: skip
