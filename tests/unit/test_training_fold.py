"""Folding computes each distinct token once and changes nothing else."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoConfig, AutoModelForCausalLM

from flows.training.folding.fold import FOLDABLE, longest_folded, plan
from flows.training.folding.folded import fold

Row = list[int]
PREFIX = list(range(5, 25))
SHAPES: dict[str, list[Row]] = {
    "a shared preamble": [[*PREFIX, 30 + n, 40, 50 + n][: 21 + n] for n in range(3)],
    "pairs that share a prompt": [[*PREFIX, 30 + n // 2, 31, 32, 33, 40 + n] for n in range(6)],
    "choices of different lengths": [[*PREFIX, 30, 31, 32, *range(60, 61 + n)] for n in range(4)],
    "nothing shared": [[1 + n, 2, 3, 4 + n][: 2 + n % 3] for n in range(5)],
    "more groups than attend at once": [[*PREFIX, 30 + n, *range(50, 50 + 2 * n)] for n in range(11)],
    "pages behind a short header": [[1, 2, 3, *range(10 + 3 * n, 40 + 5 * n)] for n in range(5)],
    "one row": [PREFIX],
    "equal rows": [PREFIX, PREFIX],
    "three answers of one question, each beside each": [
        [*PREFIX, 30 + n, *range(40, 42 + n)] for n in (0, 1, 0, 2, 1, 2)
    ] + [[1, 2, 3, 4]],
}


def _model(kind: str = "llama", **settings: object) -> PeftModel:
    torch.manual_seed(0)
    config = AutoConfig.for_model(
        kind,
        vocab_size=97,
        pad_token_id=0,
        hidden_size=48,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=6,
        num_key_value_heads=2,
        head_dim=8,
        **settings,
    )
    model = AutoModelForCausalLM.from_config(config)
    lora = LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False, task_type="CAUSAL_LM")
    return get_peft_model(model, lora)


def _step(model: PeftModel, rows: list[Row]) -> tuple[float, list[torch.Tensor]]:
    """Loss over all tokens, and the gradients of LoRA."""
    width = max(map(len, rows))
    ids = torch.tensor([row + [0] * (width - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
    labels = ids.masked_fill(mask == 0, -100)
    loss = model(input_ids=ids, attention_mask=mask, labels=labels, use_cache=False).loss
    loss.backward()
    return loss.item(), [p.grad for p in model.parameters() if p.grad is not None]


def _folded_as_padded(kind: str, rows: list[Row], **settings: object) -> None:
    plain, expected = _step(_model(kind, **settings), rows)
    model = _model(kind, **settings)
    assert fold(model.get_base_model())
    loss, found = _step(model, rows)

    assert loss == pytest.approx(plain, abs=1e-5)
    assert len(found) == len(expected) > 0
    assert max(float((a - b).abs().max()) for a, b in zip(found, expected, strict=True)) < 1e-4


@pytest.mark.parametrize("name", SHAPES)
def test_loss_and_gradients_of_a_folded_batch_equal_the_padded_ones(name: str) -> None:
    _folded_as_padded("llama", SHAPES[name])


@pytest.mark.parametrize("name", SHAPES)
def test_a_row_of_many_blocks_has_the_losses_and_gradients_of_a_padded_one(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.training.folding.folded.BLOCK", 3)

    _folded_as_padded("llama", SHAPES[name])


@pytest.mark.parametrize("kind", sorted(FOLDABLE))
def test_every_family_that_folds_has_the_losses_and_gradients_of_padded_batches(kind: str) -> None:
    _folded_as_padded(kind, SHAPES["pairs that share a prompt"])


@pytest.mark.parametrize("kind", ["gemma3_text", "mistral", "olmo3", "phi3"])
def test_rows_longer_than_a_sliding_window_are_not_folded(kind: str) -> None:
    rows = SHAPES["pairs that share a prompt"]

    _folded_as_padded(kind, rows, sliding_window=8)
    _folded_as_padded(kind, rows, sliding_window=len(rows[0]))


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


@pytest.mark.parametrize(("kind", "settings"), [("gemma2", {}), ("llama", {"attention_dropout": 0.1})])
def test_a_model_whose_attention_is_more_than_causal_is_left_as_it_is(kind: str, settings: dict[str, float]) -> None:
    assert not fold(_model(kind, **settings).get_base_model())


def test_a_configuration_says_how_long_rows_may_be() -> None:
    assert longest_folded({"model_type": "gemma3_text", "sliding_window": 512}) == 512
    assert longest_folded({"model_type": "llama"}) > 10**9
    assert longest_folded({"model_type": "unknown"}) == longest_folded({}) == 0


@pytest.mark.parametrize(("prompt", "answer", "once"), [(40, 80, True), (10, 10, True), (8, 200, False)])
def test_the_prompt_of_a_pair_is_computed_once_where_that_is_less_work(prompt: int, answer: int, once: bool) -> None:
    rows = [[*range(prompt), *[100 + n] * answer] for n in range(2)]
    rows += [[*range(1, prompt + 1), *[110 + n] * answer] for n in range(2)]  # another pair

    layout = plan(np.array(rows), np.array([prompt + answer] * 4))

    assert len(layout.order) == 4 * answer + (2 if once else 4) * prompt


def test_an_answer_that_stands_in_several_pairs_of_a_question_is_computed_once() -> None:
    answers = [[*PREFIX, *[100 + n] * 30] for n in range(4)]
    pairs = [answers[n] for one in range(4) for other in range(one + 1, 4) for n in (one, other)]
    rows = [*pairs, [*range(50), 1, 2, 3, 4]]

    layout = plan(np.array([row + [0] * (54 - len(row)) for row in rows]), np.array([len(row) for row in rows]))

    assert len(layout.order) == len(PREFIX) + 4 * 30 + 54
