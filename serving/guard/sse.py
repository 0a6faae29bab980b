"""Server-sent events, read as the standard says: any line end, comments, data over several lines, cut anywhere."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import aiohttp

from serving.protocol import Problem

MOST_BYTES = 1 << 24
DONE = b"[DONE]"
KEEP_ALIVE = b": keep-alive\n\n"
_LINE_END = re.compile(rb"\r\n|\n|\r(?!\Z)")


async def payloads(content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """The data of each event, whole; empty for a comment. Raises Problem (502) past 16 MiB in one event."""
    held, data = b"", list[bytes]()
    async for chunk in content.iter_any():
        *lines, held = _LINE_END.split(held + chunk)
        for line in lines:
            if not line and data:
                yield b"\n".join(data)
                data = []
            elif line.startswith(b":"):
                yield b""
            elif line.startswith(b"data:"):
                data.append(line[5:].removeprefix(b" "))
        if len(held) + sum(map(len, data)) > MOST_BYTES:
            raise Problem(502, "engine_error", "the model server sent an event without end")
    if held.startswith(b"data:"):
        data.append(held.rstrip(b"\r")[5:].removeprefix(b" "))
    if data:
        yield b"\n".join(data)


def event(data: bytes) -> bytes:
    return b"data: " + data + b"\n\n"
