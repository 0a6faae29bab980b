"""The small decisions of serving: rates, request shapes, streams, vLLM's command line and last words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.limits import RateLimit
from serving.protocol import CHAT, COMPLETIONS, Problem, parse
from serving.relay import Renamed, last_usage, usage
from serving.settings import ServeSection, default_vllm_python
from serving.vllm import command, environment, last_words


def test_a_key_may_burst_then_waits_for_its_rate() -> None:
    now = [0.0]
    limit = RateLimit(60, clock=lambda: now[0])
    assert [limit.wait_s("a") for _ in range(60)] == [0.0] * 60

    assert limit.wait_s("a") == pytest.approx(1.0)
    assert limit.wait_s("b") == 0.0
    now[0] = 1.0
    assert limit.wait_s("a") == 0.0


def _status(route: str, data: bytes) -> int:
    try:
        asked = parse(route, data)
    except Problem as problem:
        return problem.status
    return 200 if json.loads(asked.for_engine("a@1"))["model"] == "a@1" else 500


@given(st.binary(max_size=300))
def test_any_bytes_are_a_request_or_a_problem(data: bytes) -> None:
    for route in (CHAT, COMPLETIONS):
        assert _status(route, data) in (200, 400)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_any_messages_are_a_request_or_a_problem(messages: object) -> None:
    assert _status(CHAT, json.dumps({"model": "m", "messages": messages}).encode()) in (200, 400)


def test_a_prompt_may_be_text_or_token_ids() -> None:
    for prompt in ("x", ["x", "y"], [1, 2]):
        parse(COMPLETIONS, json.dumps({"model": "m", "prompt": prompt}).encode())
    refused: tuple[object, ...] = (None, [], {}, [1, "x"], [True], [[1]])
    for wrong in refused:
        with pytest.raises(Problem):
            parse(COMPLETIONS, json.dumps({"model": "m", "prompt": wrong}).encode())


def test_only_the_model_field_is_renamed() -> None:
    data = json.dumps({"model": "a@1", "text": 'say "model":"a@1"'}, separators=(",", ":")).encode()

    renamed = json.loads(Renamed("a@1", "production")(data))

    assert renamed == {"model": "production", "text": 'say "model":"a@1"'}


def test_tokens_are_counted_where_they_are_told() -> None:
    events = b'data: {"x":1}\n\ndata: {"usage":{"prompt_tokens":3,"completion_tokens":4}}\n\ndata: [DONE]\n\n'

    counted = usage(last_usage(events))

    assert counted is not None
    assert (counted.prompt_tokens, counted.completion_tokens) == (3, 4)
    assert usage(b"{}") is None
    assert usage(b"not json") is None


def test_vllm_opens_no_port_and_its_key_is_not_on_the_command_line(tmp_path: Path) -> None:
    section = ServeSection()

    line, given_environment = command(section, tmp_path, tmp_path / "s"), environment(section, "inner")

    assert "--uds" in line
    assert "--port" not in line
    assert "inner" not in " ".join(line)
    assert given_environment["VLLM_API_KEY"] == "inner"


def test_the_last_words_are_the_cause_not_the_wrapper(tmp_path: Path) -> None:
    log = tmp_path / "vllm.log"
    log.write_text(
        "(EngineCore pid=7) ValueError: No available memory for the cache blocks.\n"
        "(APIServer pid=5) RuntimeError: Engine core initialization failed. See root cause above.\n"
    )

    assert last_words(log) == "ValueError: No available memory for the cache blocks."
    assert last_words(tmp_path / "none") == "it wrote no log"


def test_the_environment_of_vllm_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUNIMENT_VLLM_PYTHON", "/opt/vllm/bin/python")

    assert default_vllm_python() == Path("/opt/vllm/bin/python")
