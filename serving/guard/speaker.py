"""One choice of a streamed answer: every field it writes is examined on its own, and let go in order.

Thoughts, words and tool calls grow one after the other; where one begins, the one before is over. Arguments of tool
calls and answers in JSON are held until they are whole: a mask has to fit into what is around it.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from governance.pii.streaming import Growing
from serving.guard.censor import Blocked, Censor
from serving.guard.detector import Detector
from serving.guard.shapes import Call, Choice, Function, Said, Written, rewritten, silenced, texts
from serving.guard.whole import Expected, judged_calls, judged_json


@dataclass
class Lane:
    """One field while it grows."""

    censor: Censor
    detector: Detector
    growing: Growing = field(default_factory=Growing)
    since: float = 0.0

    async def feed(self, text: str) -> str:
        """What may be said now. Raises Blocked, GuardFailed."""
        if len(self.growing.text) == self.growing.decided:
            self.since = time.monotonic()
        self.growing, pieces = await self.detector.advance(self.growing.plus(text))
        return self._told(self.censor.joined(pieces))

    async def end(self, cut_off: bool) -> str:
        """The rest, or what of it is finished. Raises Blocked, GuardFailed."""
        self.growing, pieces = await self.detector.finish(self.growing, cut_off)
        return self._told(self.censor.joined(pieces))

    def _told(self, said: str) -> str:
        if said:
            now = time.monotonic()
            self.censor.metrics.guard_delay.observe(now - self.since)
            self.since = now
        return said


@dataclass
class Speaker:
    """`take` turns what vLLM adds to a choice into what the caller gets, None where all of it is held."""

    new_censor: Callable[[], Censor]
    detector: Detector
    expected: Expected
    ended: bool = False
    blocked: bool = False
    _lanes: dict[Written, Lane] = field(default_factory=dict)
    _calls: dict[int, Call] = field(default_factory=dict)
    _json: str = ""

    async def take(self, choice: Choice) -> Choice | None:
        """Raises GuardFailed."""
        return None if self.ended else await self._told(choice, over=choice.finish_reason is not None)

    async def close(self, index: int) -> Choice | None:
        """The rest of a choice that never said that it ended. Raises GuardFailed."""
        blank = Choice(index=index, text="") if "text" in self._lanes else Choice(index=index, delta=Said())
        return None if self.ended else await self._told(blank, over=True)

    async def _told(self, choice: Choice, over: bool) -> Choice | None:
        said: dict[Written, str] = {}
        try:
            for name, text in texts(choice):
                await self._end(said, but=name)
                if self.expected.holds(name):
                    self._json += text
                    continue
                await _say(said, name, self._lane(name).feed(text))
            self._collect(choice)
            calls = await self._finish(choice.cut_off, said) if over else []
        except Blocked:
            self.ended = self.blocked = True
            return silenced(choice, said)
        self.ended = over
        begun = choice.said is not None and choice.said.role is not None
        telling = any(said.values()) or calls or begun or choice.finish_reason
        return rewritten(choice, said, calls) if telling else None

    async def _finish(self, cut_off: bool, said: dict[Written, str]) -> list[Call]:
        calls = [self._calls[index] for index in sorted(self._calls)]
        await self._end(said, cut_off=cut_off and not self._json and not calls)
        if self._json:
            said["content"] = await judged_json(self._json, cut_off and not calls, self.detector, self.new_censor())
        return (
            await judged_calls(calls, self.expected.tools, cut_off, self.detector, self.new_censor()) if calls else []
        )

    async def _end(self, said: dict[Written, str], but: Written | None = None, cut_off: bool = False) -> None:
        for name, lane in self._lanes.items():
            if name != but:
                await _say(said, name, lane.end(cut_off))

    def _lane(self, name: Written) -> Lane:
        if name not in self._lanes:
            self._lanes[name] = Lane(self.new_censor(), self.detector)
        return self._lanes[name]

    def _collect(self, choice: Choice) -> None:
        """Pieces of one call bear its index; the first of them names it."""
        for piece in (choice.said.tool_calls if choice.said else None) or ():
            index = piece.index if piece.index is not None else len(self._calls)
            call = self._calls.setdefault(index, Call(index=index, type="function", function=Function(arguments="")))
            call.id = call.id or piece.id
            call.function.name = call.function.name or piece.function.name
            call.function.arguments = (call.function.arguments or "") + (piece.function.arguments or "")


async def _say(said: dict[Written, str], name: Written, telling: Awaitable[str]) -> None:
    """Adds to what is said, also what may be said before a block."""
    try:
        told = await telling
    except Blocked as blocked:
        said[name] = said.get(name, "") + blocked.before
        raise
    said[name] = said.get(name, "") + told
