"""NF4 on a CPU is unpacked once: the very numbers that bitsandbytes computes with. On a GPU it stays packed."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from bitsandbytes.nn import Linear4bit
from peft import get_peft_model
from transformers import AutoModelForCausalLM

from flows.base.model import load_base, nf4, resolve_base
from flows.base.precision import compute_dtype
from flows.training.folding.folded import fold
from flows.training.lora import lora_config
from flows.training.settings import SftSection
from registry.artifacts import Artifacts

GPU = torch.cuda.is_available()
IDS = torch.arange(3, 40)[None]


@pytest.mark.skipif(GPU, reason="a GPU keeps NF4 packed and runs its fused kernels")
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
    with torch.no_grad():
        expected, found, unquantised = (model(input_ids=IDS).logits for model in (theirs, ours, plain))
    assert torch.equal(found, expected)
    assert not torch.equal(found, unquantised)


@pytest.mark.skipif(not GPU, reason="no GPU on this machine: NF4 that stays packed is not tried here")
def test_a_gpu_keeps_nf4_packed_and_answers_and_learns_as_its_unpacked_numbers_do(
    tiny_base: Path, tmp_path: Path
) -> None:
    artifacts = Artifacts(tmp_path / "store")
    base = resolve_base(str(tiny_base), artifacts, licence="Apache-2.0")
    packed = load_base(base, artifacts, "nf4")[0].train()
    unpacked = load_base(base, artifacts, "nf4")[0].dequantize().train()
    assert any(isinstance(module, Linear4bit) for module in packed.modules())
    losses = []
    for model in (packed, unpacked):
        adapted = get_peft_model(model, lora_config(SftSection()))
        fold(adapted.get_base_model())
        ids = IDS.to(adapted.device)
        loss = adapted(input_ids=ids, labels=ids, use_cache=False).loss
        loss.backward()
        losses.append(loss.item())
        assert any(p.grad is not None and p.grad.abs().sum() > 0 for p in adapted.parameters())

    assert losses[0] == pytest.approx(losses[1], rel=1e-2)
