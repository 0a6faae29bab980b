"""Two answers that differ in form alone: a plural, an article, a slip of the keys. Any other word may matter."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
_SAYS_NOTHING = frozenset(("the", "an"))
_PLURALS = (("", "s"), ("", "es"), ("y", "ies"))
_LEAST_STEM = 3
_LEAST_SLIP = 8
"""Letters: in shorter words one letter makes another word, as of county and country."""


def nearly_the_same(one: str, other: str) -> bool:
    """Whether each word of one is the other's but for its plural or a slip; never so of a single word, a label.

    A number, a name, a "not" or any other word on one side alone sets them apart.
    """
    first, second = _words(one), _words(other)
    if len(first) != len(second) or len(first) < 2:
        return False
    return all(_one_word(*both) for both in zip(first, second, strict=True))


def one_case(label: str) -> str:
    """A label whatever its case and spacing; its signs are its own, as those of C++ and A-."""
    return " ".join(label.casefold().split())


def _words(text: str) -> list[str]:
    found = _WORD.findall(unicodedata.normalize("NFKC", text))
    return [word for word in found if word.casefold() not in _SAYS_NOTHING]


def _one_word(one: str, other: str) -> bool:
    short, long = sorted((one.casefold(), other.casefold()), key=len)
    if short == long:
        return True
    if not (one.isalpha() and other.isalpha()):
        return False
    return _plural(short, long) or (_slip(short, long) and not (one.istitle() or other.istitle()))


def _plural(short: str, long: str) -> bool:
    ends = ((few, many) for few, many in _PLURALS if short.endswith(few) and long.endswith(many))
    stems = ((short.removesuffix(few), long.removesuffix(many)) for few, many in ends)
    return len(short) >= _LEAST_STEM and any(one == other for one, other in stems)


def _slip(short: str, long: str) -> bool:
    """A letter left out, or two that changed places; another letter is too often another word."""
    from rapidfuzz.distance import OSA

    same_letters = len(short) < len(long) or sorted(short) == sorted(long)
    return len(short) >= _LEAST_SLIP and short[0] == long[0] and same_letters and OSA.distance(short, long) == 1
