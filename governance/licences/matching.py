"""How much of a text is one known licence, what it adds to it and what it leaves out.

The two are aligned word by word. A word counts as the licence's own only inside a run that is
mostly the licence's, so that a foreign sentence doesn't pass for scattered words of a long text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from governance.licences.index import Numbers, Reference

_NEAR_TEXT = 3
_NEAR_REFERENCE = 14
_LEAST_RUN = 4
_LEAST_DENSITY = 0.6
Span = tuple[int, int]


@dataclass(frozen=True)
class Block:
    """`length` equal words, at `at` in the text and at `there` in the reference."""

    at: int
    there: int
    length: int


@dataclass(frozen=True)
class Change:
    """Words of the text (`here`) that stand where the licence has others, or none (`there`); spans of words."""

    here: Span
    there: Span


@dataclass(frozen=True)
class Match:
    """A text held against a reference. Numbers are words.

    `changes` lie between the licence's first and last word that stand in the text, `extent`; `cut`
    counts the licence's words before the first and those after the last.
    """

    reference: Reference
    matched: int
    extent: Span
    changes: tuple[Change, ...]
    cut: tuple[int, int]

    @property
    def added(self) -> int:
        """Words of the text inside the extent that are not the licence's."""
        return sum(change.here[1] - change.here[0] for change in self.changes)

    @property
    def left_out(self) -> int:
        """Words of the licence inside the extent that the text has not."""
        return sum(change.there[1] - change.there[0] for change in self.changes)

    @property
    def score(self) -> float:
        """What orders candidates: agreement, less what only one of the two has."""
        return self.matched - 2.0 * self.added - self.left_out - 0.01 * sum(self.cut)

    @property
    def complete(self) -> float:
        """Share of the licence's words that the text has."""
        return self.matched / self.reference.length

    @property
    def agreement(self) -> float:
        """Share of the words inside the extent that both have."""
        return self.matched / (self.matched + self.added + self.left_out)


def match(text: Numbers, reference: Reference, words: Numbers) -> Match | None:
    """`text` held against `reference`, whose words are `words`. None where nothing of it stands there."""
    blocks = [block for cluster in _clusters(_blocks(words, text)) for block in cluster]
    if not blocks:
        return None
    first, last = blocks[0], blocks[-1]
    return Match(
        reference=reference,
        matched=sum(block.length for block in blocks),
        extent=(first.at, last.at + last.length),
        changes=tuple(_changes(blocks)),
        cut=(first.there, reference.length - last.there - last.length),
    )


def _changes(blocks: Sequence[Block]) -> Iterator[Change]:
    for one, other in pairwise(blocks):
        yield Change((one.at + one.length, other.at), (one.there + one.length, other.there))


def _blocks(words: Numbers, text: Numbers) -> list[Block]:
    from rapidfuzz.distance import LCSseq

    steps = LCSseq.opcodes(words.tolist(), text.tolist())
    return [
        Block(at=step.dest_start, there=step.src_start, length=step.src_end - step.src_start)
        for step in steps
        if step.tag == "equal"
    ]


def _clusters(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Blocks that stand close together in both, where they make up most of that place."""
    cluster: list[Block] = []
    for block in blocks:
        if cluster and not _close(cluster[-1], block):
            if _dense(cluster):
                yield cluster
            cluster = []
        cluster.append(block)
    if cluster and _dense(cluster):
        yield cluster


def _close(one: Block, other: Block) -> bool:
    return other.at - one.at - one.length <= _NEAR_TEXT and other.there - one.there - one.length <= _NEAR_REFERENCE


def _dense(cluster: Sequence[Block]) -> bool:
    words = sum(block.length for block in cluster)
    extent = cluster[-1].at + cluster[-1].length - cluster[0].at
    return words >= _LEAST_RUN and words >= _LEAST_DENSITY * extent
