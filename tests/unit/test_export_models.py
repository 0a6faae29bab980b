"""Exported weights are the merged ones to the rounding that was asked for, for each architecture that is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flows.export import gguf_model, merge, parity
from flows.export.gguf_tokenizer import splitting
from registry.errors import NotExportable, ParityLost
from tests.unit.test_training_families import STYLES, tokenizer_of

ABOUT = {"name": "tiny@0", "license": "MIT", "base": "tiny"}
PROMPTS = [[5, 6, 7, 8, 9], [20, 21, 22]]
SHAPES: dict[str, dict[str, Any]] = {"Mistral": {"sliding_window": None}, "Qwen3": {"head_dim": 128}}


def tiny(architecture: str, directory: Path, **more: Any) -> Any:
    """A random model with grouped keys, biases where the architecture has them, and a byte-level tokenizer."""
    import torch
    import transformers

    tokenizer = tokenizer_of(STYLES["Qwen 2.5"], "{{ messages[0]['content'] }}")
    tokenizer.save_pretrained(directory)
    config = getattr(transformers, f"{architecture}Config")(**{
        "vocab_size": len(tokenizer) + 3, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16, "max_position_embeddings": 64,
        "eos_token_id": 2, "pad_token_id": 2, "bos_token_id": None, **more,
    })  # fmt: skip
    torch.manual_seed(0)
    model = getattr(transformers, f"{architecture}ForCausalLM")(config).eval()
    for name, values in model.named_parameters():
        if name.endswith(".bias"):
            torch.nn.init.normal_(values)
    return model


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("architecture", ["Llama", "Mistral", "Qwen2", "Qwen3"])
def test_a_gguf_file_gives_the_logits_of_the_model(architecture: str, tied: bool, tmp_path: Path) -> None:
    more: dict[str, Any] = SHAPES.get(architecture, {})
    model = tiny(architecture, tmp_path, tie_word_embeddings=tied, **more)
    known = parity.reference(model, PROMPTS)

    gguf_model.write(model, tmp_path, "fp32", ABOUT, tmp_path / "m.gguf")
    read, tokenizer = gguf_model.read(tmp_path / "m.gguf")

    assert parity.difference(read, known) < 1e-5
    text = "Is a 12.5 % fee due, §4(b)? naïve façade — 日本語 <|im_end|>"
    assert tokenizer(text)["input_ids"] == tokenizer_of(STYLES["Qwen 2.5"], "x")(text)["input_ids"]


@pytest.mark.parametrize("change", [{"rope_scaling": {"rope_type": "linear", "factor": 2.0}}, {"sliding_window": 8}])
def test_what_gguf_would_lose_is_refused(change: dict[str, object], tmp_path: Path) -> None:
    model = tiny("Mistral", tmp_path, **change)

    with pytest.raises(NotExportable):
        gguf_model.write(model, tmp_path, "fp32", ABOUT, tmp_path / "m.gguf")


def test_an_architecture_that_is_not_written_is_refused_by_name() -> None:
    with pytest.raises(NotExportable, match="GraniteForCausalLM"):
        gguf_model.require_writable("GraniteForCausalLM")


@pytest.mark.parametrize("style", ["Mistral", "Gemma 3"])
def test_a_vocabulary_that_would_be_read_otherwise_is_refused(style: str) -> None:
    import json

    told = json.loads(tokenizer_of(STYLES[style], "x").backend_tokenizer.to_str())

    with pytest.raises(NotExportable):
        splitting(told)


def test_a_splitting_rule_that_llama_cpp_has_no_name_for_is_refused() -> None:
    import json

    told = json.loads(tokenizer_of(STYLES["SmolLM2"], "x").backend_tokenizer.to_str())
    assert splitting(told) == "gpt-2"
    digits = {"type": "Digits", "individual_digits": True}

    with pytest.raises(NotExportable):
        splitting({**told, "pre_tokenizer": {"type": "Sequence", "pretokenizers": [digits, told["pre_tokenizer"]]}})


@pytest.mark.parametrize("change", [{"type": "Lowercase"}, {"type": "NFKC"}, {"type": "Sequence", "normalizers": []}])
def test_a_tokenizer_that_changes_text_which_llama_cpp_leaves_is_refused(change: dict[str, object]) -> None:
    import json

    told = json.loads(tokenizer_of(STYLES["SmolLM2"], "x").backend_tokenizer.to_str())
    assert splitting({**told, "normalizer": {"type": "NFC"}}) == "gpt-2"

    with pytest.raises(NotExportable, match="change text"):
        splitting({**told, "normalizer": change})


def test_weights_that_answer_otherwise_are_refused(tmp_path: Path) -> None:
    import torch

    model = tiny("Llama", tmp_path)
    known = parity.reference(model, PROMPTS)
    parity.require(parity.difference(model, known), 1e-3, "tiny")

    with torch.no_grad():
        model.model.layers[1].mlp.up_proj.weight.mul_(3.0)
        model.lm_head.weight.mul_(3.0)

    with pytest.raises(ParityLost):
        parity.require(parity.difference(model, known), 1e-3, "tiny")
    with torch.no_grad():
        model.lm_head.weight.fill_(float("nan"))
    with pytest.raises(ParityLost):
        parity.require(parity.difference(model, known), 1e9, "tiny")


def test_where_nothing_was_asked_nothing_is_as_good(tmp_path: Path) -> None:
    model = tiny("Llama", tmp_path)

    with pytest.raises(ParityLost):
        parity.require(parity.difference(model, parity.reference(model, [])), 1e9, "tiny")


@pytest.mark.parametrize("huge", [1e30, float("nan")])
def test_an_adapter_whose_sum_with_its_base_is_no_number_is_not_merged(huge: float, tmp_path: Path) -> None:
    import torch
    from peft import LoraConfig, get_peft_model

    adapter = get_peft_model(tiny("Llama", tmp_path), LoraConfig(task_type="CAUSAL_LM", target_modules="all-linear"))
    for name, values in adapter.named_parameters():
        if "lora_" in name:
            torch.nn.init.constant_(values, huge)

    with pytest.raises(NotExportable, match="not finite"):
        merge.merged(adapter)


def test_a_base_in_nf4_is_merged_dequantised(tmp_path: Path) -> None:
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    from flows.base.model import nf4

    tiny("Llama", tmp_path / "plain").save_pretrained(tmp_path / "plain")
    packed = AutoModelForCausalLM.from_pretrained(tmp_path / "plain", quantization_config=nf4(), device_map="cpu")
    packed.save_pretrained(tmp_path / "nf4")
    adapter = get_peft_model(tiny("Llama", tmp_path), LoraConfig(task_type="CAUSAL_LM", target_modules="all-linear"))
    torch.manual_seed(1)
    for name, values in adapter.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(values, std=0.05)
    adapter.save_pretrained(tmp_path / "adapter")
    both = merge.adapted(tmp_path / "nf4", tmp_path / "adapter")
    known = parity.reference(both, PROMPTS)

    merge.write(merge.merged(both), "fp32", "tiny@0", tmp_path / "out")

    assert "quantization_config" not in (tmp_path / "out" / "config.json").read_text()
    assert parity.difference(merge.loaded(tmp_path / "out"), known) < 1e-4
    plain = merge.adapted(tmp_path / "plain", tmp_path / "adapter")
    assert parity.difference(plain, known) > 1e-3, "NF4 changes nothing: the test would see nothing"
