"""What the gateway and its guard cost, and how soon a release is in force; the last line is one JSON object.

A stub stands for vLLM, so that only our share is measured. Client, gateway and stub share one
event loop: read the ratio, not the rate.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from pathlib import Path

import aiohttp

from serving.settings import ServeSection
from serving.watch import watch
from tests.bench import serving_guard
from tests.released import House, house
from tests.serving_stub import PROMPT, Door, door

REQUESTS, AT_ONCE, RELEASES, EVERY_S = 1000, 64, 20, 0.2


async def _rate(session: aiohttp.ClientSession, url: str, body: dict[str, object]) -> float:
    """Requests per second over REQUESTS of them."""
    left = iter(range(REQUESTS))

    async def caller() -> None:
        for _ in left:
            async with session.post(url, json=body) as response:
                await response.read()

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(AT_ONCE)))
    return REQUESTS / (time.perf_counter() - began)


async def _switches(d: Door, h: House) -> list[float]:
    """Seconds from writing a release to the first answer of its adapter, one a rollback."""
    adapters = [h.adapter(1), h.adapter(2)]
    envelopes = [h.envelope(adapters[n % 2], n + 1) for n in range(RELEASES)]
    taken = []
    watching = asyncio.create_task(watch(d.gateway, EVERY_S))
    for n, envelope in enumerate(envelopes):
        began = time.perf_counter()
        h.put(envelope)
        while True:
            async with d.client.post(d.url + "/v1/chat/completions", json=PROMPT) as response:
                if response.headers["x-muniment-adapter"] == adapters[n % 2].version:
                    break
            await asyncio.sleep(0.002)
        taken.append(time.perf_counter() - began)
    watching.cancel()
    return taken[2:]


async def measure(root: Path) -> dict[str, float]:
    h = house(root)
    figures: dict[str, float] = {}
    async with door(h, ServeSection(requests_per_minute=10**9, max_concurrent=10**6)) as d:
        route = "/v1/chat/completions"
        for name in ("plain", "streaming"):
            body: dict[str, object] = {**PROMPT, "stream": name == "streaming"}
            inner = {**body, "model": "demo@0"}
            await _rate(d.client, d.url + route, body)
            figures[f"direct_{name}_per_s"] = round(await _rate(d.client, d.engine.origin + route, inner))
            figures[f"gateway_{name}_per_s"] = round(await _rate(d.client, d.url + route, body))
        taken = await _switches(d, h)
    figures["rollback_median_s"] = round(statistics.median(taken), 3)
    figures["rollback_max_s"] = round(max(taken), 3)
    figures |= await serving_guard.figures_of(h)
    return figures


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        figures = asyncio.run(measure(Path(place)))
    print(json.dumps({"bench": "serving", **figures}))


if __name__ == "__main__":
    main()
