"""The small parts of the output guard: events, arguments of tool calls, what a request says, answers written anew."""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.pii.text.spans import Span
from serving.guard import sse
from serving.guard.calls import judged, page_of
from serving.guard.censor import Censor
from serving.guard.prompt import Prompt
from serving.guard.shapes import Answer
from serving.metrics import Metrics
from serving.protocol import Problem

leaves = st.none() | st.booleans() | st.integers(-999, 999) | st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text("abc", max_size=3), inner))
lines = st.sampled_from((b"data: a", b"data:b", b"data", b": c", b"event: d", b"id", b"", b"x: data: y", b"data:  z"))


def payloads(chunks: list[bytes]) -> list[bytes]:
    async def read() -> list[bytes]:
        content = aiohttp.StreamReader(_Quiet(), 2**16, loop=asyncio.get_running_loop())
        for chunk in chunks:
            content.feed_data(chunk)
        content.feed_eof()
        return [data async for data in sse.payloads(content)]

    return asyncio.run(read())


class _Quiet(aiohttp.base_protocol.BaseProtocol):
    """A connection that is never paused."""

    def __init__(self) -> None:
        super().__init__(asyncio.get_running_loop())


def test_events_are_read_as_the_standard_says() -> None:
    stream = b": hi\n\ndata: one\ndata:two\r\n\r\nevent: x\rdata:  three\r\r\nid: 4\n\ndata: [DONE]"

    assert payloads([stream]) == [b"", b"one\ntwo", b" three", b"[DONE]"]


@given(st.lists(lines), st.sampled_from((b"\n", b"\r\n")), st.lists(st.integers(0, 200)))
def test_where_packets_end_does_not_change_the_events(written: list[bytes], end: bytes, places: list[int]) -> None:
    stream = end.join([*written, b"", b""])
    cuts = sorted({0, len(stream), *(place % (len(stream) + 1) for place in places)})

    assert payloads([stream[a:b] for a, b in pairwise(cuts)]) == payloads([stream])


def test_an_event_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "MOST_BYTES", 100)

    with pytest.raises(Problem):
        payloads([b"data: " + b"x" * 60, b"x" * 60])


def masking() -> Censor:
    return Censor("mask", None, Metrics())


@given(values)
def test_arguments_without_a_find_stay_as_they_were_written(value: object) -> None:
    for arguments in (json.dumps(value), json.dumps(value, indent=1, ensure_ascii=False), json.dumps(value)[:-1]):
        assert judged(page_of(arguments), [], masking()) == arguments


@given(
    st.dictionaries(
        st.text("abc", min_size=1, max_size=3), st.sampled_from(["x@y.org", 7, 2.5, True, None, ["x@y.org"]])
    )
)
def test_every_value_that_is_found_is_replaced_in_its_place(value: dict[str, object]) -> None:
    page = page_of(json.dumps(value).replace("@", "\\u0040"))
    spans = [
        Span(at, at + 7, "EMAIL_ADDRESS", 1.0) for at in range(len(page.text)) if page.text.startswith("x@y.org", at)
    ]

    expected = json.loads(json.dumps(value).replace("x@y.org", "[EMAIL_ADDRESS]"))
    assert json.loads(judged(page, spans, masking())) == expected


@pytest.mark.parametrize(("kind", "value", "said"), [
    ("PERSON", "Quist", True), ("PERSON", "Quist, Anselm", True), ("PERSON", "Anselm Roe", False),
    ("PERSON", "Quis", False),
    ("IBAN_CODE", "DE89370400440532013000", True), ("IBAN_CODE", "DE89 3704 0044 0532 0130 00", True),
    ("IBAN_CODE", "DE89 3704", True), ("BANK_ACCOUNT", "0440532", False),
    ("EMAIL_ADDRESS", "A.QUIST@example.org", True),
    ("EMAIL_ADDRESS", "b.quist@example.org", False), ("PERSON", "\u200b", False), ("AGE", "-", False),
])  # fmt: skip
def test_a_request_says_whole_values_and_each_word_of_a_name(kind: str, value: str, said: bool) -> None:
    letter = "Anselm\u200b Quist (a.quist@example.org) pays from DE89 3704 0044 0532 0130 00."
    prompt = Prompt({"messages": [{"role": "user", "content": [{"type": "text", "text": letter}]}], "user": "Roe"})

    assert prompt.says(kind, value) is said


def test_an_answer_is_written_anew_from_known_fields_alone() -> None:
    choice = {"index": 0, "delta": {"content": "x", "audio": {}}, "logprobs": {"content": []}, "token_ids": [1]}
    usage = {"prompt_tokens": 1, "details": {"cached": 0}}
    data = {"id": "c", "model": "m", "secret": 1, "usage": usage, "choices": [choice]}

    assert json.loads(Answer.model_validate_json(json.dumps(data)).json_bytes()) == {
        "id": "c", "model": "m", "usage": usage,
        "choices": [{"index": 0, "delta": {"content": "x"}, "logprobs": None}],
    }  # fmt: skip
