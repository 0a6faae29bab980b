"""How long work says how far it is. Rooms that do work take one such function; the command line draws the bar."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Told how much is done, and of how much."""
