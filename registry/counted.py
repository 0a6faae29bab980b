"""How many there are of something, in the words of a person: 1 row, 2 rows."""

from __future__ import annotations


def counted(number: int, noun: str, plural: str = "") -> str:
    """The number with its noun; `plural` where that takes more than an s."""
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"
