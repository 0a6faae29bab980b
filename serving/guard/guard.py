"""Stands between vLLM and the caller: what comes out has been examined, or is an error.

A streamed answer is held back by the few words within which a number or a name may still grow; a whole one is
examined whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

import aiohttp
from pydantic import ValidationError

from governance.pii.settings import PiiPolicy
from registry.processes import pool_of
from serving.guard import sse
from serving.guard.censor import Censor
from serving.guard.detector import Detector, looked_for
from serving.guard.prompt import Prompt
from serving.guard.settings import GuardSection
from serving.guard.shapes import BLOCKED, Answer, Choice
from serving.guard.speaker import Speaker
from serving.guard.whole import Expected, judged_choice
from serving.metrics import Metrics
from serving.protocol import Asked, Problem

UNFORWARDED = frozenset(("logprobs", "top_logprobs"))


def guard_for(
    section: GuardSection, policy: PiiPolicy, metrics: Metrics, make: Callable[[int], Executor] = pool_of
) -> Guard | None:  # fmt: skip
    """The guard that the settings ask for. Raises ConfigError for a type that the policy does not look for."""
    if section.mode == "off":
        return None
    detector = Detector(looked_for(policy, section), section, make, metrics.guard_seconds.observe)
    return Guard(section, detector, metrics)


@dataclass
class Guard:
    """Guards the answers of one server."""

    section: GuardSection
    detector: Detector
    metrics: Metrics

    async def whole(self, data: bytes, asked: Asked) -> bytes:
        """The body for the caller. Raises GuardFailed, Problem (502) for an answer of unknown shape."""
        answer, censor, expected = _read(data, asked), self._censors(asked), _expected(asked)
        judging = (judged_choice(choice, expected, self.detector, censor()) for choice in answer.choices)
        answer.choices = [self._noted(choice) for choice in await asyncio.gather(*judging)]
        return answer.json_bytes()

    async def stream(self, content: aiohttp.StreamReader, asked: Asked) -> AsyncIterator[bytes]:
        """Events for the caller. Raises GuardFailed, Problem (502) also where vLLM stops before its `[DONE]`."""
        talk = _Talk(partial(Speaker, self._censors(asked), self.detector, _expected(asked)), _choices(asked))
        async for data in sse.payloads(content):
            if not data:
                yield sse.KEEP_ALIVE
                continue
            answer = await (talk.rest() if data == sse.DONE else talk.next(_read(data, asked)))
            if answer is not None:
                answer.choices = [self._noted(choice) for choice in answer.choices]
                yield sse.event(answer.json_bytes())
            if data == sse.DONE or talk.silenced:
                yield sse.event(sse.DONE)
                return
        raise Problem(502, "engine_error", "the model server stopped answering")

    def _censors(self, asked: Asked) -> Callable[[], Censor]:
        mode: Literal["mask", "block"] = "block" if self.section.mode == "block" else "mask"
        prompt = Prompt(asked.fields) if self.section.allow_from_prompt else None
        return lambda: Censor(mode, prompt, self.metrics)

    def _noted(self, choice: Choice) -> Choice:
        if choice.finish_reason == BLOCKED:
            self.metrics.guard_blocked.inc()
        return choice


@dataclass
class _Talk:
    """A streamed answer of `expected` choices, each with its speaker."""

    new_speaker: Callable[[], Speaker]
    expected: int
    latest: Answer | None = None
    _speakers: dict[int, Speaker] = field(default_factory=dict)

    async def next(self, answer: Answer) -> Answer | None:
        """What of `answer` is told now; None while all of it is held."""
        self.latest = answer
        told = []
        for choice in answer.choices:
            if choice.index not in self._speakers:
                self._speakers[choice.index] = self.new_speaker()
            told.append(await self._speakers[choice.index].take(choice))
        kept = [choice for choice in told if choice is not None]
        return answer.model_copy(update={"choices": kept}) if kept or not told else None

    async def rest(self) -> Answer | None:
        """What is still held when all is over, though no choice said that it ended."""
        told = [await speaker.close(index) for index, speaker in self._speakers.items()]
        kept = [choice for choice in told if choice is not None]
        return self.latest.model_copy(update={"choices": kept, "usage": None}) if kept and self.latest else None

    @property
    def silenced(self) -> bool:
        """Whether nothing more can come because of a block."""
        speakers = self._speakers.values()
        over = len(speakers) >= self.expected and all(speaker.ended for speaker in speakers)
        return over and any(speaker.blocked for speaker in speakers)


def _read(data: bytes, asked: Asked) -> Answer:
    try:
        answer = Answer.model_validate_json(data)
    except ValidationError:
        raise Problem(502, "engine_error", "the model server failed") from None
    answer.model = asked.model
    return answer


def _expected(asked: Asked) -> Expected:
    """The functions that the request offers, by name, and whether it asks for JSON."""
    form = asked.fields.get("response_format")
    as_json = isinstance(form, dict) and form.get("type") not in (None, "text")
    return Expected(_tools(asked), as_json)


def _tools(asked: Asked) -> frozenset[str]:
    offered = asked.fields.get("tools")
    functions = (
        [tool.get("function") for tool in offered if isinstance(tool, dict)] if isinstance(offered, list) else []
    )
    names = [function.get("name") for function in functions if isinstance(function, dict)]
    return frozenset(name for name in names if isinstance(name, str))


def _choices(asked: Asked) -> int:
    """How many choices the answer has."""
    prompt, several = asked.fields.get("prompt"), asked.fields.get("n")
    prompts = len(prompt) if isinstance(prompt, list) and isinstance(prompt[0], str) else 1
    return prompts * (several if isinstance(several, int) else 1)
