"""Answers of an endpoint whole, in time and of a size, or none at all.

An HTTP client's own timeout bounds each read: an endpoint that sends a byte now and then would hold a run for ever, and
one that never ends would fill the memory.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import httpx2

MOST_BYTES = 16 * 2**20
"""Of an answer: a hundred thousand tokens with all that is said around them take a tenth of it."""
AS_IT_IS = {"Accept-Encoding": "identity"}
"""Asked of every endpoint: what is packed says nothing of its size."""


@dataclass(frozen=True)
class Whole(httpx2.AsyncBaseTransport):
    """`way`, with answers that are there after `timeout_s`, from the first byte sent to the last one received."""

    way: httpx2.AsyncBaseTransport
    timeout_s: float

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Raises httpx2.RequestError, of which a client tries again as of others."""
        try:
            async with asyncio.timeout(self.timeout_s):
                answer = await self.way.handle_async_request(request)
                try:
                    body = await _body(answer)
                finally:
                    await answer.aclose()
        except TimeoutError as error:
            raise httpx2.ReadTimeout(f"no whole answer in {self.timeout_s:g} s", request=request) from error
        return httpx2.Response(answer.status_code, headers=answer.headers, content=body)

    async def aclose(self) -> None:
        await self.way.aclose()


async def _body(answer: httpx2.Response) -> bytes:
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise httpx2.DecodingError("the answer is packed, which was not asked for")
    body = bytearray()
    async for part in answer.aiter_raw():
        body += part
        if len(body) > MOST_BYTES:
            raise httpx2.ReadError(f"the answer is longer than {MOST_BYTES} bytes")
    return bytes(body)
