"""The only door applications use: five routes or six, one key each caller, nothing of vLLM shows through.

The request that reaches vLLM is written here from checked fields; neither the caller's path, query
nor headers are forwarded, so there is nothing to smuggle a route or a model name in.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp
from aiohttp import web

from registry.errors import GuardFailed
from serving import relay
from serving.access import Doorkeeper
from serving.aliases import Aliases
from serving.engine import Engine, reason
from serving.feedback.desk import Desk
from serving.feedback.listener import Listener
from serving.feedback.said import FEEDBACK
from serving.guard.guard import UNFORWARDED, Guard
from serving.limits import RateLimit
from serving.metrics import Metrics
from serving.protocol import CHAT, COMPLETIONS, Asked, Problem, parse
from serving.rollout import Rollout
from serving.settings import ServeSection

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
ADAPTER_HEADER = "x-muniment-adapter"
_PATHS = re.compile(r"(?:/[\w.@~-]+){2,}")
log = logging.getLogger("muniment.serving")


@dataclass
class Gateway:
    """Answers requests with whatever engine is there now; 503 while there is none."""

    section: ServeSection
    doorkeeper: Doorkeeper
    aliases: Aliases
    rollout: Rollout
    metrics: Metrics
    guard: Guard | None = None
    desk: Desk | None = None
    engine: Engine | None = None
    answering: int = 0

    def __post_init__(self) -> None:
        self._rate = RateLimit(self.section.requests_per_minute)

    def application(self) -> web.Application:
        app = web.Application(client_max_size=self.section.max_body_bytes, middlewares=[self._edge])
        app.on_response_prepare.append(_sign_as_ours)
        app.router.add_get("/v1/models", self._models, allow_head=False)
        app.router.add_post(CHAT, self._complete)
        app.router.add_post(COMPLETIONS, self._complete)
        if self.desk is not None:
            app.router.add_post(FEEDBACK, self._feedback)
        app.router.add_get("/healthz", self._healthz, allow_head=False)
        app.router.add_get("/metrics", self._metrics, allow_head=False)
        return app

    @web.middleware
    async def _edge(self, request: web.Request, handler: Answer) -> web.StreamResponse:
        """Every error leaves in OpenAI's shape; every request is counted."""
        began = time.monotonic()
        try:
            response = await handler(request)
        except Problem as problem:
            response = _refusal(problem)
        except web.HTTPException as error:
            response = _refusal(_as_problem(error))
        except GuardFailed as error:
            response = _refusal(self._unguarded(error))
        except (aiohttp.ClientError, TimeoutError, OSError):
            response = _refusal(Problem(502, "engine_error", "the model server did not answer"))
        except Exception as error:  # noqa: BLE001 - the edge: no defect of ours may show its insides
            log.error("%s while answering %s", type(error).__name__, request.path)
            response = _refusal(Problem(500, "internal_error", "the server failed"))
        route = request.match_info.route.resource.canonical if request.match_info.route.resource else "other"
        self.metrics.requests.labels(route, str(response.status), str(request.get("alias", ""))).inc()
        self.metrics.seconds.labels(route).observe(time.monotonic() - began)
        return response

    def _admit(self, request: web.Request) -> str:
        """The name of the caller. Raises Problem: 401 without a known key, 429 past the rate of that key."""
        name = self.doorkeeper.name_of(request.headers.get("Authorization"))
        if name is None:
            raise Problem(401, "invalid_api_key", "an API key of this server is needed: Authorization: Bearer …")
        wait_s = self._rate.wait_s(name)
        if wait_s > 0:
            raise Problem(429, "rate_limit_exceeded", f"too many requests with this key; wait {wait_s:.1f} s")
        return name

    async def _models(self, request: web.Request) -> web.Response:
        self._admit(request)
        entries = [
            {"id": alias, "object": "model", "created": 0, "owned_by": "muniment"}
            for alias in sorted(self.aliases.all())
        ]
        return web.json_response({"object": "list", "data": entries})

    async def _feedback(self, request: web.Request) -> web.Response:
        caller = self._admit(request)
        if request.content_type != "application/json":
            raise Problem(415, "unsupported_media_type", "the body must be application/json")
        assert self.desk is not None
        return web.json_response(await self.desk.take(caller, await _body(request, self.section.body_timeout_s)))

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        caller = self._admit(request)
        asked = parse(request.path, await _body(request, self.section.body_timeout_s))
        name = self.aliases.name(asked.model)
        if name is None:
            raise Problem(404, "model_not_found", f"the model {asked.model!r:.100} does not exist here", "model")
        request["alias"] = asked.model
        engine = self.engine
        if engine is None:
            raise Problem(503, "engine_unavailable", "the model server is starting; try again soon")
        if self.answering >= self.section.max_concurrent:
            raise Problem(429, "overloaded", "too many requests at once; try again soon")
        self.answering += 1
        self.metrics.answering.set(self.answering)
        try:
            with self.aliases.answering(name):
                url = engine.origin + request.path
                data = asked.for_engine(name, UNFORWARDED if self.guard else frozenset())
                headers = {"Content-Type": "application/json"}
                async with engine.session.post(url, data=data, headers=headers) as upstream:
                    if upstream.status != 200:
                        raise _engine_problem(upstream.status, await upstream.read())
                    heard = self._listener(caller, request, asked, name)
                    if asked.stream:
                        return await self._stream(request, name, self._events(upstream, asked, name, heard))
                    return await self._whole(await upstream.read(), asked, name, heard)
        finally:
            self.answering -= 1
            self.metrics.answering.set(self.answering)

    def _listener(self, caller: str, request: web.Request, asked: Asked, name: str) -> Listener | None:
        if self.desk is None or request.path != CHAT:
            return None
        release = self.rollout.release
        return self.desk.listener(caller, asked, name, release.base.licence if release else "")

    async def _whole(self, data: bytes, asked: Asked, name: str, heard: Listener | None) -> web.Response:
        if self.guard is not None:
            body = await self.guard.whole(data, asked)
        else:
            body = relay.Renamed(name, asked.model)(data)
        if heard is not None:
            heard.whole(body)
        self._count_tokens(body, asked.model)
        return web.Response(body=body, content_type="application/json", headers={ADAPTER_HEADER: name})

    async def _events(
        self, upstream: aiohttp.ClientResponse, asked: Asked, name: str, heard: Listener | None
    ) -> AsyncIterator[bytes]:
        """Server-sent events for the caller, some at a time; their tokens are counted."""
        renamed = relay.Renamed(name, asked.model)
        guarded = self.guard.stream(upstream.content, asked) if self.guard else relay.events(upstream.content)
        async for events in guarded:
            told = events if self.guard else renamed(events)
            if heard is not None:
                heard.streamed(told)
            yield told
            if b'"usage":{' in events:
                self._count_tokens(relay.last_usage(events), asked.model)

    async def _stream(self, request: web.Request, name: str, events: AsyncIterator[bytes]) -> web.StreamResponse:
        """Begins to answer with the first event, so that what fails before it gets a status of its own."""
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache", ADAPTER_HEADER: name}
        response = web.StreamResponse(headers=headers)
        try:
            async for data in events:
                await self._send(request, response, data)
        except (aiohttp.ClientError, TimeoutError, Problem, GuardFailed) as error:
            if not response.prepared:
                raise
            await self._send(request, response, b"data: " + self._broken_off(error).body() + b"\n\n")
        await response.write_eof()
        return response

    async def _send(self, request: web.Request, response: web.StreamResponse, data: bytes) -> None:
        """Raises ConnectionResetError for a caller that reads too slowly; what answers it is free for others."""
        try:
            async with asyncio.timeout(self.section.write_timeout_s):
                if not response.prepared:
                    await response.prepare(request)
                await response.write(data)
        except TimeoutError as error:
            if request.transport is not None:
                request.transport.abort()
            raise ConnectionResetError("the caller reads too slowly") from error

    def _broken_off(self, error: Exception) -> Problem:
        if isinstance(error, GuardFailed):
            return self._unguarded(error)
        return error if isinstance(error, Problem) else _stopped()

    def _unguarded(self, error: GuardFailed) -> Problem:
        self.metrics.guard_failures.inc()
        log.error("%s: %s", type(error).__name__, error.message)
        return Problem(503, "guard_unavailable", "answers cannot be examined for personal data now, so none is given")

    def _count_tokens(self, data: bytes, alias: str) -> None:
        usage = relay.usage(data)
        if usage is not None:
            self.metrics.tokens.labels(alias, "prompt").inc(usage.prompt_tokens)
            self.metrics.tokens.labels(alias, "completion").inc(usage.completion_tokens or 0)

    async def _healthz(self, request: web.Request) -> web.Response:
        release, up = self.rollout.release, self.engine is not None
        expired = release is not None and release.expires <= datetime.now(UTC)
        body = {
            "status": "unavailable" if not (up and release) else "expired" if expired else "ok",
            "engine": "up" if up else "down",
            "release": release.version if release else None,
            "alias": release.alias if release else None,
            "adapter": release.adapter.version if release else None,
            "expires": release.expires.isoformat() if release else None,
            "refused": self.rollout.refused or None,
        }
        return web.json_response(body, status=200 if up and release else 503)

    async def _metrics(self, request: web.Request) -> web.Response:
        return web.Response(body=self.metrics.text(), content_type="text/plain", charset="utf-8")


async def _body(request: web.Request, timeout_s: float) -> bytes:
    """Raises Problem (408) when the caller sends too slowly."""
    try:
        async with asyncio.timeout(timeout_s):
            return await request.read()
    except web.RequestPayloadError as error:
        raise Problem(400, "invalid_request", "the body is not encoded as its headers say") from error
    except TimeoutError as error:
        raise Problem(408, "request_timeout", f"the body did not arrive within {timeout_s:g} s") from error


async def _sign_as_ours(_request: web.Request, response: web.StreamResponse) -> None:
    """Versions of Python and libraries are nobody's business."""
    response.headers["Server"] = "muniment"


def _refusal(problem: Problem) -> web.Response:
    headers = {"Retry-After": "1"} if problem.status in (429, 503) else {}
    if problem.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return web.Response(body=problem.body(), status=problem.status, content_type="application/json", headers=headers)


def _stopped() -> Problem:
    return Problem(502, "engine_error", "the model server stopped answering")


def _as_problem(error: web.HTTPException) -> Problem:
    if error.status == 413:
        return Problem(413, "request_too_large", "the request body is too large")
    if error.status in (404, 405):
        return Problem(404, "unknown_url", "this server has no such route")
    return Problem(error.status, "invalid_request", "the request cannot be read")


def _engine_problem(status: int, data: bytes) -> Problem:
    """vLLM's refusal in words that show nothing of its machine."""
    if status in (400, 413, 422):
        return Problem(400, "invalid_request", _PATHS.sub("…", reason(data))[:500])
    if status in (429, 503):
        return Problem(503, "engine_unavailable", "the model server is busy; try again soon")
    return Problem(502, "engine_error", "the model server failed")
