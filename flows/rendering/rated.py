"""Answers of a preference row, each by itself: both of a pair, or the one that was liked or disliked alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flows.rendering.render import Message, Rendered, render

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

Pair = Mapping[str, Any]
"""A row of registry.tables.PREFERENCE_ROWS."""


@dataclass(frozen=True)
class Rated:
    """An answer, rendered through the end of its turn, and whether it was the better or a liked one."""

    answer: Rendered
    liked: bool


def sides_of(row: Pair) -> Iterator[tuple[Sequence[Message], bool]]:
    """The answers that a row has, the better one first, and whether each is it."""
    for side, liked in (("chosen", True), ("rejected", False)):
        if row[side]:
            yield row[side], liked


def rated(tokenizer: PreTrainedTokenizerFast, rows: Sequence[Pair]) -> list[Rated]:
    """All answers of `rows`, those of a pair side by side. Raises Unservable, as `render`."""
    return [Rated(render(tokenizer, row["prompt"], said), liked) for row in rows for said, liked in sides_of(row)]
