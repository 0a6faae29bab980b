"""What one disguised character stands for to a reader.

Tables are Unicode's own: general categories, decompositions and names (unicodedata), and the lookalikes of
UTS #39 as `confusable-homoglyphs` carries them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

BLANKS = frozenset("\u2800\u3164\uffa0")
"""Shown as a blank, but no white space to Unicode: between words a space, inside a word nothing."""
DASHES = "\u2012\u2013\u2014\u2015\u2e3a\u2e3b\u301c\u3030\ufe58\ufe31\ufe32"
DOTS = "\u00b7\u2022\u2027\u2219\u22c5\u30fb\ua4f8\uff65"
NUMERALS = "〇零一二三四五六七八九"
"""What is its own in prose; inside a number or an address it is a hyphen, a full stop, a digit."""
_IGNORABLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\ufdd0-\ufdef\ufe00-\ufe0f\ufff0-\ufffc\ufffe\uffff"
    "\U000e0000-\U000e0fff]"
)
_KEPT_CONTROLS = "\t\n\v\f\r\u0085"
_FIXED = {
    "\u2018": "'", "\u2019": "'", "\u201b": "'", "\u02bc": "'", "\u2032": "'", "\u2010": "-", "\u2011": "-",
    "\u2212": "-", "\u02d7": "-", "\u2043": "-", "\u058a": "-", "\u1400": "-", "\u1806": "-", "\u2e17": "-",
    "\u3002": ".", "\uff61": ".", "\u06d4": ".", "\u2236": ":", "\ua789": ":", "\u2215": "/", "\u2044": "/",
}  # fmt: skip
_SIGNS = frozenset("\u2122\u2120\u2026")
_NAMED = re.compile(
    r"(?:NEGATIVE |CROSSED )?(?:(?:CIRCLED|SQUARED|PARENTHESIZED|NEGATIVE SQUARED|REGIONAL INDICATOR SYMBOL)"
    r"(?: LATIN (?:CAPITAL|SMALL))? LETTER|LATIN LETTER SMALL CAPITAL) ([A-Z])"
)
_EUROPEAN = (range(0xC0, 0x250), range(0x1E00, 0x1F00))
_LIKELIEST = dict(zip("УуһԛԝІіЈјЅѕΙіΝΥХхԁı", "YyhqwIiJjSsIiNYXxdi", strict=True))


@lru_cache(maxsize=8192)
def plain(character: str) -> str:
    """What a reader sees for one code point; the code point itself where it is no disguise."""
    category = unicodedata.category(character)
    if category in ("Cf", "Cc") or _IGNORABLE.match(character):
        return character if character in _KEPT_CONTROLS else ""
    if category == "Cs":
        return "\ufffd"
    if character in _FIXED:
        return _FIXED[character]
    if category in ("Zl", "Zp"):
        return "\n"
    if category == "Zs" or character in BLANKS:
        return " "
    digit = unicodedata.digit(character, None)
    return str(digit) if digit is not None else _compatible(character, category)


def _compatible(character: str, category: str) -> str:
    """By the name of a decorated letter, or by Unicode's compatibility decomposition."""
    name = unicodedata.name(character, "")
    named = _NAMED.fullmatch(name)
    if named:
        return named[1].lower() if "SMALL" in name else named[1]
    folded = unicodedata.normalize("NFKC", character)
    if character not in _SIGNS and (category[0] in "LN" or (category[0] in "PS" and folded.isascii())):
        return folded.replace("\u2044", "/")
    return character


def is_mark(character: str) -> bool:
    """Drawn over, under or around the character before it."""
    return unicodedata.category(character) in ("Mn", "Me")


def unmarked(marked: str) -> str:
    """One character for a base and its marks: the accented letter where there is one, else the base."""
    composed = unicodedata.normalize("NFC", marked)
    return composed if len(composed) == 1 else marked[0]


@lru_cache(maxsize=1)
def _confusables() -> Mapping[str, list[dict[str, str]]]:
    from confusable_homoglyphs.confusables import confusables_data

    table: Mapping[str, list[dict[str, str]]] = confusables_data
    return table


@lru_cache(maxsize=8192)
def lookalikes(character: str) -> str:
    """ASCII letters and digits that look like a letter of another script, the likeliest first."""
    own = any(ord(character) in letters for letters in _EUROPEAN)
    if not character.isalpha() or character.isascii() or (own and character not in _LIKELIEST):
        return ""
    like = [h["c"] for h in _confusables().get(character, []) if len(h["c"]) == 1 and h["c"].isascii()]
    like = [c for c in like if c.isalnum()]
    like.sort(key=lambda c: (c.isdigit(), c.isupper() != character.isupper()))
    return _LIKELIEST.get(character, "") + "".join(like)


def latinised(word: str, among_latin: bool) -> str:
    """A word with the lookalikes in it replaced, one for one, where they are a disguise.

    They are in a word that mixes scripts; in one all of lookalikes only when it stands among Latin words.
    Where nothing but digits stands around them, they are digits.
    """
    letters = {c for c in word if c.isalpha()}
    foreign = {c: lookalikes(c) for c in letters if lookalikes(c)}
    mixed = any(c.isascii() for c in letters)
    whole = len(foreign) == len(letters) and (among_latin or any(c.isascii() and c.isdigit() for c in word))
    if not foreign or not (mixed or whole):
        return word
    number = not mixed and any(c.isdigit() for c in word)
    return "".join(_chosen(foreign[c], number) if c in foreign else c for c in word)


def _chosen(like: str, number: bool) -> str:
    digits = [("0" if c in "Oo" else "1" if c in "lI" else c) for c in like if c.isdigit() or c in "OolI"]
    return digits[0] if number and digits else like[0]
