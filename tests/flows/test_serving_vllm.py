"""The promise end to end on a real vLLM: answer, switch, roll back, refuse, leave nothing running."""

from __future__ import annotations

import json
import os
import shutil
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from registry.records import Adapter, GoldenPrompt
from serving import access, server
from serving.guard.settings import GuardSection
from serving.settings import ServeSection, default_vllm_python
from serving.vllm import last_words
from tests.released import House, house

PROMPT = "Which colour has the cat?"
TOLD = "The transfer went to Mr Anselm Quist, account DE89 3704 0044 0532 0130 00, on Monday."
MASKED = "The transfer went to Mr [PERSON], account [IBAN_CODE], on Monday."

pytestmark = [
    pytest.mark.vllm,
    pytest.mark.skipif(not default_vllm_python().exists(), reason="NO VLLM: .venv-vllm is missing (make install)"),
]


def _adapters(h: House, base: Path, golden: GoldenPrompt) -> tuple[Adapter, Adapter]:
    """Two random adapters under which the random model says something that can be read."""
    made: list[Adapter] = []
    for seed in range(50):
        place = h.workspace.root / f"peft{seed}"
        if _speaks(base, seed, golden, place):
            made.append(h.adapter(seed, (golden,), place))
        if len(made) == 2:
            return made[0], made[1]
    raise AssertionError("no random adapter speaks")


def _speaks(base: Path, seed: int, golden: GoldenPrompt, place: Path) -> bool:
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, AutoTokenizer

    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16)
    peft = get_peft_model(model, LoraConfig(r=8, target_modules=["o_proj", "down_proj"], task_type="CAUSAL_LM"))
    for name, weight in peft.named_parameters():
        if "lora_B" in name:
            weight.data.normal_(0, 1)
    peft.save_pretrained(str(place))
    asked = torch.tensor([golden.token_ids])
    said = peft.generate(input_ids=asked, max_new_tokens=4, do_sample=False)[0, asked.shape[1] :]
    text = AutoTokenizer.from_pretrained(base).decode(said, skip_special_tokens=True)
    return sum(letter.isascii() and letter.isalpha() for letter in text) >= 3


def _golden(base: Path) -> GoldenPrompt:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(base)
    text = tokenizer.apply_chat_template(
        [{"role": "user", "content": PROMPT}], add_generation_prompt=True, tokenize=False
    )
    return GoldenPrompt(prompt=PROMPT, token_ids=tuple(tokenizer.encode(text, add_special_tokens=False)))


def _asker(url: str, key: str) -> Callable[[str], str]:
    import openai

    client = openai.OpenAI(base_url=url, api_key=key)

    def ask(model: str) -> str:
        answer = client.chat.completions.with_raw_response.create(
            model=model, messages=[{"role": "user", "content": PROMPT}], max_tokens=4, temperature=0
        )
        assert answer.parse().model == model
        return answer.headers["x-muniment-adapter"]

    return ask


def _told(url: str, key: str) -> tuple[str, str]:
    """A whole answer and a streamed one of an engine that can say nothing but TOLD."""
    import openai

    client = openai.OpenAI(base_url=url, api_key=key)
    schema = {"name": "told", "schema": {"type": "string", "enum": [TOLD]}}
    asked: dict[str, Any] = {
        "model": "production",
        "messages": [{"role": "user", "content": PROMPT}],
        "response_format": {"type": "json_schema", "json_schema": schema},
        "max_tokens": 256,
        "temperature": 0,
    }
    whole = client.chat.completions.create(**asked).choices[0].message.content or ""
    parts = [event.choices[0].delta.content or "" for event in client.chat.completions.create(**asked, stream=True)]
    return json.loads(whole), json.loads("".join(parts))


def test_a_released_adapter_answers_guarded_and_is_rolled_back_live(tmp_path: Path, tiny_base: Path) -> None:
    base = Path(shutil.copytree(tiny_base, tmp_path / "base"))
    h = house(tmp_path / "w", Path(shutil.copytree(tiny_base, tmp_path / "served")))
    one, two = _adapters(h, base, _golden(base))
    h.put(h.envelope(one, 1))
    key = access.new_key(access.api_keys(h.workspace), "tests")
    guard = GuardSection(mode="mask", allow_from_prompt=False)
    section = ServeSection(port=0, omp_threads=1, max_model_len=512, guard=guard, startup_timeout_s=600)

    with server.running(h.workspace, section) as address:
        ask = _asker(address.api, key)
        assert ask("production") == one.version
        assert ask("base") == "base"
        assert _told(address.api, key) == (MASKED, MASKED)
        for version, adapter in ((2, two), (3, one)):
            h.put(h.envelope(adapter, version))
            _until(address.url, f'"release": {version}')
            assert ask("production") == adapter.version
        h.put(h.envelope(two, 4, approvers=("rita",)))
        assert "ApprovalMissing" in _until(address.url, '"refused": "A')
        assert ask("production") == one.version

    log = (h.workspace.serving / "vllm.log").read_text()
    assert PROMPT not in log, last_words(h.workspace.serving / "vllm.log")
    assert not _processes_naming(str(h.workspace.root))


def _until(url: str, part: str) -> str:
    while True:
        with urllib.request.urlopen(f"{url}/healthz") as response:
            body = str(response.read().decode())
        if part in body:
            return body


def _processes_naming(part: str) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if part.encode() in line:
                found.append(int(entry.name))
    return found
