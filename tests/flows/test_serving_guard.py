"""What a caller gets when the adapter writes personal data: a placeholder, a stop or an error, never the data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from registry.settings import load
from serving.guard.settings import GuardSection
from serving.settings import ServeSection
from tests.released import house
from tests.serving_stub import PROMPT, Door, Stub, door

CHAT, COMPLETIONS = "/v1/chat/completions", "/v1/completions"
ANSWER = (
    "The transfer was made by Mr Anselm Quist on Monday. It went to the account DE89 3704 0044 0532 0130 00, as the "
    "client had asked. Questions go to anselm.quist@example.org. The bank must keep client money apart from its own "
    "funds at all times, as the rules say."
)
MASKED = (
    "The transfer was made by Mr [PERSON] on Monday. It went to the account [IBAN_CODE], as the "
    "client had asked. Questions go to [EMAIL_ADDRESS]. The bank must keep client money apart from its own "
    "funds at all times, as the rules say."
)
SECRETS = ("Anselm", "Quist", "DE89", "3704", "0130", "anselm", "quist@", "example.org")
MASK, BLOCK = GuardSection(mode="mask"), GuardSection(mode="block")


def chunk(index: int = 0, finish: str | None = None, **delta: object) -> bytes:
    choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}
    return event({"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "demo@0", "choices": [choice]})


def event(value: object) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"


async def streamed(
    d: Door, more: dict[str, object] | None = None, route: str = CHAT
) -> tuple[bytes, list[dict[str, object]]]:
    """The raw stream and its JSON events."""
    body = {**(PROMPT if route == CHAT else {}), "stream": True, **(more or {})}
    async with d.client.post(d.url + route, json=body) as response:
        raw = await response.read()
        assert response.status == 200, raw
    events = [line.removeprefix("data: ") for line in raw.decode().split("\n\n") if line.startswith("data: ")]
    return raw, [json.loads(line) for line in events if line != "[DONE]"]


def text_of(events: list[dict[str, object]], index: int = 0, name: str = "content") -> str:
    choices = [c for e in events for c in e.get("choices", []) if c["index"] == index]  # type: ignore[attr-defined]
    return "".join((c.get("delta") or {}).get(name) or c.get(name) or "" for c in choices)


def finish_of(events: list[dict[str, object]], index: int = 0) -> list[str]:
    choices = [c for e in events for c in e.get("choices", []) if c["index"] == index]  # type: ignore[attr-defined]
    return [c["finish_reason"] for c in choices if c.get("finish_reason")]


def holds_no_secret(raw: bytes) -> None:
    assert [secret for secret in SECRETS if secret.encode() in raw] == []


async def test_a_stream_is_masked_and_all_else_is_as_it_was(tmp_path: Path) -> None:
    async with door(house(tmp_path), ServeSection(guard=MASK), Stub(answer=ANSWER)) as d:
        raw, events = await streamed(d)
        text = await (await d.client.get(d.url + "/metrics")).text()

    assert text_of(events) == MASKED
    holds_no_secret(raw)
    assert raw.endswith(DONE)
    assert 'muniment_guard_masked_total{type="IBAN_CODE"} 1.0' in text
    assert "muniment_guard_delay_seconds_count" in text


async def test_a_whole_answer_is_masked_the_same(tmp_path: Path) -> None:
    async with door(house(tmp_path), ServeSection(guard=MASK), Stub(answer=ANSWER)) as d:
        _, body = await d.ask()

    assert body["choices"][0]["message"]["content"] == MASKED  # type: ignore[index]
    assert body["model"] == "production"
    assert body["usage"] == {"prompt_tokens": 3, "completion_tokens": 1}
    holds_no_secret(json.dumps(body).encode())


async def test_block_ends_a_stream_before_the_first_personal_word(tmp_path: Path) -> None:
    async with door(house(tmp_path), ServeSection(guard=BLOCK), Stub(answer=ANSWER)) as d:
        raw, events = await streamed(d)
        metrics = await (await d.client.get(d.url + "/metrics")).text()

    assert text_of(events) == "The transfer was made by Mr "
    assert finish_of(events) == ["content_filter"]
    assert raw.endswith(DONE)
    holds_no_secret(raw)
    assert "muniment_guard_blocked_total 1.0" in metrics


async def test_block_gives_nothing_of_a_whole_answer(tmp_path: Path) -> None:
    async with door(house(tmp_path), ServeSection(guard=BLOCK), Stub(answer=ANSWER)) as d:
        status, body = await d.ask()

    choice = body["choices"][0]  # type: ignore[index]
    assert (status, choice["message"]["content"], choice["finish_reason"]) == (200, "", "content_filter")


async def test_what_the_request_says_may_be_said_back(tmp_path: Path) -> None:
    letter = "From: Mr Anselm Quist <anselm.quist@example.org>\nIBAN DE89370400440532013000. Who wrote, and when?"
    asked: dict[str, object] = {"messages": [{"role": "user", "content": letter}]}
    strict = GuardSection(mode="mask", allow_from_prompt=False)
    async with door(house(tmp_path), ServeSection(guard=MASK), Stub(answer=ANSWER)) as d:
        _, events = await streamed(d, asked)
        _, body = await d.ask({**PROMPT, **asked})
    async with door(house(tmp_path / "2"), ServeSection(guard=strict), Stub(answer=ANSWER)) as d:
        _, held_to_it = await streamed(d, asked)

    assert text_of(events) == ANSWER
    assert body["choices"][0]["message"]["content"] == ANSWER  # type: ignore[index]
    assert text_of(held_to_it) == MASKED


async def test_only_the_named_types_are_kept_back(tmp_path: Path) -> None:
    section = ServeSection(guard=GuardSection(mode="mask", types=("IBAN_CODE",)))
    async with door(house(tmp_path), section, Stub(answer=ANSWER)) as d:
        _, events = await streamed(d)

    assert text_of(events) == ANSWER.replace("DE89 3704 0044 0532 0130 00", "[IBAN_CODE]")


@pytest.mark.parametrize(("written", "mode"), [("off", "off"), ("mask", "mask"), ('"block"', "block")])
def test_the_mode_may_be_written_without_quotes(tmp_path: Path, written: str, mode: str) -> None:
    (tmp_path / "serve.yaml").write_text(f"guard: {{mode: {written}}}", encoding="utf-8")

    assert load(tmp_path / "serve.yaml", ServeSection).guard.mode == mode


async def test_choices_are_guarded_each_on_its_own_though_they_arrive_mixed(tmp_path: Path) -> None:
    spelled = [(index, letter) for letter in "write to anselm.quist@example.org soon" for index in (0, 1)]
    pieces = [chunk(index, content=letter) for index, letter in spelled]
    raw = (*pieces, chunk(0, "stop"), chunk(1, "stop"), DONE)
    async with door(house(tmp_path), ServeSection(guard=MASK), Stub(raw=raw)) as d:
        sent, events = await streamed(d, {"n": 2})

    assert [text_of(events, index) for index in (0, 1)] == ["write to [EMAIL_ADDRESS] soon"] * 2
    assert [finish_of(events, index) for index in (0, 1)] == [["stop"]] * 2
    holds_no_secret(sent)


async def test_a_blocked_choice_does_not_end_the_others(tmp_path: Path) -> None:
    raw = (
        chunk(0, content="Write to anselm.quist@example.org, "), chunk(1, content="The rule asks for a copy."),
        chunk(0, content="and more words that nobody may get."), chunk(0, "stop"), chunk(1, "stop"), DONE,
    )  # fmt: skip
    async with door(house(tmp_path), ServeSection(guard=BLOCK), Stub(raw=raw)) as d:
        sent, events = await streamed(d, {"n": 2})

    assert text_of(events, 0) == "Write to "
    assert text_of(events, 1) == "The rule asks for a copy."
    assert (finish_of(events, 0), finish_of(events, 1)) == (["content_filter"], ["stop"])
    holds_no_secret(sent)


async def test_arguments_of_a_tool_call_are_masked_as_json(tmp_path: Path) -> None:
    arguments = json.dumps({"to": "anselm.quist@example.org", "amount": 12, "iban": "DE89370400440532013000"})
    escaped = arguments.replace("@", "\\u0040")
    named = {"index": 0, "id": "c9", "type": "function", "function": {"name": "send", "arguments": ""}}
    calls = [chunk(tool_calls=[named])]
    calls += [chunk(tool_calls=[{"index": 0, "function": {"arguments": letter}}]) for letter in escaped]
    call = {"id": "c9", "type": "function", "function": {"name": "send", "arguments": escaped}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    whole = {"index": 0, "finish_reason": "tool_calls", "message": message}
    offered: dict[str, object] = {"tools": [{"type": "function", "function": {"name": "send"}}]}
    stub = Stub(raw=(*calls, chunk(0, "tool_calls"), DONE))
    async with door(house(tmp_path), ServeSection(guard=MASK), stub) as d:
        sent, events = await streamed(d, offered)
        d.stub.raw = (json.dumps({"model": "demo@0", "choices": [whole]}).encode(),)
        _, body = await d.ask({**PROMPT, **offered})

    (told,) = [c for e in events for c in e["choices"][0]["delta"].get("tool_calls", [])]  # type: ignore[index]
    expected = {"to": "[EMAIL_ADDRESS]", "amount": 12, "iban": "[IBAN_CODE]"}
    assert (told["index"], told["function"]["name"]) == (0, "send")
    assert json.loads(told["function"]["arguments"]) == expected
    answered = body["choices"][0]["message"]  # type: ignore[index]
    assert json.loads(answered["tool_calls"][0]["function"]["arguments"]) == expected
    assert answered["content"] is None
    holds_no_secret(sent + json.dumps(body).encode())


async def test_an_answer_in_json_is_masked_as_json(tmp_path: Path) -> None:
    value = {"to": "anselm.quist@example.org", "amount": 12, "card": 4111111111111111, "copies": ["Mr Anselm Quist"]}
    written = json.dumps(value).replace("@", "\\u0040")
    form: dict[str, object] = {"response_format": {"type": "json_object"}}
    async with door(house(tmp_path), ServeSection(guard=MASK), Stub(answer=written)) as d:
        sent, events = await streamed(d, form)
        _, body = await d.ask({**PROMPT, **form})
        d.stub.answer = written.replace("4111111111111111", "1").replace("\\u0040", " at ")
        sound, _ = await streamed(d, {"response_format": {"type": "text"}})

    expected = {"to": "[EMAIL_ADDRESS]", "amount": 12, "card": "[CREDIT_CARD]", "copies": ["Mr [PERSON]"]}
    assert json.loads(text_of(events)) == expected
    assert json.loads(body["choices"][0]["message"]["content"]) == expected  # type: ignore[index]
    assert sent.count(b"data: ") < sound.count(b"data: "), "other answers are told as they grow"
    holds_no_secret(sent + json.dumps(body).encode())


async def test_json_that_is_sound_is_told_as_it_was_written_and_a_half_one_without_its_half_number(
    tmp_path: Path,
) -> None:
    form: dict[str, object] = {"response_format": {"type": "json_schema", "json_schema": {}}}
    sound = '{ "rule":\t"COBS 3", "n":1.50 }'
    half = '{"rule": "COBS 3", "account": "DE89 3704 0044 05'
    async with door(house(tmp_path), ServeSection(guard=MASK), Stub(answer=sound)) as d:
        _, events = await streamed(d, form)
        d.stub.raw = (*(chunk(content=letter) for letter in half), chunk(0, "length"), DONE)
        sent, cut = await streamed(d, form)

    assert text_of(events) == sound
    assert text_of(cut).startswith('{"rule": "COBS 3", "account": "')
    assert finish_of(cut) == ["length"]
    assert not [digits for digits in ("3704", "0044", "05") if digits.encode() in sent]


async def test_json_that_is_blocked_is_not_begun(tmp_path: Path) -> None:
    form: dict[str, object] = {"response_format": {"type": "json_object"}}
    async with door(house(tmp_path), ServeSection(guard=BLOCK), Stub(answer='{"rule": 1, "to": "x@example.org"}')) as d:
        _, events = await streamed(d, form)

    assert (text_of(events), finish_of(events)) == ("", ["content_filter"])


async def test_log_probabilities_and_token_fields_do_not_spell_it_out(tmp_path: Path) -> None:
    leak = {"content": [{"token": "Anselm", "logprob": 0, "bytes": [65], "top_logprobs": [{"token": "Quist"}]}]}
    choice = {
        "index": 0, "message": {"role": "assistant", "content": "Mr Anselm Quist", "annotations": ["Quist"]},
        "logprobs": leak, "finish_reason": "stop", "token_ids": [1], "prompt_token_ids": [2],
        "prompt_logprobs": [{"1": {"decoded_token": "Quist"}}],
    }  # fmt: skip
    old = {"index": 0, "text": "Mr Anselm Quist", "finish_reason": "stop", "logprobs": {
        "text_offset": [0], "tokens": ["Quist"], "token_logprobs": [0], "top_logprobs": [{"Anselm": 0}]}}  # fmt: skip
    outer = {"model": "demo@0", "prompt_text": "Quist", "prompt_logprobs": [{"1": {"decoded_token": "Quist"}}]}
    async with door(house(tmp_path), ServeSection(guard=MASK), Stub()) as d:
        d.stub.raw = (json.dumps({**outer, "choices": [choice]}).encode(),)
        _, chat = await d.ask({**PROMPT, "logprobs": True, "top_logprobs": 2})
        d.stub.raw = (json.dumps({**outer, "choices": [old]}).encode(),)
        _, text = await d.ask({"model": "production", "prompt": "x", "logprobs": 2}, COMPLETIONS)
        d.stub.raw = (event({**outer, "choices": [old]}), DONE)
        sent, events = await streamed(d, {"model": "production", "prompt": "x", "logprobs": 2}, COMPLETIONS)

    assert chat["choices"][0]["message"] == {"role": "assistant", "content": "Mr [PERSON]"}  # type: ignore[index]
    assert chat["choices"][0]["logprobs"] is None  # type: ignore[index]
    assert text["choices"][0]["text"] == "Mr [PERSON]"  # type: ignore[index]
    assert "logprobs" not in d.stub.bodies[0]
    holds_no_secret(json.dumps([chat, text, events]).encode() + sent)
