"""Stand-ins for the words of names: one word for one word, never two for one, and the other way round only by key.

A name that the shipped lists know becomes another of the same role (women, men, surnames) and, as far as there are
enough, of the same language. Any other word is enciphered into one that is spelled like a name and is as likely to
be one. All words of one initial get one initial, so that `J. Roe` still fits `Jane Roe`.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache

from governance.pii.standins.cipher import Cipher
from governance.pii.standins.spelling import LETTERS, Spelling, learned
from governance.pii.words.listed_names import by_role

_MARKS = (
    "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030b\u030c\u0323\u0326\u0327\u0328\u031b\u0335\u0338\u0331'"
)
_STROKED = {
    "ø": "o\u0338", "ł": "l\u0335", "đ": "d\u0335", "æ": "a\u0335", "œ": "o\u0335", "ð": "d\u0338", "ı": "i\u0335",
}  # fmt: skip
_PLACES = 32 * 32
_ACCENTS = {1: "\u0301", 2: "\u0300"}
_ONE_SCRIPT, _SCRIPTS, _LONG = "\u0302", "\u0308", "\u030c"
_LONGEST, _DEAREST, _DIGEST_BITS = 24, 200, 128
"""Beyond so many letters or bits a word is digested instead, lest one endless word take all the time there is."""
_VOWELS = "aeiou"
_GROUP = 6
"""Initials are exchanged within so many neighbours by frequency: few names then find no partner in the lists."""


@dataclass(frozen=True)
class People:
    """The exchange of words under one key. Words are case-folded and composed (NFC)."""

    cipher: Cipher
    reserved: frozenset[str] = frozenset()
    """Words that stay as they are where they are no names, and so must never be a stand-in."""

    def word(self, word: str) -> str:
        """Another word for `word`; no two words get the same one."""
        listed, taken = self._listed
        if word in listed:
            return listed[word]
        made = self._enciphered(word)
        while made in taken:  # the place of whoever took this one is free
            made = self._enciphered(taken[made])
        return made

    def initial(self, letter: str) -> str:
        """The first letter of the stand-in of every word that begins with `letter` (a-z)."""
        return self._initials[letter]

    def _enciphered(self, word: str) -> str:
        base, marks = _decomposed(word[: _LONGEST + 1])
        spelling = _spelling()
        bits = spelling.cost(base) if base else 0
        if len(word) > _LONGEST or bits > _DEAREST:
            made = _word_from(self._drawn_initial(word), self.cipher.draw(f"long {word}", 1 << _DIGEST_BITS))
            return _accented(made, _LONG)
        if base is None:
            return self._foreign(word)
        size, accents = spelling.size(base[0], bits), _PLACES ** len(marks)
        number = spelling.rank(base) * accents + _number(marks)
        first = sum(spelling.size(base[0], less) for less in range(bits)) * accents
        place = self.cipher.permute(number, size * accents, f"word {base[0]} {bits} {len(marks)}")
        return _accented(_word_from(self._initials[base[0]], first + place), _ACCENTS.get(len(marks), ""))

    def _foreign(self, word: str) -> str:
        """A word that is not in Latin letters: its code points as one number, by length and script block."""
        blocks = {ord(letter) >> 7 for letter in word}
        one = len(blocks) == 1 and max(blocks) < 1 << 8
        bits, number = (7, blocks.pop()) if one else (21, 0)
        for letter in word:
            number = (number << bits) + ord(letter) % (1 << bits)
        shorter = sum(1 << (8 + bits * length) for length in range(1, len(word)))
        made = shorter + self.cipher.permute(number, 1 << (8 + bits * len(word)), f"foreign {bits} {len(word)}")
        return _accented(_word_from(self._drawn_initial(word), made), _ONE_SCRIPT if one else _SCRIPTS)

    def _drawn_initial(self, word: str) -> str:
        return LETTERS[self.cipher.draw(f"initial {word[0]}", len(LETTERS))]

    @cached_property
    def _initials(self) -> dict[str, str]:
        by_count = sorted(LETTERS, key=lambda c: -sum(w[0] == c for names in by_role().values() for w in names))
        groups = [by_count[i : i + _GROUP] for i in range(0, 24, _GROUP)]
        groups[-1] += by_count[24:]
        return {
            c: group[self.cipher.derange(i, len(group), f"initial {group[0]}")]
            for group in groups
            for i, c in enumerate(group)
        }

    @cached_property
    def _listed(self) -> tuple[dict[str, str], dict[str, str]]:
        """Stand-ins of the names in the lists, and whose each of them is."""
        listed: dict[str, str] = {}
        for names in by_role().values():
            listed.update(self._exchanged([name for name in names if name not in self.reserved]))
        taken = {made: name for name, made in listed.items()}
        return listed, {**taken, **{word: f"{word}'" for word in self.reserved}}

    def _exchanged(self, names: list[str]) -> dict[str, str]:
        """Each name with another one of the list: as far as they suffice, one that begins as it has to."""
        waiting: dict[str, list[str]] = {}
        for name in self._shuffled(names, "to"):
            waiting.setdefault(_initial(name), []).append(name)
        pairs, left = {}, []
        for name in self._shuffled(names, "from"):
            partners = waiting.get(self._initials[_initial(name)])
            if partners:
                pairs[name] = partners.pop()
            else:
                left.append(name)
        free = [name for group in waiting.values() for name in group]
        return {**pairs, **_deranged(left, free)}

    def _shuffled(self, names: list[str], side: str) -> list[str]:
        return sorted(names, key=lambda name: self.cipher.stream(f"{side} {name}", 16))


def _deranged(names: list[str], others: list[str]) -> dict[str, str]:
    """One of `others`, who are as many, for each name: never itself, unless it is alone."""
    others = list(others)
    for at, name in enumerate(names):
        if others[at] == name:
            others[at], others[at - 1] = others[at - 1], others[at]
    return dict(zip(names, others, strict=True))


@lru_cache(maxsize=1)
def _spelling() -> Spelling:
    return learned(name for names in by_role().values() for name in names if name.isascii())


def _word_from(initial: str, number: int) -> str:
    """The word of this initial that has `number` others before it, by cost and then by alphabet."""
    spelling, bits = _spelling(), 1
    while number >= (size := spelling.size(initial, bits)):
        number -= size
        bits += 1
    return spelling.word_at(initial, bits, number)


def _initial(name: str) -> str:
    return unicodedata.normalize("NFD", name)[0]


def _decomposed(word: str) -> tuple[str | None, list[tuple[int, int]]]:
    """A word in letters of a-z and where which marks stand; None for a base that it has not."""
    base, marks = "", []
    for letter in unicodedata.normalize("NFD", "".join(_STROKED.get(c, c) for c in word)):
        if letter in LETTERS:
            base += letter
        elif letter in _MARKS and base:
            marks.append((len(base) - 1, _MARKS.index(letter)))
        else:
            return None, []
    fits = len(marks) <= len(_ACCENTS) and all(place < 32 for place, _ in marks) and len(base) > 1
    return (base, marks) if fits else (None, [])


def _number(marks: list[tuple[int, int]]) -> int:
    number = 0
    for place, mark in marks:
        number = number * _PLACES + place * 32 + mark
    return number


def _accented(word: str, accent: str) -> str:
    """With `accent` on the last vowel: what tells the stand-ins of plain, accented and foreign words apart."""
    if not accent:
        return word
    at = max((word.rfind(vowel) for vowel in _VOWELS), default=-1)
    at = at if at >= 0 else len(word) - 1
    return unicodedata.normalize("NFC", word[: at + 1] + accent + word[at + 1 :])
