"""Scoring only the positions that carry loss changes the work, not the loss."""

from __future__ import annotations

from pathlib import Path


def test_log_probs_are_the_same_when_only_answers_are_scored(tiny_base: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM
    from trl.trainer import utils

    from flows.training.loop import answers_only

    model = AutoModelForCausalLM.from_pretrained(tiny_base, dtype=torch.float32)
    utils.add_fused_lm_head(model)
    ids = torch.arange(3, 43).reshape(2, 20)
    labels = ids.masked_fill(torch.arange(20) < 17, -100)
    every = model(input_ids=ids, labels=labels, fused_lm_head=True)

    with answers_only():
        assert utils._use_triton(torch.device("cpu"))  # the name that this leans on is still asked
        answers = model(input_ids=ids, labels=labels, fused_lm_head=True)

    assert torch.allclose(every.log_probs, answers.log_probs, atol=1e-6)
    assert torch.allclose(every.loss, answers.loss, atol=1e-6)
    assert not utils._use_triton(torch.device("cpu"))
