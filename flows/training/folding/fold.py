"""Compute each distinct token of a batch once.

Rows of a regulated task share a long preamble, preference pairs share their prompt, and the choices
of one question share all but their last tokens. A causal model gives equal prefixes equal hidden
states, so a padded batch is folded into one sequence (shared prefix, then one segment for each group
of rows), run through the backbone without padding, and unfolded. Exact up to rounding; trainers,
collators and losses stay those of the libraries and never see it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
FOLDABLE = frozenset({
    "gemma", "gemma3_text", "granite", "llama", "mistral", "olmo2", "olmo3", "phi3", "qwen2", "qwen3", "smollm3",
})  # fmt: skip
"""Model types whose layers are token-wise except for attention, which is causal, within a window at most."""
PAIRS_A_TOKEN = 700
"""Pairs of a query and a key that attend in the time of one token's way through a layer's matrices; measured."""


@dataclass(frozen=True)
class Layout:
    """Where the tokens of `N` rows stand in one sequence of `T` tokens.

    `order` (T): which (row, column) of the batch each token was taken from, flattened.
    `positions` (T): position of each token in its row. `unfold` (N, L): index into T for each cell of
    the batch; 0 for padding. `segments` (G, S): tokens of each group, 0 where there is none. `home`
    (T - prefix): place of each token behind the prefix in the flattened segments. `mask`
    (G, S, prefix + S): which keys a segment's token sees.
    """

    prefix: int
    order: Ints
    positions: Ints
    unfold: Ints
    segments: Ints
    home: Ints
    mask: npt.NDArray[np.bool_]


def plan(ids: Ints, lengths: Ints) -> Layout:
    """Fold right-padded rows `ids` (N, L) of `lengths` (N), each at least 1. Of equal rows the first is computed: an
    answer stands in as many pairs of its question as there are answers to compare it with.
    """
    firsts, same = _distinct(ids, lengths)
    layout = _planned(ids[firsts], lengths[firsts])
    row, column = np.divmod(layout.order, ids.shape[1])
    return replace(layout, order=firsts[row] * ids.shape[1] + column, unfold=layout.unfold[same])


def _distinct(ids: Ints, lengths: Ints) -> tuple[Ints, Ints]:
    """The first of equal rows each, and for every row its place among them."""
    places: dict[bytes, int] = {}
    firsts: list[int] = []
    same: list[int] = []
    for row, length in enumerate(lengths):
        said = ids[row, :length].tobytes()
        if said not in places:
            places[said] = len(firsts)
            firsts.append(row)
        same.append(places[said])
    return np.asarray(firsts, dtype=np.int64), np.asarray(same, dtype=np.int64)


def _planned(ids: Ints, lengths: Ints) -> Layout:
    """The same of rows that differ."""
    prefix = min(_common(ids, lengths), int(lengths.min()) - 1)
    groups = _groups(ids, lengths, prefix)
    width = ids.shape[1]
    order: list[int] = [int(np.argmax(lengths)) * width + column for column in range(prefix)]
    unfold = np.zeros(ids.shape, dtype=np.int64)
    unfold[:, :prefix] = np.arange(prefix)
    spans: list[tuple[int, list[tuple[int, int, int]]]] = []
    for shared, rows in groups:
        start = len(order)
        order += [rows[0] * width + column for column in range(prefix, shared)]
        tails = []
        for row in rows:
            unfold[row, prefix:shared] = np.arange(start, start + shared - prefix)
            unfold[row, shared : lengths[row]] = np.arange(len(order), len(order) + lengths[row] - shared)
            tails.append((len(order) - start, len(order) - start + int(lengths[row]) - shared, shared - prefix))
            order += [row * width + column for column in range(shared, int(lengths[row]))]
        spans.append((len(order) - start, tails))
    segments, home, mask = _segments(spans, prefix)
    sequence = np.asarray(order, dtype=np.int64)
    return Layout(prefix, sequence, sequence % width, unfold, segments, home, mask)


def _common(ids: Ints, lengths: Ints) -> int:
    """Length of the prefix that all rows share."""
    shortest = int(lengths.min())
    same = (ids[:, :shortest] == ids[:1, :shortest]).all(axis=0)
    return shortest if same.all() else int(np.argmin(same))


def _groups(ids: Ints, lengths: Ints, prefix: int) -> list[tuple[int, list[int]]]:
    """Rows that share more than the prefix, where that pays, with the length they share."""
    groups: list[tuple[int, list[int]]] = []
    for row in sorted(range(len(ids)), key=lambda n: (ids[n, : lengths[n]].tolist(), n)):
        length = int(lengths[row])
        if groups:
            shared, rows = groups[-1]
            limit = min(shared, length)
            differs = ids[row, :limit] != ids[rows[0], :limit]
            common = int(np.argmax(differs)) if differs.any() else limit
            apart = (_tokens(shared, lengths[rows], prefix), length - prefix)
            together = _tokens(common, lengths[[*rows, row]], prefix)
            if _pays(prefix, apart, together):
                groups[-1] = (common, [*rows, row])
                continue
        groups.append((length, [row]))
    return groups


def _tokens(shared: int, lengths: Ints, prefix: int) -> int:
    """Of a group of rows behind the prefix."""
    return shared - prefix + int((lengths - shared).sum())


def _pays(prefix: int, apart: tuple[int, int], together: int) -> bool:
    """Whether one group saves more of a token's work than its attention, square in its tokens, costs."""
    pairs = [size * (prefix + size) for size in (*apart, together)]
    return (sum(apart) - together) * PAIRS_A_TOKEN > pairs[2] - pairs[0] - pairs[1]


def _segments(
    spans: list[tuple[int, list[tuple[int, int, int]]]], prefix: int
) -> tuple[Ints, Ints, npt.NDArray[np.bool_]]:
    longest = max(size for size, _ in spans)
    segments = np.zeros((len(spans), longest), dtype=np.int64)
    mask = np.zeros((len(spans), longest, prefix + longest), dtype=np.bool_)
    mask[:, :, 0] = True  # padding must see something: softmax over nothing is NaN
    causal = np.tril(np.ones((longest, longest), dtype=np.bool_))
    home, start = [], prefix
    for group, (size, tails) in enumerate(spans):
        segments[group, :size] = np.arange(start, start + size)
        home.append(group * longest + np.arange(size))
        start += size
        own = causal[:size, :size].copy()
        for first, last, shared in tails:
            own[first:last, shared:first] = False
        mask[group, :size, :prefix] = True
        mask[group, :size, prefix : prefix + size] = own
    return segments, np.concatenate(home), mask


def longest_folded(config: Mapping[str, Any]) -> int:
    """Tokens of the longest row for which folding is exact, by a model's configuration; 0 where it never is."""
    if config.get("model_type") not in FOLDABLE or config.get("attention_dropout"):
        return 0
    return int(config.get("sliding_window") or sys.maxsize)
