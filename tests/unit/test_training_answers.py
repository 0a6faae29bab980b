"""Scoring only the positions that carry loss changes the work, not the loss."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM
from trl.trainer import utils

from flows.training.folding.answers import ROWS_AT_ONCE, answers_only

OUTPUTS = ("log_probs", "entropy", "mean_logits", "is_top1")


def _model(tiny_base: Path) -> Any:
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_pretrained(tiny_base, dtype=torch.float32).requires_grad_(False)
    torch.nn.init.normal_(model.lm_head.weight, std=0.5)  # far from uniform
    utils.add_fused_lm_head(model, outputs=OUTPUTS)
    return model


def _scored(model: Any) -> tuple[Any, torch.Tensor]:
    """Outputs, and the gradient of the embedded tokens under weights that differ from place to place."""
    torch.manual_seed(1)
    ids = torch.randint(3, 200, (3, 100))
    embedded = model.get_input_embeddings()(ids).requires_grad_()
    labels = ids.masked_fill(torch.arange(100) < 40, -100)
    found = model(inputs_embeds=embedded, labels=labels, fused_lm_head=True)
    (found.log_probs * torch.rand(found.log_probs.shape)).sum().backward()
    return found, embedded.grad


def test_log_probs_and_gradients_are_trls_when_only_answers_are_scored(tiny_base: Path) -> None:
    model = _model(tiny_base)
    theirs, expected = _scored(model)

    with answers_only():
        assert utils._use_triton(torch.device("cpu"))  # the names that this leans on are still asked
        assert not isinstance(utils._ChunkedLogProbFunction, type)
        ours, gradient = _scored(model)

    assert ROWS_AT_ONCE < 3 * 60
    for name in OUTPUTS:
        assert torch.allclose(getattr(theirs, name).float(), getattr(ours, name).float(), atol=1e-4), name
    assert torch.allclose(theirs.loss, ours.loss, atol=1e-6)
    assert torch.allclose(gradient, expected, rtol=1e-4, atol=1e-4)
    assert float(expected.abs().max()) > 1
    assert not utils._use_triton(torch.device("cpu"))
    assert isinstance(utils._ChunkedLogProbFunction, type)


def test_a_head_that_is_trained_itself_is_left_to_trl(tiny_base: Path) -> None:
    model = _model(tiny_base)
    model.lm_head.weight.requires_grad_()

    with answers_only():
        _scored(model)

    assert float(model.lm_head.weight.grad.abs().max()) > 0
