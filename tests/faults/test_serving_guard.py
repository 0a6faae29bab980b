"""A guard that cannot examine gives no answer, and callers that dawdle hold nothing up."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from concurrent.futures import Executor, ThreadPoolExecutor
from multiprocessing import active_children
from pathlib import Path

import pytest

from governance.pii import detect
from governance.pii.settings import PiiPolicy
from registry.errors import ConfigError, GuardFailed
from registry.processes import pool_of
from serving.guard.detector import Detector, looked_for
from serving.guard.settings import GuardSection
from serving.listener import listen, runner_of
from serving.settings import ServeSection
from tests.attacks.test_serving_hostile_requests import post
from tests.flows.test_serving_guard import MASK, chunk, streamed
from tests.released import house
from tests.serving_stub import PROMPT, Door, Stub, door

SECRET = "anselm.quist@example.org"


def broken(*_: object) -> object:
    raise ValueError(f"cannot read {SECRET}")


def slow(*_: object) -> tuple[()]:
    time.sleep(0.6)
    return ()


async def test_a_detection_that_fails_gives_an_error_and_no_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    raw = (chunk(role="assistant", content=""), chunk(content=f"Write to {SECRET} " * 9), b"data: [DONE]\n\n")
    async with door(house(tmp_path), ServeSection(guard=MASK), Stub(answer=SECRET)) as d:
        monkeypatch.setattr(detect, "_detected", broken)
        status, body = await d.ask()
        d.stub.raw = raw
        sent, events = await streamed(d)
        metrics = await (await d.client.get(d.url + "/metrics")).text()

    assert (status, body["error"]["code"]) == (503, "guard_unavailable")  # type: ignore[index]
    assert events[-1]["error"]["code"] == "guard_unavailable"  # type: ignore[index]
    assert b"anselm" not in sent
    assert SECRET not in caplog.text
    assert "muniment_guard_failures_total 2.0" in metrics


async def test_an_examination_that_hangs_gives_an_error_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    section = ServeSection(guard=GuardSection(mode="mask", timeout_s=0.2))
    async with door(house(tmp_path), section, Stub(answer=SECRET)) as d:
        monkeypatch.setattr(detect, "_detected", slow)
        status, body = await d.ask()

    assert (status, body["error"]["code"]) == (503, "guard_unavailable")  # type: ignore[index]


async def test_a_guard_without_its_model_does_not_start() -> None:
    policy, section = PiiPolicy(model="no_such_model"), GuardSection(mode="mask")
    detector = Detector(looked_for(policy, section), section, ThreadPoolExecutor)

    with pytest.raises(GuardFailed, match="no_such_model"):
        await detector.warm()
    with pytest.raises(GuardFailed):
        await detector.find([SECRET])
    detector.close()


def test_a_type_that_nobody_looks_for_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match="SHOE_SIZE"):
        looked_for(PiiPolicy(), GuardSection(mode="mask", types=("SHOE_SIZE",)))


async def test_a_killed_process_is_replaced_and_until_then_nothing_is_answered(tmp_path: Path) -> None:
    pools, others = list[Executor](), active_children()

    def made(size: int) -> Executor:
        """A process to be killed; after it a thread, which has the model at hand."""
        pools.append(ThreadPoolExecutor(size) if pools else pool_of(size))
        return pools[-1]

    async with door(house(tmp_path), ServeSection(guard=MASK), Stub(answer=f"Write to {SECRET}"), made) as d:
        masked, _ = await d.ask()
        (process,) = (child for child in active_children() if child not in others)
        process.kill()
        refused = [await d.ask() for _ in range(2)]
        back = await _answered(d)

    assert masked == 200
    assert [(status, body["error"]["code"]) for status, body in refused] == [(503, "guard_unavailable")] * 2  # type: ignore[index]
    assert back["choices"][0]["message"]["content"] == "Write to [EMAIL_ADDRESS]"  # type: ignore[index]
    assert len(pools) == 2


async def _answered(d: Door) -> dict[str, object]:
    while True:
        status, body = await d.ask()
        if status == 200:
            return body
        await asyncio.sleep(0.1)


@pytest.mark.parametrize("mode", ["off", "mask"])
def test_the_gateway_itself_never_loads_a_language_model(mode: str) -> None:
    program = (
        "import sys, serving.server as s; from serving.settings import ServeSection as S; "
        "from governance.pii.settings import PiiPolicy as P; from serving.metrics import Metrics as M; "
        f"s.guard_for(S(guard={{'mode': '{mode}'}}).guard, P(), M()); "
        "print({'spacy', 'presidio_analyzer', 'thinc', 'torch', 'duckdb'} & set(sys.modules))"
    )

    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert ended.stdout.strip() == "set()"


@pytest.mark.parametrize("head", [b"", b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nX-Slow: "])
async def test_a_request_head_that_never_ends_is_cut_off(tmp_path: Path, head: bytes) -> None:
    section = ServeSection(port=0, header_timeout_s=0.3)
    async with door(house(tmp_path), section) as d:
        runner = runner_of(d.gateway.application(), section)
        host, port = (await listen(runner, section)).removeprefix("http://").split(":")
        try:
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(head)
            assert await asyncio.wait_for(reader.read(), 60) == b""
            writer.close()
        finally:
            await runner.cleanup()


async def test_a_body_that_never_ends_is_told_so(tmp_path: Path) -> None:
    async with door(house(tmp_path), ServeSection(body_timeout_s=0.3)) as d:
        host, port = d.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(post(d.client.headers["Authorization"].encode(), body=b"{" * 99)[:-50])
        assert (await asyncio.wait_for(reader.read(400), 60)).startswith(b"HTTP/1.1 408")
        writer.close()


async def test_a_caller_that_does_not_read_holds_nothing_up(tmp_path: Path) -> None:
    raw = tuple(chunk(content="x" * 60_000) for _ in range(400))
    async with door(house(tmp_path), ServeSection(write_timeout_s=0.3), Stub(raw=raw)) as d:
        host, port = d.url.removeprefix("http://").split(":")
        _, writer = await asyncio.open_connection(host, int(port), limit=1024)
        body = b'{"model": "production", "stream": true, "messages": [{"role": "user", "content": "x"}]}'
        writer.write(post(d.client.headers["Authorization"].encode(), body=body))
        while not d.stub.bodies:
            await asyncio.sleep(0.01)
        async with asyncio.timeout(60):
            while d.gateway.answering:
                await asyncio.sleep(0.05)
        writer.close()


async def test_a_caller_that_hangs_up_ends_a_guarded_answer(tmp_path: Path) -> None:
    raw = tuple(chunk(content="the bank must keep client money apart ") for _ in range(2_000))
    async with door(house(tmp_path), ServeSection(guard=MASK), Stub(raw=raw, between_s=0.01)) as d:
        async with d.client.post(d.url + "/v1/chat/completions", json={**PROMPT, "stream": True}) as response:
            await response.content.readany()
            response.close()

        async with asyncio.timeout(60):
            while d.gateway.answering:
                await asyncio.sleep(0.02)
