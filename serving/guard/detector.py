"""The scrubber's detection, away from the event loop: in processes of its own, which a fault cannot take us down with.

Whatever goes wrong here is a GuardFailed: then no answer is given, rather than one that nobody has examined.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import Executor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from governance.pii import streaming
from governance.pii.detect import find_together
from governance.pii.settings import PiiPolicy
from governance.pii.streaming import Growing, Pace, Piece
from governance.pii.text.spans import Span
from registry.errors import GuardFailed, MunimentError
from registry.processes import one_thread_each, pool_of
from serving.guard.settings import GuardSection, require_looked_for

P = ParamSpec("P")
R = TypeVar("R")
log = logging.getLogger("muniment.serving")
_SAMPLE = "Write to jane.roe@example.org."
_NEXT_STEP = "read the server's log; see that policy.yaml's model is installed and that memory suffices"


@dataclass(frozen=True)
class Looked:
    """What is personal, by whose rules."""

    policy: PiiPolicy
    types: frozenset[str]
    pace: Pace


def looked_for(policy: PiiPolicy, section: GuardSection) -> Looked:
    """Raises ConfigError for a type that the policy does not detect."""
    require_looked_for(section, policy)
    return Looked(policy, frozenset(section.types or policy.replace), Pace(section.max_delay_characters))


class Detector:
    """`find`, `advance` and `finish` as awaitables. Nothing is examined before `warm` has ended.

    Processes that died or hang are replaced in the background; until the new ones have loaded the model, which may
    take longer than a caller waits, every call is a GuardFailed.
    """

    def __init__(
        self, looked: Looked, section: GuardSection, make: Callable[[int], Executor] = pool_of,
        observe: Callable[[float], None] = lambda _: None,
    ) -> None:  # fmt: skip
        self.looked = looked
        self._section, self._make, self._observe = section, make, observe
        self._pool: Executor | None = None
        self._warming: asyncio.Task[None] | None = None
        self._warm = False
        self._answered_at = 0.0

    async def warm(self) -> None:
        """Loads the model in every process and sees that it finds something. Raises GuardFailed."""
        if self._pool is None:
            self._pool = self._make(self._section.workers)
        loading = (self._run(None, find_together, [_SAMPLE], self.looked.policy) for _ in range(self._section.workers))
        if not all(spans for texts in await asyncio.gather(*loading) for spans in texts):
            raise GuardFailed("the output guard does not find an e-mail address", _NEXT_STEP)
        self._warm = True

    async def find(self, texts: list[str]) -> list[list[Span]]:
        """Wanted spans in texts that speak of the same people. Raises GuardFailed, as the others do."""
        found = await self._soon(find_together, texts, self.looked.policy)
        return [[span for span in spans if span.type in self.looked.types] for spans in found]

    async def advance(self, growing: Growing) -> tuple[Growing, list[Piece]]:
        if growing.next_look(self.looked.pace) is None:
            return growing, []
        return await self._soon(streaming.advance, growing, *self._rules)

    async def finish(self, growing: Growing, cut_off: bool) -> tuple[Growing, list[Piece]]:
        if len(growing.text) == growing.decided:
            return growing, []
        return await self._soon(streaming.finish, growing, *self._rules, cut_off)

    async def done(self, work: Callable[P, R], /, *args: P.args, **named: P.kwargs) -> R:
        """Any other work that takes the model. Raises GuardFailed."""
        return await self._soon(work, *args, **named)

    def close(self) -> None:
        """Ends the processes at once, also one that hangs."""
        pool, self._pool, self._warm = self._pool, None, False
        if pool is not None:
            processes = list((getattr(pool, "_processes", None) or {}).values())  # public from Python 3.14 on
            pool.shutdown(wait=False, cancel_futures=True)
            for process in processes:
                process.kill()

    @property
    def _rules(self) -> tuple[PiiPolicy, frozenset[str], Pace]:
        return self.looked.policy, self.looked.types, self.looked.pace

    async def _soon(self, work: Callable[P, R], /, *args: P.args, **named: P.kwargs) -> R:
        if not self._warm:
            if self._warming is None or self._warming.done():
                self._warming = asyncio.create_task(self._warm_again())
            raise GuardFailed("the processes that examine answers are starting", "try again soon")
        return await self._run(self._section.timeout_s, work, *args, **named)

    async def _warm_again(self) -> None:
        try:
            await self.warm()
        except GuardFailed as error:
            log.error("%s", error.message)

    async def _run(self, timeout_s: float | None, work: Callable[P, R], /, *args: P.args, **named: P.kwargs) -> R:
        """Raises GuardFailed, whatever the cause; its words are ours, since another's may quote the text."""
        pool, began = self._pool, time.monotonic()
        assert pool is not None
        try:
            async with asyncio.timeout(timeout_s):
                with one_thread_each():
                    future = pool.submit(work, *args, **named)
                result = await asyncio.wrap_future(future)
            self._answered_at = time.monotonic()
            return result
        except BrokenProcessPool as error:
            self._give_up(pool)
            raise GuardFailed("the process that examines answers ended", _NEXT_STEP) from error
        except TimeoutError as error:
            if self._answered_at < began:
                self._give_up(pool)
            raise GuardFailed(f"an answer was not examined within {timeout_s} s", _NEXT_STEP) from error
        except MunimentError as error:
            raise GuardFailed(f"answers cannot be examined: {error.message}", error.next_step) from error
        except Exception as error:
            raise GuardFailed(f"answers cannot be examined: {type(error).__name__}", _NEXT_STEP) from error
        finally:
            self._observe(time.monotonic() - began)

    def _give_up(self, pool: Executor) -> None:
        """What was answered by nobody is lost; new processes start with the next answer that is asked for."""
        if self._pool is pool:
            self.close()
