"""What is known of a text as a whole when findings are weighed: its words, its tables, where it is not in English."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from governance.pii.cells.grids import EMPTY, Grid
from governance.pii.naming.languages import Part


@dataclass(frozen=True)
class Reading:
    """`text` has a tab for each delimiter of a table.

    `lower` are the words that stand in small letters somewhere; `foreign` are disjoint parts, in order.
    """

    text: str
    lower: frozenset[str] = frozenset()
    foreign: tuple[Part, ...] = ()
    table: Grid = EMPTY

    def foreign_at(self, place: int) -> str | None:
        """The language at the code point `place`, where it is another than the policy's own."""
        at = bisect_right(self.foreign, place, key=lambda part: part.start) - 1
        return self.foreign[at].language if at >= 0 and place < self.foreign[at].end else None

    def is_vocabulary(self, word: str) -> bool:
        return word.lower() in self.lower
