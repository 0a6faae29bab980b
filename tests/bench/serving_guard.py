"""What the output guard costs: the same answers with it and without, streamed by one client and by eight."""

from __future__ import annotations

import asyncio
import json
import statistics
import time

from registry.processes import pool_of
from serving.guard.settings import GuardSection
from serving.settings import ServeSection
from tests.released import House
from tests.serving_stub import PROMPT, Door, Stub, door

ANSWERS, CLIENTS, TOKEN_CHARS, TOKEN_S = 24, (1, 8), 4, 0.01
ANSWER = (
    "Client money is money that an Authorised Person holds for a client. The rules in COBS ask for a separate account, "
    "for daily records, and for a reconciliation every month. Where money is due to the firm, it ceases to be client "
    "money once the client has agreed in writing. Questions about account DE89 3704 0044 0532 0130 00 go to Mr Anselm "
    "Quist, anselm.quist@example.org. A firm that finds a shortfall pays it on the same day, and tells the regulator "
    "in writing if it cannot. Records are kept for six years, in a form that can be read without the firm's systems."
)


def events(number: int) -> tuple[bytes, ...]:
    """The answer as vLLM streams it, a token an event; a number in each sentence, so that none was seen before."""
    text = ANSWER.replace(". ", f" ({number}). ")
    tokens = [text[at : at + TOKEN_CHARS] for at in range(0, len(text), TOKEN_CHARS)]
    choices: list[dict[str, object]] = [{"index": 0, "delta": {"content": token}} for token in tokens]
    choices.append({"index": 0, "delta": {}, "finish_reason": "stop"})
    lines = [json.dumps({"model": "demo@0", "choices": [choice]}) for choice in choices]
    return tuple(f"data: {line}\n\n".encode() for line in (*lines, "[DONE]"))


async def _answer(d: Door) -> tuple[float, float]:
    """Seconds to the first text and to the end."""
    began, first = time.perf_counter(), 0.0
    async with d.client.post(d.url + "/v1/chat/completions", json={**PROMPT, "stream": True}) as response:
        async for chunk in response.content.iter_any():
            if not first and b'"content":' in chunk:
                first = time.perf_counter() - began
    return first, time.perf_counter() - began


async def _answers(d: Door, clients: int, total: int) -> tuple[float, float, float]:
    """Medians of both, and answers a second."""
    left, taken = iter(range(total)), list[tuple[float, float]]()

    async def client() -> None:
        for _ in left:
            taken.append(await _answer(d))

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    rate = total / (time.perf_counter() - began)
    return statistics.median(t[0] for t in taken), statistics.median(t[1] for t in taken), rate


async def figures_of(h: House) -> dict[str, float]:
    """Milliseconds that the guard adds, and its share of the rate without it. `paced` is a token every 10 ms."""
    measured: dict[tuple[str, str], tuple[float, float, float]] = {}
    for mode in ("off", "mask"):
        guard = GuardSection.model_validate({"mode": mode})
        section = ServeSection(requests_per_minute=10**9, max_concurrent=10**6, guard=guard)
        async with door(h, section, Stub(raw_of=events), pool_of) as d:
            await _answers(d, 1, 4)
            for clients in CLIENTS:
                measured[mode, f"{clients}"] = await _answers(d, clients, ANSWERS)
            d.stub.between_s = TOKEN_S
            measured[mode, "paced"] = await _answers(d, 1, 3)
    figures: dict[str, float] = {}
    for row in (*map(str, CLIENTS), "paced"):
        off, mask = measured["off", row], measured["mask", row]
        figures[f"guard_{row}_first_text_ms"] = round((mask[0] - off[0]) * 1000, 1)
        figures[f"guard_{row}_answer_ms"] = round((mask[1] - off[1]) * 1000, 1)
        figures[f"guard_{row}_rate_ratio"] = round(mask[2] / off[2], 3)
    figures["guard_answer_chars"] = len(ANSWER)
    return figures
