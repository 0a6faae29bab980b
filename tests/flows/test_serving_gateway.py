"""What an application may rely on at the gateway."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from serving.settings import ServeSection
from tests.released import house
from tests.serving_stub import PROMPT, Stub, door


async def test_an_answer_keeps_the_alias_and_the_header_names_the_adapter(tmp_path: Path) -> None:
    async with door(house(tmp_path)) as d, d.client.post(d.url + "/v1/chat/completions", json=PROMPT) as response:
        body = await response.json()

        assert response.status == 200
        assert body["model"] == "production"
        assert response.headers["x-muniment-adapter"] == "demo@0"
        assert d.stub.bodies[0]["model"] == "demo@0"


async def test_a_stream_arrives_whole_and_under_the_alias(tmp_path: Path) -> None:
    async with (
        door(house(tmp_path), stub=Stub(answer='the "model":"demo@0" is fine')) as d,
        d.client.post(d.url + "/v1/chat/completions", json={**PROMPT, "stream": True}) as response,
    ):
        lines = [line for line in (await response.read()).decode().split("\n\n") if line]

    chunks = [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]
    assert lines[-1] == "data: [DONE]"
    assert "".join(c["choices"][0]["delta"]["content"] for c in chunks) == 'the "model":"demo@0" is fine'
    assert {c["model"] for c in chunks} == {"production"}


async def test_the_stock_openai_client_works(tmp_path: Path) -> None:
    import openai

    async with door(house(tmp_path)) as d:
        key = d.client.headers["Authorization"].removeprefix("Bearer ")
        async with openai.AsyncOpenAI(base_url=f"{d.url}/v1", api_key=key) as client:
            models = [model.id async for model in client.models.list()]
            chat = await client.chat.completions.create(
                model="production", messages=[{"role": "user", "content": "Hi"}], temperature=0, user="u1"
            )
            text = await client.completions.create(model="base", prompt="Hi", max_tokens=1)

    assert models == ["base", "production"]
    assert chat.choices[0].message.content == text.choices[0].text == "yes"
    assert "user" not in d.stub.bodies[0]


async def test_without_a_key_nothing_is_answered(tmp_path: Path) -> None:
    async with door(house(tmp_path)) as d:
        for headers in ({"Authorization": ""}, {"Authorization": "Bearer mk-wrong"}, {"Authorization": "Basic eDp5"}):
            async with d.client.post(d.url + "/v1/chat/completions", json=PROMPT, headers=headers) as response:
                assert response.status == 401
                assert (await response.json())["error"]["code"] == "invalid_api_key"

    assert d.stub.bodies == []


async def test_an_unknown_model_is_named_as_openai_names_it(tmp_path: Path) -> None:
    async with door(house(tmp_path)) as d:
        for name in ("gpt-4", "demo@0", "demo@1", "../base"):
            status, body = await d.ask({**PROMPT, "model": name})

            assert (status, body["error"]["code"]) == (404, "model_not_found")  # type: ignore[index]


async def test_a_request_out_of_shape_gets_400_and_never_reaches_vllm(tmp_path: Path) -> None:
    wrong: list[object] = [
        [], {}, {**PROMPT, "model": 3}, {**PROMPT, "messages": []}, {**PROMPT, "messages": [{"role": "root"}]},
        {**PROMPT, "n": 10_000}, {**PROMPT, "n": True}, {**PROMPT, "stream": "yes"}, {**PROMPT, "lora_request": {}},
        {**PROMPT, "chat_template": "x"}, {**PROMPT, "prompt_logprobs": 1}, {**PROMPT, "cache_salt": "x"},
        {**PROMPT, "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "file:///"}}]}]},
    ]  # fmt: skip
    async with door(house(tmp_path)) as d:
        for body in wrong:
            assert (await d.ask(body))[0] == 400, body
        for data in (b"", b"{", b'{"model": NaN}', b"[" * 100_000, b"\xff"):
            async with d.client.post(d.url + "/v1/chat/completions", data=data) as response:
                assert response.status == 400, data[:9]

    assert d.stub.bodies == []


async def test_limits_on_size_rate_and_concurrency_hold(tmp_path: Path) -> None:
    section = ServeSection(max_body_bytes=2000, requests_per_minute=4, max_concurrent=1)
    free = asyncio.Event()
    async with door(house(tmp_path), section, Stub(until=free)) as d:
        long = {**PROMPT, "messages": [{"role": "user", "content": "x" * 3000}]}
        too_large, _ = await d.ask(long)
        one = asyncio.create_task(d.ask())
        while not d.stub.bodies:
            await asyncio.sleep(0.01)
        beside, _ = await d.ask()
        free.set()
        first, _ = await one
        last, _ = await d.ask()
        past_rate, body = await d.ask()

    assert too_large == 413
    assert (first, beside) == (200, 429)
    assert (last, past_rate) == (200, 429)
    assert body["error"]["code"] == "rate_limit_exceeded"  # type: ignore[index]


async def test_a_client_that_hangs_up_stops_the_work(tmp_path: Path) -> None:
    async with door(house(tmp_path), stub=Stub(pause_s=30)) as d:
        asking = asyncio.create_task(d.ask())
        while not d.stub.bodies:
            await asyncio.sleep(0.01)

        asking.cancel()
        while d.stub.aborted == 0:
            await asyncio.sleep(0.01)

        assert d.gateway.answering == 0


async def test_metrics_count_without_words_or_keys(tmp_path: Path) -> None:
    async with door(house(tmp_path)) as d:
        await d.ask()
        async with d.client.get(d.url + "/metrics") as response:
            text = await response.text()

    assert 'muniment_requests_total{alias="production",route="/v1/chat/completions",status="200"} 1.0' in text
    assert 'muniment_tokens_total{alias="production",kind="completion"} 1.0' in text
    assert "KYC" not in text
    assert "tests" not in text
