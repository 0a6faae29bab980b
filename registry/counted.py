"""How many there are of something, in the words of a person: 1 row, 2 rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from registry.records import Rejected


def counted(number: int, noun: str, plural: str = "") -> str:
    """The number with its noun; `plural` where that takes more than an s."""
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"


def by_reason(refused: Iterable[Rejected]) -> str:
    """How many for which reason, the commonest first."""
    reasons = Counter(str(one.reason) for one in refused)
    return ", ".join(f"{number} {reason}" for reason, number in reasons.most_common())


def beside_refused(refused: Iterable[Rejected]) -> str:
    """The end of a sentence that says how few are left."""
    reasons = by_reason(refused)
    return f"; refused were {reasons}" if reasons else ""
