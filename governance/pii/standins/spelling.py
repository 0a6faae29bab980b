"""How names are spelled: words numbered by how likely they are, so that a name can be exchanged for an equal one.

A letter costs what the shipped names say it is worth, in bits, after the letter before it and the kind of the one
before that. Words of one beginning are ordered by cost, then by alphabet; `rank` and `word_at` lead from word to
number and back for every word of a-z.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import log2

LETTERS = "abcdefghijklmnopqrstuvwxyz"
VOWELS = frozenset("aeiouy")
_END = "$"
_NEXT = LETTERS + _END
_DEAREST = 10
"""Bits of a letter that no shipped name has in such a place; all words can be written, odd ones become long."""
Costs = dict[str, int]


@dataclass(frozen=True)
class Spelling:
    """`costs[state]` gives each next letter, and the end, its bits."""

    costs: dict[str, Costs]
    _sizes: dict[tuple[str, int], int] = field(default_factory=dict, repr=False)

    def cost(self, word: str) -> int:
        """Bits of all that follows the first letter."""
        return sum(self.costs[state][letter] for state, letter in _steps(word))

    def size(self, state: str, bits: int) -> int:
        """How many ways there are to go on from `state` and end, for exactly `bits`; a lone letter is a beginning."""
        if bits <= 0:
            return 0
        known = self._sizes.get((state, bits))
        if known is None:
            known = sum(self._ways(state, letter, bits - cost) for letter, cost in self.costs[state].items())
            self._sizes[state, bits] = known
        return known

    def rank(self, word: str) -> int:
        """How many words of the same initial and cost stand before `word`."""
        bits, before = self.cost(word), 0
        for state, letter in _steps(word):
            costs = self.costs[state]
            for earlier in _NEXT[: _NEXT.index(letter)]:
                before += self._ways(state, earlier, bits - costs[earlier])
            bits -= costs[letter]
        return before

    def word_at(self, initial: str, bits: int, rank: int) -> str:
        """The word of this initial and cost that has `rank` others before it."""
        word, state = initial, initial
        while True:
            for letter, cost in self.costs[state].items():
                ways = self._ways(state, letter, bits - cost)
                if rank < ways:
                    break
                rank -= ways
            if letter == _END:
                return word
            word, state, bits = word + letter, _after(state, letter), bits - self.costs[state][letter]

    def _ways(self, state: str, letter: str, left: int) -> int:
        return int(left == 0) if letter == _END else self.size(_after(state, letter), left)


def learned(words: Iterable[str]) -> Spelling:
    """The spelling of `words`, which are of a-z."""
    seen: dict[str, Counter[str]] = {state: Counter() for state in _states()}
    for word in words:
        for state, letter in _steps(word):
            seen[state][letter] += 1
    costs = {state: _bits(counts) for state, counts in seen.items()}
    for initial in LETTERS:
        del costs[initial][_END]  # a lone letter is an initial, no word
    return Spelling(costs)


def _bits(counts: Counter[str]) -> Costs:
    total = sum(counts.values()) or 1
    shares = {letter: max(counts[letter] / total, 2**-_DEAREST) for letter in _NEXT}
    return {letter: max(1, round(-log2(share))) for letter, share in shares.items()}


def _states() -> Iterator[str]:
    for letter in LETTERS:
        yield from (letter, f"v{letter}", f"c{letter}")


def _steps(word: str) -> Iterator[tuple[str, str]]:
    """Each letter after the first, and the end, with the state before it."""
    state = word[0]
    for letter in (*word[1:], _END):
        yield state, letter
        state = _after(state, letter)


def _after(state: str, letter: str) -> str:
    return f"{'v' if state[-1] in VOWELS else 'c'}{letter}"
