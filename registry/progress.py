"""How long work says how far it is. Rooms that do work take one such function; the command line draws the bar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

Progress = Callable[[int, int], None]
"""Told how much is done, and of how much."""


class Steps(Protocol):
    """Progress that is also told, in a few words, how well the work goes."""

    def __call__(self, done: int, total: int, beside: str = "", /) -> None: ...
