"""Passes vLLM's bytes on, with the name the caller asked for in place of the versioned one."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import aiohttp
from pydantic import BaseModel, ConfigDict, ValidationError

_END = b"\n\n"


class Usage(BaseModel):
    model_config = ConfigDict(extra="ignore")
    prompt_tokens: int
    completion_tokens: int | None = 0


class _WithUsage(BaseModel):
    model_config = ConfigDict(extra="ignore")
    usage: Usage | None = None


class Renamed:
    """Writes `alias` where vLLM's JSON says `"model":"name"`.

    Inside a JSON string those quotes would be escaped, so an answer that speaks of models is left
    alone.
    """

    def __init__(self, name: str, alias: str) -> None:
        self.name, self.alias = name, alias
        self._pattern = re.compile(rb'"model": ?"' + re.escape(name.encode()) + rb'"')
        self._replacement = b'"model":"' + alias.encode() + b'"'

    def __call__(self, data: bytes) -> bytes:
        return self._pattern.sub(lambda _: self._replacement, data)


async def events(content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """Whole server-sent events, as many at a time as have arrived."""
    held = b""
    async for chunk in content.iter_any():
        held += chunk
        end = held.rfind(_END)
        if end >= 0:
            whole, held = held[: end + len(_END)], held[end + len(_END) :]
            yield whole
    if held:
        yield held


def last_usage(events: bytes) -> bytes:
    """The JSON of the last event in `events` that counts tokens."""
    found = [line for line in events.split(b"\n") if line.startswith(b"data: ") and b'"usage":{' in line]
    return found[-1].removeprefix(b"data: ") if found else b""


def usage(data: bytes) -> Usage | None:
    try:
        return _WithUsage.model_validate_json(data).usage
    except ValidationError:
        return None
