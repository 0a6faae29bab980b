"""How much one application may ask, and how much all may at once; both bounded before vLLM sees it."""

from __future__ import annotations

import time
from collections.abc import Callable


class RateLimit:
    """A token bucket per key name: `per_minute` requests, all of which may come at once."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._capacity = float(per_minute)
        self._per_second = per_minute / 60
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def wait_s(self, name: str) -> float:
        """Takes one request for `name` and returns 0, or returns the seconds until one is free."""
        now = self._clock()
        left, at = self._buckets.get(name, (self._capacity, now))
        left = min(self._capacity, left + (now - at) * self._per_second)
        if left >= 1:
            self._buckets[name] = (left - 1, now)
            return 0.0
        self._buckets[name] = (left, now)
        return (1 - left) / self._per_second
