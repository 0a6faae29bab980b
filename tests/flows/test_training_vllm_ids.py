"""What training reads of a prompt is what vLLM's chat endpoint makes of the same messages, in every model family."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from flows.rendering.render import Message, prompt_ids, render, user
from flows.training.describe import GOLDEN
from serving.settings import default_vllm_python
from tests.unit.test_training_families import ANSWER, CASES, STYLES, TALK, make
from tests.walked import ROOT

pytestmark = [
    pytest.mark.vllm,
    pytest.mark.skipif(not default_vllm_python().exists(), reason="NO VLLM: .venv-vllm is missing (make install)"),
]
SYSTEM = Message(role="system", content="Answer with the code alone.")
TALKS: list[list[Message]] = [TALK, *(user(text) for text in GOLDEN)]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, list[list[Message]], list[list[int]]]]:
    """For each case: the model's directory, what was said, and what vLLM made of it; one process for all."""
    home = tmp_path_factory.mktemp("families")
    models = [make(STYLES[name], template, home / str(n)) for n, (name, template) in enumerate(CASES)]
    said = [[*TALKS, *([[SYSTEM, *TALK]] if _takes_system(model) else [])] for model in models]
    asked = [{"model": str(model), "talks": talks} for model, talks in zip(models, said, strict=True)]
    (home / "asked.json").write_text(json.dumps(asked))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "MUNIMENT"))}
    line = [str(default_vllm_python()), str(ROOT / "tests" / "vllm_renders.py"), "asked.json", "answered.json"]
    done = subprocess.run(
        line, cwd=home, env={**environment, "HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"},
        capture_output=True, text=True, timeout=550, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2_000:]
    answered = json.loads((home / "answered.json").read_text())
    return list(zip(models, said, answered, strict=True))


def _takes_system(model: Path) -> bool:
    from jinja2 import TemplateError
    from transformers import AutoTokenizer

    try:
        return bool(prompt_ids(AutoTokenizer.from_pretrained(model), [SYSTEM, *TALK]))
    except TemplateError:
        return False


@pytest.mark.parametrize("case", range(len(CASES)), ids=[f"{name}-{bool(template)}" for name, template in CASES])
def test_vllm_reads_the_prompt_that_was_trained_on(
    case: int, both: list[tuple[Path, list[list[Message]], list[list[int]]]]
) -> None:
    from transformers import AutoTokenizer

    model, said, served = both[case]
    tokenizer = AutoTokenizer.from_pretrained(model)

    for messages, ids in zip(said, served, strict=True):
        trained = render(tokenizer, messages, [Message(role="assistant", content=ANSWER)])
        assert list(trained.prompt) == ids
