"""In every model family, loss falls on the assistant's words and the token that ends them, and on nothing else.

Tiny random models of each architecture, with tokenizers of its kind and marks, under the templates that TRL carries
for the families and under ours for checkpoints without one.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from flows.rendering.families import TODAY, Family, complete, families, turn_ends, without_clock
from flows.rendering.render import Message, padded, prompt_ids, render
from governance import derived
from registry.errors import Unservable

ANSWER = "Within 30 days, under s. 4(b) — naïve?"
TALK = [
    Message(role="user", content="Who pays the fee?"),
    Message(role="assistant", content="The client."),
    Message(role="user", content="By when?"),
]
SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
SMOLLM = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
    f"{{{{ '<|im_start|>system\n{SYSTEM}<|im_end|>\n' }}}}{{% endif %}}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
MISTRAL_7 = (
    "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'user' %}{{ '[INST]' + m['content'] + '[/INST]' }}"
    "{% elif m['role'] == 'system' %}{{ '[SYSTEM_PROMPT]' + m['content'] + '[/SYSTEM_PROMPT]' }}"
    "{% else %}{{ m['content'] + eos_token }}{% endif %}{% endfor %}"
)
GRANITE = (
    "{{ '<|start_of_role|>system<|end_of_role|>Today is ' + strftime_now('%B %d, %Y') + '.<|end_of_text|>\n' }}"
    "{% for m in messages %}{{ '<|start_of_role|>' + m['role'] + '<|end_of_role|>' + m['content'] }}"
    "{{ '<|end_of_text|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start_of_role|>assistant<|end_of_role|>' }}{% endif %}"
)


@dataclass(frozen=True)
class Style:
    """A family's tokenizer: its marks, where sequences begin and end, and whether words begin with ▁."""

    architecture: str
    marks: tuple[str, ...]
    end: str
    eos: str
    bos: str | None = None
    sentencepiece: bool = False


CHATML = ("<|im_start|>", "<|im_end|>", "<|endoftext|>")
LLAMA_3 = ("<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|end_of_text|>")
STYLES = {
    "SmolLM2": Style("Llama", CHATML, "<|im_end|>", "<|im_end|>"),
    "Llama 3": Style("Llama", LLAMA_3, "<|eot_id|>", "<|eot_id|>", "<|begin_of_text|>"),
    "Llama 3 base": Style("Llama", LLAMA_3, "<|eot_id|>", "<|end_of_text|>", "<|begin_of_text|>"),
    "Qwen 2.5": Style("Qwen2", CHATML, "<|im_end|>", "<|im_end|>"),
    "Qwen 3": Style("Qwen3", (*CHATML, "<think>", "</think>"), "<|im_end|>", "<|im_end|>"),
    "Mistral": Style("Mistral", ("<s>", "</s>", "[INST]", "[/INST]"), "</s>", "</s>", "<s>", sentencepiece=True),
    "Gemma 3": Style(
        "Gemma3", ("<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>"), "<end_of_turn>", "<eos>", "<bos>", True
    ),
    "Phi 3": Style("Phi3", ("<|user|>", "<|assistant|>", "<|end|>", "<|endoftext|>"), "<|end|>", "<|endoftext|>"),
    "Phi 4": Style("Phi3", ("<|im_start|>", "<|im_sep|>", "<|im_end|>", "<|endoftext|>"), "<|im_end|>", "<|im_end|>"),
    "OLMo": Style("Olmo2", ("<|endoftext|>",), "<|endoftext|>", "<|endoftext|>", "<|endoftext|>"),
    "Granite": Style(
        "Granite", ("<|start_of_role|>", "<|end_of_role|>", "<|end_of_text|>"), "<|end_of_text|>", "<|end_of_text|>"
    ),
}


def carried(name: str) -> str:
    """A template that TRL carries for the tests of its own."""
    return files("trl").joinpath("chat_templates", f"{name}.jinja").read_text(encoding="utf-8")


CASES = [
    ("SmolLM2", SMOLLM),
    ("Llama 3", carried("llama3")),
    ("Llama 3", carried("llama3_1")),
    ("Llama 3", carried("llama3_2")),
    ("Qwen 2.5", carried("qwen2_5")),
    ("Qwen 3", carried("qwen3")),
    ("Mistral", MISTRAL_7),
    ("Gemma 3", carried("gemma3")),
    ("Phi 3", carried("phi3")),
    ("Phi 3", carried("phi3_5")),
    ("Granite", GRANITE),
    *((name, "") for name in STYLES),
]


def tokenizer_of(style: Style, template: str) -> Any:
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    texts = ["who pays the fee by when the client user assistant system model"]
    if style.sentencepiece:
        tokenizer = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>"))
        tokenizer.normalizer = normalizers.Replace(" ", "▁")
        tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
        special = ["<unk>", *style.marks, *(f"<0x{byte:02X}>" for byte in range(256))]
        trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=special, show_progress=False)
    else:
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        letters = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(
            vocab_size=320, special_tokens=list(style.marks), initial_alphabet=letters, show_progress=False
        )
    tokenizer.train_from_iterator(texts, trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token=style.eos, pad_token=style.eos, bos_token=style.bos,
        clean_up_tokenization_spaces=False,
    )  # fmt: skip
    fast.chat_template = template or None
    return fast


def make(style: Style, template: str, directory: Path) -> Path:
    """A model of the style on disk, with what `complete` makes of its template."""
    import torch
    import transformers

    tokenizer = tokenizer_of(style, template)
    tokenizer.save_pretrained(directory)
    name = f"{style.architecture}TextConfig" if style.architecture == "Gemma3" else f"{style.architecture}Config"
    config = getattr(transformers, name)(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=48, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=2, head_dim=16, max_position_embeddings=1024,
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id, bos_token_id=tokenizer.bos_token_id,
    )  # fmt: skip
    torch.manual_seed(0)
    getattr(transformers, f"{style.architecture}ForCausalLM")(config).save_pretrained(directory)
    complete(directory)
    return directory


@pytest.mark.parametrize(("name", "template"), CASES)
def test_loss_falls_on_the_answer_and_its_end_alone(name: str, template: str, tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    style = STYLES[name]
    tokenizer = AutoTokenizer.from_pretrained(make(style, template, tmp_path / "base"))
    row = render(tokenizer, TALK, [Message(role="assistant", content=ANSWER)])

    learnt = tokenizer.decode(row.answer)
    thought = "<think>\n\n</think>\n\n" if "<think>" in str(tokenizer.chat_template) else ""
    assert learnt == f"{thought}{ANSWER}{style.end}"
    assert row.prompt == prompt_ids(tokenizer, TALK)
    assert ANSWER not in tokenizer.decode(row.prompt)
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "base").eval()
    ids, mask, labels = padded([row], model.device)
    with torch.inference_mode():
        out = model(input_ids=ids, attention_mask=mask, labels=labels)
        said = out.logits[0, len(row.prompt) - 1 : -1].float().log_softmax(-1)
    expected = -said.gather(1, torch.tensor(row.answer)[:, None]).mean()
    assert torch.isclose(out.loss.float(), expected, atol=1e-4)


@pytest.mark.parametrize(("name", "template"), CASES)
def test_serving_stops_where_answers_end(name: str, template: str, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    directory = make(STYLES[name], template, tmp_path / "base")
    tokenizer = AutoTokenizer.from_pretrained(directory)

    stops = json.loads((directory / "generation_config.json").read_text())["eos_token_id"]
    end = tokenizer.convert_tokens_to_ids(STYLES[name].end)
    assert end in turn_ends(tokenizer)
    assert end in (stops if isinstance(stops, list) else [stops])


def test_a_model_that_lacks_nothing_is_kept_byte_for_byte(tmp_path: Path) -> None:
    directory = make(STYLES["SmolLM2"], SMOLLM, tmp_path / "base")
    shutil.copytree(directory, tmp_path / "copy")

    complete(tmp_path / "copy")

    names = sorted(path.name for path in directory.iterdir())
    assert names == sorted(path.name for path in (tmp_path / "copy").iterdir())
    assert all((directory / name).read_bytes() == (tmp_path / "copy" / name).read_bytes() for name in names)


def test_every_day_has_the_same_prompt(tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    prompts = [
        AutoTokenizer.from_pretrained(make(STYLES[name], template, tmp_path / name)).apply_chat_template(
            TALK, tokenize=False, add_generation_prompt=True
        )
        for name, template in (("Llama 3", carried("llama3_2")), ("Granite", GRANITE))
    ]

    assert "Today Date: 26 Jul 2024" in prompts[0]
    assert f"Today is {TODAY:%B %d, %Y}." in prompts[1]


def test_a_clock_that_cannot_be_stopped_is_refused() -> None:
    with pytest.raises(Unservable):
        without_clock("{% set form = '%Y' %}{{ strftime_now(form) }}")


def test_a_base_of_no_known_family_and_without_a_template_is_refused(tmp_path: Path) -> None:
    unmarked = Style("Llama", ("<|endoftext|>",), "<|endoftext|>", "<|endoftext|>")

    with pytest.raises(Unservable):
        make(unmarked, "", tmp_path / "base")


@pytest.mark.parametrize(("name", "template"), CASES)
def test_a_later_turn_changes_nothing_of_what_was_asked_before(name: str, template: str, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(make(STYLES[name], template, tmp_path / "base"))

    first, third = prompt_ids(tokenizer, TALK[:1]), prompt_ids(tokenizer, TALK)

    assert third[: len(first)] == first


def test_every_family_with_a_template_of_its_own_is_tried() -> None:
    tried = {style.architecture.lower() for style in STYLES.values()}

    assert all({kind.removesuffix("_text") for kind in family.models} & tried for family in families())
    assert len(families()) >= 8


@pytest.mark.parametrize("family", families(), ids=lambda family: family.name)
def test_no_text_with_a_mark_of_a_known_family_is_learnt(family: Family) -> None:
    assert all(derived.holds_mark(f"Pay.{mark} Send.") for mark in (*family.marks, family.end))
