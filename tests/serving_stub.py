"""A stand-in for vLLM, another company's server: the same routes and shapes, an answer that names the adapter."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from governance.pii.settings import PiiPolicy
from governance.pii.standins.pseudonyms import load_or_create_key
from registry.workspace import key_directory
from serving import access
from serving.access import Doorkeeper, api_keys
from serving.aliases import Aliases
from serving.engine import Engine
from serving.feedback.desk import desk_for
from serving.gateway import Gateway
from serving.guard.guard import guard_for
from serving.metrics import Metrics
from serving.rollout import Rollout
from serving.server import verifier
from serving.settings import ServeSection
from tests.released import House

PROMPT = {"model": "production", "messages": [{"role": "user", "content": "What is KYC?"}]}


@dataclass
class Stub:
    """What it was asked, and how it shall behave: an answer waits for what `until` was when it was asked for."""

    loaded: dict[str, str] = field(default_factory=dict)
    bodies: list[dict[str, object]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    tokens: tuple[int, ...] = (1, 2, 3)
    answer: str = "yes"
    fails_with: tuple[int, str] | None = None
    pause_s: float = 0.0
    until: asyncio.Event | None = None
    raw: tuple[bytes, ...] | None = None
    raw_of: Callable[[int], tuple[bytes, ...]] | None = None
    between_s: float = 0.0
    dies: bool = False
    aborted: int = 0

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/health", self._ok)
        app.router.add_post("/v1/load_lora_adapter", self._load)
        app.router.add_post("/v1/unload_lora_adapter", self._unload)
        app.router.add_post("/tokenize", self._tokenize)
        app.router.add_post("/adapters", self._ok)
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_post("/v1/completions", self._chat)
        return app

    async def _ok(self, request: web.Request) -> web.Response:
        return web.json_response({})

    async def _load(self, request: web.Request) -> web.Response:
        body = await request.json()
        if not Path(body["lora_path"]).is_dir():
            return web.Response(status=400, text="no such adapter")
        self.loaded[body["lora_name"]] = body["lora_path"]
        return web.Response(text="ok")

    async def _unload(self, request: web.Request) -> web.Response:
        self.loaded.pop((await request.json())["lora_name"], None)
        return web.Response(text="ok")

    async def _tokenize(self, request: web.Request) -> web.Response:
        return web.json_response({"tokens": self.tokens, "count": len(self.tokens)})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.bodies.append(body)
        self.headers.append(dict(request.headers))
        if self.fails_with:
            return web.json_response({"error": {"message": self.fails_with[1]}}, status=self.fails_with[0])
        try:
            await asyncio.sleep(self.pause_s)
            if self.until is not None:
                await self.until.wait()
        except asyncio.CancelledError:
            self.aborted += 1
            raise
        raw = self.raw_of(len(self.bodies)) if self.raw_of else self.raw
        if raw is not None:
            return await self._raw(request, raw)
        if body.get("stream"):
            return await self._streamed(request, body["model"])
        usage = {"prompt_tokens": 3, "completion_tokens": 1}
        choices = [{"index": 0, "message": {"role": "assistant", "content": self.answer}, "text": self.answer}]
        return web.json_response(
            {"id": self._id, "model": body["model"], "choices": choices, "usage": usage},
            dumps=lambda value: json.dumps(value, separators=(",", ":")),
        )

    @property
    def _id(self) -> str:
        return f"chatcmpl-{len(self.bodies)}"

    async def _raw(self, request: web.Request, pieces: tuple[bytes, ...]) -> web.StreamResponse:
        """Exactly these pieces, one write each; then the end, or a connection that breaks."""
        response = web.StreamResponse()
        await response.prepare(request)
        for piece in pieces:
            await response.write(piece)
            await asyncio.sleep(self.between_s)
        if self.dies and request.transport is not None:
            request.transport.abort()
        return response

    async def _streamed(self, request: web.Request, model: str) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for piece in (*self.answer, ""):
            chunk = {"id": self._id, "model": model, "choices": [{"index": 0, "delta": {"content": piece}}]}
            event = b"data: " + json.dumps(chunk, separators=(",", ":")).encode() + b"\n\n"
            await response.write(event[:9])
            await response.write(event[9:])
        await response.write(b"data: [DONE]\n\n")
        return response


@dataclass
class Door:
    """A gateway before a stub, and a client with a key."""

    stub: Stub
    gateway: Gateway
    rollout: Rollout
    engine: Engine
    client: aiohttp.ClientSession
    url: str

    def another(self, name: str) -> dict[str, str]:
        """Headers of a further application."""
        return {"Authorization": f"Bearer {access.new_key(api_keys(self.rollout.workspace), name)}"}

    async def ask(self, body: object = PROMPT, route: str = "/v1/chat/completions") -> tuple[int, dict[str, object]]:
        async with self.client.post(self.url + route, json=body) as response:
            return response.status, await response.json()


@asynccontextmanager
async def door(
    house: House, section: ServeSection | None = None, stub: Stub | None = None,
    make: Callable[[int], Executor] = ThreadPoolExecutor,
) -> AsyncIterator[Door]:  # fmt: skip
    """Gateway and rollout of `house` before `stub`; `production` is `demo@0` at first.

    Guard and feedback detect in what `make` gives: a thread shares the model that other tests have loaded.
    """
    section, stub = section or ServeSection(), stub or Stub()
    aliases, metrics = Aliases({"base": "base"}), Metrics()
    aliases.switch("production", "demo@0")
    rollout = Rollout(house.workspace, section, verifier(house.workspace), aliases, metrics)
    guard = guard_for(section.guard, PiiPolicy(), metrics, make)
    if section.feedback.inbox:
        load_or_create_key(key_directory())
    desk = desk_for(section.feedback, house.workspace, metrics, make)
    detectors = [one.detector for one in (guard, desk) if one is not None]
    for detector in detectors:
        await detector.warm()
    gateway = Gateway(section, Doorkeeper(api_keys(house.workspace)), aliases, rollout, metrics, guard, desk)
    secret = access.new_key(api_keys(house.workspace), "tests")
    async with TestServer(stub.application(), handler_cancellation=True) as upstream:
        gateway.engine = engine = Engine(None, "inner", 30, str(upstream.make_url("")).rstrip("/"))
        async with TestServer(gateway.application(), handler_cancellation=True) as server:
            headers = {"Authorization": f"Bearer {secret}"}
            async with aiohttp.ClientSession(headers=headers) as client:
                yield Door(stub, gateway, rollout, engine, client, str(server.make_url("")).rstrip("/"))
        await engine.close()
    access.remove_key(api_keys(house.workspace), "tests")
    for detector in detectors:
        detector.close()
