"""What is known of a text as a whole when findings are weighed: its words, its tables, where it is not in English."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from governance.pii.grids import EMPTY, Grid


@dataclass(frozen=True)
class Reading:
    """`text` has a tab for each delimiter of a table.

    `lower` are the words that stand in small letters somewhere; `foreign` are disjoint places, in order.
    """

    text: str
    lower: frozenset[str] = frozenset()
    foreign: tuple[tuple[int, int], ...] = ()
    table: Grid = EMPTY

    def is_foreign(self, place: int) -> bool:
        """Whether the code point at `place` is in another language than the policy's own."""
        at = bisect_right(self.foreign, place, key=lambda part: part[0]) - 1
        return at >= 0 and place < self.foreign[at][1]

    def is_vocabulary(self, word: str) -> bool:
        return word.lower() in self.lower
