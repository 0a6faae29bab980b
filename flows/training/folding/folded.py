"""The torch half of folding: a backbone that folds, and attention over a folded sequence."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask
from transformers.modeling_outputs import BaseModelOutputWithPast

from flows.training.folding.fold import Layout, longest_folded, plan

NAME = "folded"


GROUPS_AT_ONCE = 8
"""Groups of like length attend together: padding costs attention the square of a length."""
BLOCK = 256
"""Places of a group that ask at once, of nothing behind them: long rows skip nearly half of their pairs."""


@dataclass(frozen=True)
class Chunk:
    """Groups of like length: `segments` (G, S); `masks` (G, 1, heads a key head × B, prefix + E) of each block.

    A block is B places of the groups and ends at place E.
    """

    segments: torch.Tensor
    masks: tuple[torch.Tensor, ...]


@dataclass(frozen=True)
class Folded:
    """A Layout on the model's device; `home` is the place of each token in the chunks, flattened in turn."""

    prefix: int
    chunks: tuple[Chunk, ...]
    home: torch.Tensor


def fold(model: PreTrainedModel) -> bool:
    """Make the model's backbone fold batches from now on. False for a model type it is not exact for."""
    longest = longest_folded(model.config.get_text_config().to_dict())
    if longest:
        install(model, longest)
    return longest > 0


def install(model: PreTrainedModel, longest: int) -> None:
    """Replace the backbone's forward and the attention function of `model`, for batches no wider than `longest`."""
    AttentionInterface.register(NAME, folded_attention)
    AttentionMaskInterface.register(NAME, sdpa_mask)
    model.set_attn_implementation(NAME)
    backbone = model.base_model
    original = backbone.forward
    config = model.config.get_text_config()
    repeats = config.num_attention_heads // config.num_key_value_heads

    @functools.wraps(original)
    def forward(
        input_ids: torch.Tensor | None = None, attention_mask: torch.Tensor | None = None, **kwargs: object
    ) -> BaseModelOutputWithPast:
        fits = input_ids is not None and input_ids.shape[1] <= longest and _right_padded(attention_mask)
        if kwargs.get("use_cache") is not False or input_ids is None or not fits:
            return original(input_ids=input_ids, attention_mask=attention_mask, **kwargs)
        layout = _plan(input_ids, attention_mask)
        place = functools.partial(torch.from_numpy)
        device = input_ids.device
        output = original(
            input_ids=input_ids.reshape(-1)[place(layout.order).to(device)][None],
            attention_mask=torch.empty((1, 1, 1, 1), device=device),  # four dimensions: none is built
            position_ids=place(layout.positions).to(device)[None],
            use_cache=False,
            folded=_folded(layout, repeats, device),
        )
        hidden = output.last_hidden_state[0]
        return BaseModelOutputWithPast(last_hidden_state=hidden[place(layout.unfold).to(device)])

    backbone.forward = forward


def folded_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float = 1.0,
    **kwargs: object,
) -> tuple[torch.Tensor, None]:
    """Attention of one folded sequence: (1, heads, T, size) to (1, T, heads, size)."""
    layout = kwargs.pop("folded", None)
    if not isinstance(layout, Folded):
        return sdpa_attention_forward(module, query, key, value, attention_mask, scaling=scaling, **kwargs)
    top, keys, heads = layout.prefix, key.shape[1], query.shape[1]
    answers = [_attend(chunk, top, (query[0], key[0], value[0]), scaling) for chunk in layout.chunks]
    answer = torch.cat(answers)[layout.home]
    if not top:
        return answer[None], None
    first = scaled_dot_product_attention(
        query[:, :, :top], key[:, :, :top], value[:, :, :top], is_causal=True, scale=scaling, enable_gqa=keys < heads
    )
    return torch.cat([first.transpose(1, 2), answer[None]], dim=1), None


def _attend(
    chunk: Chunk, top: int, states: tuple[torch.Tensor, torch.Tensor, torch.Tensor], scale: float
) -> torch.Tensor:
    """Answers (G × S, heads, size) of a chunk; the heads of one key head are asked as if more tokens."""
    query, key, value = states
    heads, size, keys = query.shape[0], query.shape[2], key.shape[0]
    groups = len(chunk.segments)
    asked = query.view(keys, heads // keys, -1, size)[:, :, chunk.segments].permute(2, 0, 1, 3, 4)
    seen, told = (_with_prefix(x, top, chunk.segments) for x in (key, value))
    blocks = []
    for block, mask in zip(torch.split(asked, BLOCK, dim=3), chunk.masks, strict=True):
        end, places = mask.shape[-1], block.shape[3]
        flat = block.reshape(groups, keys, -1, size)
        answer = scaled_dot_product_attention(flat, seen[:, :, :end], told[:, :, :end], attn_mask=mask, scale=scale)
        blocks.append(answer.view(groups, heads, places, size))
    return torch.cat(blocks, dim=2).transpose(1, 2).reshape(-1, heads, size)


def _with_prefix(states: torch.Tensor, top: int, segments: torch.Tensor) -> torch.Tensor:
    """Keys or values (heads, T, size) of each group: (G, heads, prefix + S, size)."""
    own = states[:, segments].transpose(0, 1)
    return torch.cat([states[:, :top].expand(len(own), -1, -1, -1), own], dim=2)


def _right_padded(mask: torch.Tensor | None) -> bool:
    return mask is None or (mask.dim() == 2 and bool((mask[:, 1:] <= mask[:, :-1]).all() and mask[:, 0].all()))


def _plan(ids: torch.Tensor, mask: torch.Tensor | None) -> Layout:
    lengths = torch.full((len(ids),), ids.shape[1]) if mask is None else mask.sum(dim=1)
    return plan(ids.cpu().numpy(), lengths.cpu().numpy().astype("int64"))


def _folded(layout: Layout, repeats: int, device: torch.device) -> Folded:
    width = layout.segments.shape[1]
    group, slot = np.divmod(layout.home, width)
    sizes = np.bincount(group, minlength=len(layout.segments))
    by_size = np.argsort(-sizes, kind="stable")
    chunks, home, offset = [], np.empty_like(layout.home), 0
    for start in range(0, len(by_size), GROUPS_AT_ONCE):
        chosen = by_size[start : start + GROUPS_AT_ONCE]
        longest = int(sizes[chosen[0]])
        mask = torch.from_numpy(layout.mask[chosen, :longest, : layout.prefix + longest])
        segments = torch.from_numpy(layout.segments[chosen, :longest])
        chunks.append(Chunk(segments.to(device), _blocks(mask, layout.prefix, repeats, device)))
        for rank, number in enumerate(chosen):
            mine = group == number
            home[mine] = offset + rank * longest + slot[mine]
        offset += len(chosen) * longest
    return Folded(layout.prefix, tuple(chunks), torch.from_numpy(home).to(device))


def _blocks(mask: torch.Tensor, prefix: int, repeats: int, device: torch.device) -> tuple[torch.Tensor, ...]:
    """`mask` (G, S, prefix + S) in blocks of places, without the keys behind each; for every head of a key head."""
    starts = range(0, mask.shape[1], BLOCK)
    cut = (mask[:, start : start + BLOCK, : prefix + start + BLOCK] for start in starts)
    return tuple(one[:, None].repeat(1, 1, repeats, 1).to(device) for one in cut)
