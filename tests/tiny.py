"""A whole workspace small enough for tests: a random Llama of a few thousand parameters, real everything else."""

from __future__ import annotations

import json
from pathlib import Path

CHATML = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
CODES = ("red", "green", "blue")
WORDS = ("cat", "dog", "hen", "fox", "owl", "bee", "cow", "ant", "elk", "yak")
POLICY = """
gate: {beat_base: false, beat_majority: false, minimum_headline: 1, minimum_general: 1, general_drop: 1.0,
  production_tolerance: 1.0}
"""
PIPELINE = """
documents: documents
base_model: base
base_licence: Apache-2.0
adapter: tiny
build: {min_rows: 4, min_preference_rows: 1, max_extractive_rows: 4}
sft: {max_steps: 4, save_steps: 2, per_device_train_batch_size: 8, lora_r: 8, max_length: 256}
dpo: {max_steps: 2, save_steps: 1, per_device_train_batch_size: 4, max_rows: 8, max_on_policy: 8, max_length: 256}
evaluate: {max_rows: 8, general_rows: 4}
serve: {port: 0}
"""


def make_base(directory: Path, seed: int = 0) -> Path:
    """A random Llama with a byte-level tokenizer and the ChatML template, in transformers' format."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<|im_start|>", "<|im_end|>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=320, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(["which colour is the cat and the dog"], trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|im_end|>")
    fast.chat_template = CHATML
    fast.save_pretrained(directory)
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(fast), hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=2, max_position_embeddings=1024,
        eos_token_id=fast.eos_token_id, pad_token_id=fast.pad_token_id, bos_token_id=None,
    )  # fmt: skip
    LlamaForCausalLM(config).to(torch.bfloat16).save_pretrained(directory)
    return directory


def make_documents(directory: Path, questions: int = 60) -> Path:
    """Two Markdown documents about an invented person, a table of questions, a few preference pairs."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "letter.md").write_text(
        "# Leave policy\n\nAn employee means a person with a contract. Every employee must file a request.\n\n"
        "Contact Ms Teodora Vasquez-Lindqvist, teodora.vl@acme-corp.net, for questions.\n"
    )
    (directory / "travel.md").write_text(
        "# Travel rules\n\nA trip means any journey for work. Travellers must keep receipts for ninety days.\n"
    )
    with (directory / "questions.jsonl").open("w") as file:
        for n in range(questions):
            animal, other = WORDS[n % 10], WORDS[(n // 10 + n) % 10]
            row = {
                "prompt": f"Which colour has the {animal} number {n} beside the {other}?",
                "completion": CODES[n % 3],
                "choices": list(CODES),
                "license": "CC0-1.0",
            }
            file.write(json.dumps(row) + "\n")
    with (directory / "pairs.jsonl").open("w") as file:
        for n, word in enumerate(WORDS):
            row = {"prompt": f"Describe the {word}.", "chosen": f"The {word} is kind.", "rejected": f"No {word} {n}."}
            file.write(json.dumps({**row, "license": "CC0-1.0"}) + "\n")
    return directory


def make_workspace(root: Path, base: Path) -> Path:
    """A workspace whose whole walk takes seconds; `base` is linked in."""
    root.mkdir(parents=True)
    (root / "pipeline.yaml").write_text(PIPELINE)
    (root / "policy.yaml").write_text(POLICY)
    make_documents(root / "documents")
    (root / "base").symlink_to(base)
    return root
