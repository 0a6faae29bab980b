"""Folding computes each distinct token once and changes nothing else."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM

from flows.training.fold import plan
from flows.training.folded import fold

Row = list[int]
PREFIX = list(range(5, 25))
SHAPES: dict[str, list[Row]] = {
    "a shared preamble": [[*PREFIX, 30 + n, 40, 50 + n][: 21 + n] for n in range(3)],
    "pairs that share a prompt": [[*PREFIX, 30 + n // 2, 31, 32, 33, 40 + n] for n in range(6)],
    "choices of different lengths": [[*PREFIX, 30, 31, 32, *range(60, 61 + n)] for n in range(4)],
    "nothing shared": [[1 + n, 2, 3, 4 + n][: 2 + n % 3] for n in range(5)],
    "more groups than attend at once": [[*PREFIX, 30 + n, *range(50, 50 + 2 * n)] for n in range(11)],
    "one row": [PREFIX],
    "equal rows": [PREFIX, PREFIX],
}


def _model() -> LlamaForCausalLM:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=97,
        hidden_size=48,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=6,
        num_key_value_heads=2,
    )
    model = LlamaForCausalLM(config)
    lora = LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False, task_type="CAUSAL_LM")
    return get_peft_model(model, lora)


def _step(rows: list[Row], folded: bool) -> tuple[float, list[torch.Tensor]]:
    """Loss over all tokens, and the gradients of LoRA."""
    model = _model()
    if folded:
        assert fold(model.get_base_model())
    width = max(map(len, rows))
    ids = torch.tensor([row + [0] * (width - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
    labels = ids.masked_fill(mask == 0, -100)
    loss = model(input_ids=ids, attention_mask=mask, labels=labels, use_cache=False).loss
    loss.backward()
    return loss.item(), [p.grad for p in model.parameters() if p.grad is not None]


@pytest.mark.parametrize("name", SHAPES)
def test_loss_and_gradients_of_a_folded_batch_equal_the_padded_ones(name: str) -> None:
    rows = SHAPES[name]

    plain, expected = _step(rows, folded=False)
    loss, found = _step(rows, folded=True)

    assert loss == pytest.approx(plain, abs=1e-5)
    assert len(found) == len(expected) > 0
    assert max(float((a - b).abs().max()) for a, b in zip(found, expected, strict=True)) < 1e-4


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=9), min_size=1, max_size=7))
def test_every_token_stands_where_its_row_says_and_sees_exactly_what_came_before_it(rows: list[Row]) -> None:
    lengths = np.array([len(row) for row in rows])
    ids = np.array([row + [9] * (int(lengths.max()) - len(row)) for row in rows])

    layout = plan(ids, lengths)

    flat = ids.reshape(-1)[layout.order]
    longest = layout.segments.shape[1]
    place = {int(t): divmod(int(home), longest) for t, home in enumerate(layout.home, layout.prefix)}
    for n, row in enumerate(rows):
        path = layout.unfold[n, : len(row)]
        assert flat[path].tolist() == row
        assert layout.positions[path].tolist() == list(range(len(row)))
        for column, token in enumerate(path.tolist()):
            if token < layout.prefix:
                continue
            group, slot = place[token]
            assert layout.segments[group, slot] == token
            seen = layout.mask[group, slot]
            keys = {k for k in range(layout.prefix) if seen[k]} | {
                int(layout.segments[group, k]) for k in range(longest) if seen[layout.prefix + k]
            }
            assert keys == set(path[: column + 1].tolist())


def test_a_model_with_a_sliding_window_is_left_as_it_is() -> None:
    model = _model().get_base_model()
    model.config.sliding_window = 8

    assert not fold(model)


@pytest.mark.parametrize(("prompt", "answer", "once"), [(40, 80, True), (10, 10, True), (8, 200, False)])
def test_the_prompt_of_a_pair_is_computed_once_where_that_is_less_work(prompt: int, answer: int, once: bool) -> None:
    rows = [[*range(prompt), *[100 + n] * answer] for n in range(2)]
    rows += [[*range(1, prompt + 1), *[110 + n] * answer] for n in range(2)]  # another pair

    layout = plan(np.array(rows), np.array([prompt + answer] * 4))

    assert len(layout.order) == 4 * answer + (2 if once else 4) * prompt
