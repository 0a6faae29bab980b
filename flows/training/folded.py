"""The torch half of folding: a backbone that folds, and attention over a folded sequence."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask
from transformers.modeling_outputs import BaseModelOutputWithPast

from flows.training.fold import Layout, plan

NAME = "folded"


@dataclass(frozen=True)
class Folded:
    """A Layout on the model's device; `mask` is (G, 1, heads a key head × S, prefix + S)."""

    prefix: int
    segments: torch.Tensor
    home: torch.Tensor
    mask: torch.Tensor


def install(model: PreTrainedModel) -> None:
    """Replace the backbone's forward and the attention function of `model`."""
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
        if kwargs.get("use_cache") is not False or input_ids is None or not _right_padded(attention_mask):
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
    **kwargs: object,
) -> tuple[torch.Tensor, None]:
    """Attention of one folded sequence: (1, heads, T, size) to (1, T, heads, size)."""
    layout = kwargs.pop("folded", None)
    if not isinstance(layout, Folded):
        return sdpa_attention_forward(module, query, key, value, attention_mask, **kwargs)
    scale = kwargs["scaling"]
    heads, size = query.shape[1], query.shape[3]
    keys = key.shape[1]
    top, (groups, longest) = layout.prefix, layout.segments.shape
    asked = query[0].view(keys, heads // keys, -1, size)[:, :, layout.segments]
    asked = asked.permute(2, 0, 1, 3, 4).reshape(groups, keys, -1, size)
    seen, told = (_with_prefix(x[0], layout) for x in (key, value))
    answer = scaled_dot_product_attention(asked, seen, told, attn_mask=layout.mask, scale=scale)
    answer = answer.view(groups, heads, longest, size).transpose(1, 2).reshape(-1, heads, size)[layout.home]
    if not top:
        return answer[None], None
    first = scaled_dot_product_attention(
        query[:, :, :top], key[:, :, :top], value[:, :, :top], is_causal=True, scale=scale, enable_gqa=keys < heads
    )
    return torch.cat([first.transpose(1, 2), answer[None]], dim=1), None


def _with_prefix(states: torch.Tensor, layout: Folded) -> torch.Tensor:
    """Keys or values (heads, T, size) of each group: (G, heads, prefix + S, size)."""
    own = states[:, layout.segments].transpose(0, 1)
    shared = states[:, : layout.prefix].expand(len(own), -1, -1, -1)
    return torch.cat([shared, own], dim=2)


def _right_padded(mask: torch.Tensor | None) -> bool:
    return mask is None or (mask.dim() == 2 and bool((mask[:, 1:] <= mask[:, :-1]).all() and mask[:, 0].all()))


def _plan(ids: torch.Tensor, mask: torch.Tensor | None) -> Layout:
    lengths = torch.full((len(ids),), ids.shape[1]) if mask is None else mask.sum(dim=1)
    return plan(ids.cpu().numpy(), lengths.cpu().numpy().astype("int64"))


def _folded(layout: Layout, repeats: int, device: torch.device) -> Folded:
    mask = torch.from_numpy(layout.mask)[:, None].repeat(1, 1, repeats, 1)
    segments, home = torch.from_numpy(layout.segments), torch.from_numpy(layout.home)
    return Folded(layout.prefix, segments.to(device), home.to(device), mask.to(device))
