"""Answers that can still be rated: in memory alone, for a while, each for the application that asked.

What the model said is known here and need not be told again, so nobody can put words into its mouth. Where memory is
short, the oldest answer goes of the application that holds most: none pushes another's out.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

Message = tuple[str, str]
_OVERHEAD = 1_000


@dataclass(frozen=True)
class Told:
    """An answer as its caller got it, `cut_off` where a limit ended it; `licence` is that of the model that gave it."""

    prompt: tuple[Message, ...] = field(repr=False)
    text: str = field(repr=False)
    adapter: str
    licence: str = ""
    cut_off: bool = False
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def size(self) -> int:
        """Bytes of memory, about."""
        return _OVERHEAD + sum(sys.getsizeof(text) for _, text in self.prompt) + sys.getsizeof(self.text)


class Answers:
    """At most `most_bytes` of them, none older than `keep_s`."""

    def __init__(self, keep_s: float, most_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._keep_s, self._most, self._clock = keep_s, most_bytes, clock
        self._told: dict[str, dict[str, tuple[float, Told]]] = {}
        self._sizes: dict[str, int] = {}

    @property
    def size(self) -> int:
        return sum(self._sizes.values())

    def keep(self, caller: str, answer: str, told: Told) -> None:
        """Under the id `answer`, for `caller` alone."""
        self.expire()
        if told.size > self._most:
            return
        if answer in self._told.get(caller, {}):
            self._drop(caller, answer)
        self._told.setdefault(caller, {})[answer] = self._clock(), told
        self._sizes[caller] = self._sizes.get(caller, 0) + told.size
        while self.size > self._most:
            fullest = max(self._sizes, key=lambda name: self._sizes[name])
            self._drop(fullest, next(iter(self._told[fullest])))

    def find(self, caller: str, answer: str) -> Told | None:
        self.expire()
        found = self._told.get(caller, {}).get(answer)
        return found[1] if found else None

    def expire(self) -> None:
        """Forget what is too old."""
        oldest = self._clock() - self._keep_s
        for caller, own in list(self._told.items()):
            for answer, (at, _) in list(own.items()):
                if at > oldest:
                    break
                self._drop(caller, answer)

    def _drop(self, caller: str, answer: str) -> None:
        _, told = self._told[caller].pop(answer)
        self._sizes[caller] -= told.size
        if not self._told[caller]:
            del self._told[caller], self._sizes[caller]
