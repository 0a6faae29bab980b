"""The promise end to end on a real vLLM: answer, switch, roll back, refuse, leave nothing running."""

from __future__ import annotations

import os
import shutil
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from registry.records import Adapter, GoldenPrompt
from serving import access, server
from serving.settings import ServeSection, default_vllm_python
from serving.vllm import last_words
from tests.released import House, house

PROMPT = "Which colour has the cat?"

pytestmark = [
    pytest.mark.vllm,
    pytest.mark.skipif(not default_vllm_python().exists(), reason="NO VLLM: .venv-vllm is missing (make install-vllm)"),
]


def _adapter(h: House, base: Path, seed: int, golden: tuple[GoldenPrompt, ...]) -> Adapter:
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16)
    peft = get_peft_model(model, LoraConfig(r=8, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"))
    for name, weight in peft.named_parameters():
        if "lora_B" in name:
            weight.data.normal_(0, 0.5)
    place = h.workspace.root / f"peft{seed}"
    peft.save_pretrained(str(place))
    return h.adapter(seed, golden, place)


def _golden(base: Path) -> tuple[GoldenPrompt, ...]:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(base)
    text = tokenizer.apply_chat_template(
        [{"role": "user", "content": PROMPT}], add_generation_prompt=True, tokenize=False
    )
    return (GoldenPrompt(prompt=PROMPT, token_ids=tuple(tokenizer.encode(text, add_special_tokens=False))),)


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


def test_a_released_adapter_answers_and_is_rolled_back_live(tmp_path: Path, tiny_base: Path) -> None:
    base = Path(shutil.copytree(tiny_base, tmp_path / "base"))
    h, golden = house(tmp_path / "w", Path(shutil.copytree(tiny_base, tmp_path / "served"))), _golden(base)
    one, two = (_adapter(h, base, seed, golden) for seed in (1, 2))
    h.put(h.envelope(one, 1))
    key = access.new_key(server.api_keys(h.workspace), "tests")
    section = ServeSection(port=0, omp_threads=1, max_model_len=512)

    with server.running(h.workspace, section) as address:
        ask = _asker(address.api, key)
        assert ask("production") == one.version
        assert ask("base") == "base"
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
