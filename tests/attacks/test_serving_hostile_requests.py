"""Requests that no client library would send: refused in plain words, and never quoted in a log."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from serving.listener import listen, runner_of
from serving.settings import ServeSection
from tests.released import house
from tests.serving_stub import PROMPT, Door, door

SECRET = "my-name-is-jane-roe"


async def raw(door_: Door, data: bytes, url: str = "") -> bytes:
    host, port = (url or door_.url).removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(data)
    answer = await asyncio.wait_for(reader.read(400), 60)
    writer.close()
    return answer


def post(authorization: bytes, more: bytes = b"", body: bytes = b"{}") -> bytes:
    head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: " + authorization + b"\r\n" + more
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


async def test_a_key_that_is_no_text_is_an_unknown_key(tmp_path: Path) -> None:
    async with door(house(tmp_path)) as d:
        assert (await raw(d, post(b"Bearer \xff\xfe"))).startswith(b"HTTP/1.1 401")


async def test_a_body_that_is_not_compressed_as_it_says_is_a_bad_request(tmp_path: Path) -> None:
    async with door(house(tmp_path)) as d:
        key = d.client.headers["Authorization"].encode()

        assert (await raw(d, post(key, b"Content-Encoding: gzip\r\n"))).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize("role", [["user"], {}, None, 1])
async def test_a_role_that_is_no_text_is_a_bad_request(tmp_path: Path, role: object) -> None:
    async with door(house(tmp_path)) as d:
        status, _ = await d.ask({"model": "production", "messages": [{"role": role, "content": "x"}]})

    assert status == 400


@pytest.mark.parametrize(("properties", "status"), [(300, 200), (3_000, 400)])
async def test_a_form_of_answer_too_large_to_prepare_holds_nobody_up(
    tmp_path: Path, properties: int, status: int
) -> None:
    schema = {"type": "object", "properties": {f"k{n}": {"type": "string"} for n in range(properties)}}
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    async with door(house(tmp_path)) as d:
        answered, _ = await d.ask({**PROMPT, "response_format": form})

    assert answered == status
    assert len(d.stub.bodies) == (status == 200)


async def test_what_cannot_be_parsed_is_not_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with door(house(tmp_path)) as d:
        runner = runner_of(d.gateway.application(), ServeSection())
        url = await listen(runner, ServeSection(port=0))
        try:
            for data in (
                b"GET / HTTP/1.1\r\nX: " + SECRET.encode() * 1000 + b"\r\n\r\n",
                SECRET.encode() + b" and more\r\n\r\n",
                b"GET /" + SECRET.encode() * 1000 + b" HTTP/1.1\r\n\r\n",
            ):
                assert b" 400 " in await raw(d, data, url)
        finally:
            await runner.cleanup()

    assert SECRET not in caplog.text
