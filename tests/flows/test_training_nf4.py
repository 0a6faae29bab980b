"""NF4 on a CPU is unpacked once: the very numbers that bitsandbytes computes with, layer by layer."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from bitsandbytes.nn import Linear4bit
from transformers import AutoModelForCausalLM

from flows.training.model import load_base, nf4, resolve_base
from flows.training.precision import compute_dtype
from registry.artifacts import Artifacts

pytestmark = pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU keeps NF4 packed and runs its fused kernels")


def test_unpacked_weights_give_the_logits_of_bitsandbytes_to_the_last_bit(tiny_base: Path, tmp_path: Path) -> None:
    artifacts = Artifacts(tmp_path / "store")
    base = resolve_base(str(tiny_base), artifacts, licence="Apache-2.0")
    theirs = AutoModelForCausalLM.from_pretrained(
        artifacts.path(base.weights), dtype=compute_dtype(), quantization_config=nf4(), device_map="cpu"
    ).train()
    ours = load_base(base, artifacts, "nf4")[0].train()
    plain = load_base(base, artifacts, "none")[0].train()
    assert any(isinstance(module, Linear4bit) for module in theirs.modules())
    assert not any(isinstance(module, Linear4bit) for module in ours.modules())
    ids = torch.arange(3, 40)[None]
    with torch.no_grad():
        expected, found, unquantised = (model(input_ids=ids).logits for model in (theirs, ours, plain))
    assert torch.equal(found, expected)
    assert not torch.equal(found, unquantised)
