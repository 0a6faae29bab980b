"""Which versioned adapter each alias means now, and how many requests each adapter is answering.

Only the event loop touches it, so a switch is one assignment: every request sees the old adapter
or the new one, never a mixture, and keeps to the end the one it began with.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Aliases:
    def __init__(self, fixed: dict[str, str]) -> None:
        """`fixed` aliases (the bare base model) never switch."""
        self._names = dict(fixed)
        self._answering: Counter[str] = Counter()

    def name(self, alias: str) -> str | None:
        """The served name behind `alias`, or None where there is no such alias."""
        return self._names.get(alias)

    def all(self) -> dict[str, str]:
        return dict(self._names)

    def switch(self, alias: str, name: str) -> None:
        self._names[alias] = name

    def remove(self, alias: str) -> None:
        """From now on the alias means nothing; requests that began go on to their end."""
        self._names.pop(alias, None)

    @contextmanager
    def answering(self, name: str) -> Iterator[None]:
        """Counts one request to `name` for as long as it lasts."""
        self._answering[name] += 1
        try:
            yield
        finally:
            self._answering[name] -= 1

    async def drained(self, name: str, within_s: float) -> bool:
        """Waits until nothing is being answered by `name`; False when that took too long."""
        end = time.monotonic() + within_s
        while self._answering[name] > 0:
            if time.monotonic() > end:
                return False
            await asyncio.sleep(0.05)
        return True
