"""Ways to get a personal value past the output guard, and upstreams that do not behave."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from serving.guard.settings import GuardSection
from serving.settings import ServeSection
from tests.flows.test_serving_guard import BLOCK, DONE, MASK, SECRETS, chunk, event, finish_of, streamed, text_of
from tests.released import house
from tests.serving_stub import PROMPT, Stub, door

IBAN = "DE89 3704 0044 0532 0130 00"
TAIL = " and so the bank keeps client money apart from its own funds, as the rules say it has to, at all times."


def in_pieces(text: str, number: int) -> list[str]:
    size = -(-len(text) // number)
    return [text[start : start + size] for start in range(0, len(text), size)]


def told(pieces: list[str]) -> tuple[bytes, ...]:
    return (*(chunk(content=piece) for piece in pieces), chunk(0, "stop"), DONE)


@pytest.mark.parametrize("section", [MASK, BLOCK], ids=lambda s: s.mode)
@pytest.mark.parametrize("value", [
    IBAN, "\u200b".join(IBAN), ("\u200b" * 9).join(IBAN), IBAN.replace(" ", "   "), IBAN.replace(" ", "\n"),
    "anselm.quist@example.org", "4111 1111 1111 1111",
], ids=["plain", "zero-width", "padded", "spaced", "line-broken", "e-mail", "card"])  # fmt: skip
async def test_a_value_in_twelve_pieces_does_not_leave(tmp_path: Path, value: str, section: GuardSection) -> None:
    raw = told(["The money goes to the account ", *in_pieces(value, 12), TAIL])
    async with door(house(tmp_path), ServeSection(guard=section), Stub(raw=raw)) as d:
        _, events = await streamed(d)

    said = text_of(events)
    assert not any(group in said for group in ("DE89", "3704", "0044", "0532", "0130", "anselm", "4111", "D\u200bE"))
    assert sum(character.isdigit() for character in said) <= 2, said
    assert said.startswith("The money goes to the account ")
    assert said.endswith(TAIL) if section is MASK else finish_of(events) == ["content_filter"]


@pytest.mark.parametrize("mark", ["-", ", ", "  ", "\n", "\n- "])
async def test_an_account_that_a_stream_spells_does_not_leave(tmp_path: Path, mark: str) -> None:
    raw = told(["Spelt out: ", *in_pieces(mark.join("MT84MALT011000012345MTLCAST001S"), 15), "\n", TAIL])
    async with door(house(tmp_path), ServeSection(guard=MASK), Stub(raw=raw)) as d:
        _, events = await streamed(d)

    assert text_of(events) == f"Spelt out: [IBAN_CODE]\n{TAIL}"


async def test_a_name_split_by_invisible_characters_at_the_borders_does_not_leave(tmp_path: Path) -> None:
    raw = told(["It was Mr An\u200b", "\u200bsel\u2060", "m Qu\u00ad", "ist who signed it", TAIL])
    async with door(house(tmp_path), ServeSection(guard=MASK), Stub(raw=raw)) as d:
        _, events = await streamed(d)

    assert text_of(events) == f"It was Mr [PERSON] who signed it{TAIL}"


async def test_block_lets_no_first_letters_go(tmp_path: Path) -> None:
    for text in (f"It is {IBAN}", "Ask Mr Anselm Quist", "Mail anselm.quist@example.org"):
        raw = told(list(text))
        async with door(house(tmp_path / text[:3]), ServeSection(guard=BLOCK), Stub(raw=raw)) as d:
            sent, events = await streamed(d)

        assert text_of(events) in ("It is ", "Ask Mr ", "Mail ")
        assert finish_of(events) == ["content_filter"]
        assert sent.endswith(DONE)


@pytest.mark.parametrize("end", [{"finish_reason": "length"}, {"finish_reason": "stop", "stop_reason": "5"}])
async def test_an_answer_cut_in_the_middle_of_a_number_keeps_it_back(tmp_path: Path, end: dict[str, str]) -> None:
    last = event({"model": "demo@0", "choices": [{"index": 0, "delta": {}, **end}]})
    raw = (chunk(content="The account is DE89 3704 0044"), last, DONE)
    whole = {"index": 0, "message": {"role": "assistant", "content": "The account is DE89 3704 0044"}, **end}
    async with door(house(tmp_path), ServeSection(guard=MASK), Stub(raw=raw)) as d:
        _, events = await streamed(d)
        d.stub.raw = (json.dumps({"model": "demo@0", "choices": [whole]}).encode(),)
        _, body = await d.ask()

    content = body["choices"][0]["message"]["content"]  # type: ignore[index]
    assert text_of(events).startswith("The account is ")
    assert content.startswith("The account is ")
    assert not any(character.isdigit() for character in text_of(events) + content)


@pytest.mark.parametrize("reason", ["abort", "error", "repetition", None])
async def test_an_answer_that_a_fault_ended_keeps_half_an_address_back(tmp_path: Path, reason: str | None) -> None:
    said = "Write to anselm.quist@exam"
    raw = (chunk(content=said), *([chunk(0, reason)] if reason else []), DONE)
    choice = {"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": reason}
    async with door(house(tmp_path), ServeSection(guard=MASK), Stub(raw=raw)) as d:
        _, events = await streamed(d)
        d.stub.raw = (json.dumps({"model": "demo@0", "choices": [choice]}).encode(),)
        _, body = await d.ask()

    assert text_of(events) == body["choices"][0]["message"]["content"] == "Write to "  # type: ignore[index]


@pytest.mark.parametrize("name", ["reasoning", "reasoning_content", "refusal"])
async def test_thoughts_and_refusals_are_examined_too(tmp_path: Path, name: str) -> None:
    pieces = in_pieces(f"It is {IBAN}", 9)
    thoughts = [event({"model": "demo@0", "choices": [{"index": 0, "delta": {name: piece}}]}) for piece in pieces]
    raw = (*thoughts, chunk(content="I will not say."), DONE)
    async with door(house(tmp_path), ServeSection(guard=MASK), Stub(raw=raw)) as d:
        _, events = await streamed(d)

    assert text_of(events, name=name) == "It is [IBAN_CODE]"
    assert text_of(events) == "I will not say."


async def test_fields_that_nobody_named_do_not_leave(tmp_path: Path) -> None:
    delta = {
        "content": "yes",
        "audio": {"transcript": "Quist"},
        "function_call": {"name": "Quist", "arguments": "Quist"},
    }
    choice = {"index": 0, "delta": delta, "matched": "Quist", "stop_reason": None, "finish_reason": "stop"}
    raw = (event({"model": "demo@0", "choices": [choice], "prompt_text": "Quist", "note": {"a": "Quist"}}), DONE)
    async with door(house(tmp_path), ServeSection(guard=MASK), Stub(raw=raw)) as d:
        sent, events = await streamed(d)

    assert text_of(events) == "yes"
    assert b"Quist" not in sent


async def test_names_and_ids_of_calls_tell_nothing(tmp_path: Path) -> None:
    call = {"index": 0, "id": "functions.anselm:0", "function": {"name": "Anselm_Quist", "arguments": "{}"}}
    async with door(
        house(tmp_path), ServeSection(guard=MASK), Stub(raw=(chunk(tool_calls=[call]), chunk(0, "tool_calls"), DONE))
    ) as d:
        sent, _ = await streamed(d, {"tools": [{"type": "function", "function": {"name": "send"}}]})

    assert b"unknown_tool" in sent
    assert b"nselm" not in sent


@pytest.mark.parametrize("arguments", [
    '{"to": "x@y.z", "a": "anselm.quist@example.org", "a": "no"}', '{"a": "anselm.quist\\u0040example.org", "b": "cut',
    '{"anselm.quist@example.org": 1}',
    '{"a": "anselm.quist@example.org \\ud83d"}',
    '["anselm.quist@example.org"]', '{"a": {"b": ["anselm.quist\\u0040example.org"]}}',
])  # fmt: skip
async def test_arguments_hide_nothing(tmp_path: Path, arguments: str) -> None:
    call = {"index": 0, "id": "c", "function": {"name": "send", "arguments": arguments}}
    async with door(house(tmp_path), ServeSection(guard=MASK), Stub(raw=(chunk(tool_calls=[call]), DONE))) as d:
        sent, _ = await streamed(d, {"tools": [{"type": "function", "function": {"name": "send"}}]})

    assert b"[EMAIL_ADDRESS]" in sent
    assert b"anselm" not in sent


@pytest.mark.parametrize("signs", [list(IBAN.replace(" ", "")), [4, *[1] * 15]], ids=["iban", "card"])
async def test_an_account_that_a_list_spells_does_not_leave(tmp_path: Path, signs: list[object]) -> None:
    arguments = json.dumps({"account": signs, "size": ["S", "M"], "scores": [*range(10)]})
    call = {"index": 0, "id": "c", "function": {"name": "send", "arguments": arguments}}
    async with door(house(tmp_path), ServeSection(guard=MASK), Stub(raw=(chunk(tool_calls=[call]), DONE))) as d:
        _, events = await streamed(d, {"tools": [{"type": "function", "function": {"name": "send"}}]})

    (told,) = [c for e in events for c in e["choices"][0]["delta"].get("tool_calls", [])]  # type: ignore[index]
    value = json.loads(told["function"]["arguments"])
    assert not [sign for sign in value.pop("account") if len(str(sign)) == 1]
    assert value == {"size": ["S", "M"], "scores": [*range(10)]}


@pytest.mark.parametrize("size", [1, 2, 3, 7, 10_000])
async def test_events_may_be_cut_anywhere_and_written_in_any_way(tmp_path: Path, size: int) -> None:
    first = '{"model":"demo@0",\r\ndata: "choices":[{"index":0,"delta":{"role":"assistant","content":"Grüße 💶 an "}}]}'
    stream = f": hello Quist\r\n\r\nevent: x\r\ndata: {first}\r\n\r\n: \r\r".encode()
    stream += b"id: 7\rdata:" + json.dumps({"model": "demo@0", "choices": [
        {"index": 0, "delta": {"content": "anselm.quist@example.org"}, "finish_reason": "stop"}]},
        ensure_ascii=False).encode() + b"\r\rdata: [DONE]"  # fmt: skip
    raw = tuple(stream[at : at + size] for at in range(0, len(stream), size))
    async with door(house(tmp_path), ServeSection(guard=MASK), Stub(raw=raw)) as d:
        sent, events = await streamed(d)

    assert text_of(events) == "Grüße 💶 an [EMAIL_ADDRESS]"
    assert b"Quist" not in sent
    assert sent.endswith(DONE)


@pytest.mark.parametrize("dies", [True, False])
async def test_what_was_held_when_vllm_died_is_not_let_go(tmp_path: Path, dies: bool) -> None:
    raw = (chunk(role="assistant", content=""), chunk(content="The account is DE89 3704"))
    async with door(house(tmp_path), ServeSection(guard=MASK), Stub(raw=raw, dies=dies)) as d:
        sent, events = await streamed(d)

    assert text_of(events) == ""
    assert events[-1]["error"]["code"] == "engine_error"  # type: ignore[index]
    assert not any(secret.encode() in sent for secret in SECRETS)


@pytest.mark.parametrize("bad", [
    b"data: Quist\n\n", b'data: {"error": {"message": "Quist"}}\n\n', b'data: {"model": "m", "choices": ["Quist"]}\n\n',
    b'data: {"model":"m","choices":[{"index":0,"delta":{"content":["Quist"]}}]}\n\n', b'data: "\xff\xfeQuist"\n\n',
])  # fmt: skip
async def test_an_event_that_cannot_be_examined_ends_the_answer(tmp_path: Path, bad: bytes) -> None:
    async with door(
        house(tmp_path), ServeSection(guard=MASK), Stub(raw=(chunk(role="assistant"), bad, chunk(content="x"), DONE))
    ) as d:
        sent, events = await streamed(d)
        d.stub.raw = (bad.removeprefix(b"data: "),)
        status, body = await d.ask()

    assert events[-1]["error"]["code"] == "engine_error"  # type: ignore[index]
    assert status == 502
    assert "Quist" not in json.dumps(body)
    assert b"Quist" not in sent


async def test_a_value_of_the_prompt_frees_no_other_value(tmp_path: Path) -> None:
    asked: dict[str, object] = {
        "messages": [{"role": "user", "content": "Mr Quist pays from DE89 3704 0044. Who is he?"}]
    }
    raw = told([f"It is Mr Anselm Quist with {IBAN}, who pays.", TAIL])
    async with door(house(tmp_path), ServeSection(guard=MASK), Stub(raw=raw)) as d:
        _, events = await streamed(d, asked)

    assert text_of(events) == f"It is Mr [PERSON] with [IBAN_CODE], who pays.{TAIL}"


async def test_many_streams_at_once_do_not_mix(tmp_path: Path) -> None:
    async with door(house(tmp_path), ServeSection(guard=MASK), Stub(answer=f"It is {IBAN}, no other.")) as d:
        answers = await asyncio.gather(*(streamed(d) for _ in range(12)), *(d.ask(PROMPT) for _ in range(4)))

    texts = [text_of(answer[1]) for answer in answers[:12]]  # type: ignore[arg-type]
    assert set(texts) == {"It is [IBAN_CODE], no other."}
