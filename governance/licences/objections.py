"""Why a text that reads like a licence is not that licence: another version, a condition put in, a right left out.

Names, headings, addresses and page furniture may differ between copies. Words that allow, forbid or
condition may not: a licence with one more condition is another licence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from governance.licences.conditions import DECIDING, conditions_in
from governance.licences.index import Index, Numbers
from governance.licences.matching import Change, Match
from governance.licences.words import plain, words_of

_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_FAMILIES = frozenset(
    ("gpl", "lgpl", "agpl", "gnu", "mozilla", "mpl", "apache", "eclipse", "epl", "commons", "llama", "gemma", "qwen")
)
_GRANTS = """
use copy modify merge publish distribute sublicense sell reproduce redistribute redistribution perform display
any with without free commercial prepare patent grant granted hereby make import
"""
_RIGHTS = frozenset(_GRANTS.split())
_NARROWED = frozenset(("person", "persons", "entity", "use", "copy", "modify", "distribute", "sell", "reproduce"))
"""What a grant gives, and to whom: no word may be put before one of these, `to any natural person`."""
_FURNITURE = frozenset(("and", "or", "the", "to", "freely", "be"))
_OWN_NAMES = frozenset((*_FAMILIES, "meta", "google", "alibaba", "deepseek", "falcon", "bigscience", "stability"))
_MISREAD = 1
"""Letters by which a badly read name may differ."""
_ABOUT_USE = re.compile(
    r"\blicen[sc]|\bcommercial|\bterms of use|\bmay (?:not )?be used\b|\bredistribut", re.IGNORECASE
)
_LEAST_DAMAGE = 0.04
"""Holes for each word that is there, from which on a text is a bad copy, not one with something taken out."""


def objections(found: Match, words: Sequence[str], text: Numbers, index: Index) -> Iterator[str]:
    """Each reason against calling the text that licence, as a sentence. None where it is that licence."""
    own = index.text(found.reference)
    for change in found.changes:
        here = words[slice(*change.here)]
        if other := _other_version(change, words, own, index):
            yield f"another version or date: {other}"
        elif other := _other_family(change, words, own, index):
            yield f"another licence is named: {other}"
        elif conditions := conditions_in(here):
            yield f"words put in: {_quoted(here, conditions)}"
        elif narrowing := _narrowing(change, words):
            yield f"words put in: {narrowing}"
        elif renamed := _renamed(change, words, own, index):
            yield f"it is called otherwise: {renamed}"
    if found.added > 8 + 0.04 * found.matched:
        yield f"{found.added} words stand in it that are not the licence's"
    holes = sum(change.there[1] > change.there[0] for change in found.changes)
    if holes < _LEAST_DAMAGE * found.matched:
        yield from _rights_left_out(found, words, own, index)


def sentences_with_conditions(text: str) -> list[str]:
    """Sentences that speak of licence or use and hold a condition: how a document restricts what it is under."""
    sentences = re.split(r"(?<=[.!?:;])\s+|\n\s*\n|\n\s*[-*#|]", plain(text))
    return [" ".join(s.split())[:120] for s in sentences if _ABOUT_USE.search(s) and conditions_in(words_of(s))]


def _other_version(change: Change, words: Sequence[str], own: Numbers, index: Index) -> str | None:
    """A number or month of the text where the licence has another: `3.1 instead of 3.2`."""
    known = _dated(index)
    theirs = [known[n] for n in own[slice(*change.there)].tolist() if n in known]
    ours = [word for word in words[slice(*change.here)] if _is_dated(word)]
    if not theirs or not ours or set(ours) & set(theirs):
        return None
    before = words[change.here[0] - 1] if change.here[0] else ""
    named = before.isalpha() and len(before) > 3
    telling = named or any("." in word or word in _MONTHS for word in (*ours, *theirs))
    return f"{' '.join(ours)} instead of {' '.join(theirs)}" if telling else None


def _other_family(change: Change, words: Sequence[str], own: Numbers, index: Index) -> str | None:
    """A licence's name where the reference has another word: an exception to another licence."""
    if change.there[0] == change.there[1]:
        return None
    theirs = set(own[slice(*change.there)].tolist())
    named = [word for word in words[slice(*change.here)] if word in _FAMILIES]
    return next((word for word in named if int(index.numbered([word])[0]) not in theirs), None)


def _narrowing(change: Change, words: Sequence[str]) -> str:
    """Words put right before what a grant gives or to whom, with that; empty where there are none."""
    here, following = words[slice(*change.here)], words[change.here[1] : change.here[1] + 1]
    put_in = change.there[0] == change.there[1] and following and following[0] in _NARROWED
    return " ".join((*here, *following)) if put_in and set(here) - _FURNITURE else ""


def _renamed(change: Change, words: Sequence[str], own: Numbers, index: Index) -> str:
    """Another word in the place of the licence's own name: `acme instead of llama`."""
    from rapidfuzz.distance import Levenshtein

    here = [word for word in words[slice(*change.here)] if word.isalpha()]
    known = dict(zip(index.numbered(sorted(_OWN_NAMES)).tolist(), sorted(_OWN_NAMES), strict=True))
    for name in (known[number] for number in own[slice(*change.there)].tolist() if number in known and number < 0xFFFF):
        if here and all(Levenshtein.distance(name, word) > _MISREAD for word in here):
            return f"{' '.join(here)} instead of {name}"
    return ""


def _is_dated(word: str) -> bool:
    return word in _MONTHS or word.replace(".", "").isdigit()


@lru_cache(maxsize=1)
def _dated(index: Index) -> dict[int, str]:
    """Which word numbers are versions, years or months: the index knows words only as numbers."""
    versions = [f"{major}.{minor}" for major in range(21) for minor in range(13)]
    named = [*_MONTHS, *map(str, range(2100)), *versions]
    return {number: word for word, number in zip(named, index.numbered(named).tolist(), strict=True) if number < 0xFFFF}


def _rights_left_out(found: Match, words: Sequence[str], own: Numbers, index: Index) -> Iterator[str]:
    """One right taken out of an otherwise whole text is meant; a text with holes everywhere is a bad copy."""
    from rapidfuzz.distance import Levenshtein

    weighty = sorted(_RIGHTS | DECIDING)
    rights = {number: word for number, word in zip(index.numbered(weighty).tolist(), weighty, strict=True)
              if number < 0xFFFF}  # fmt: skip
    for change in found.changes:
        here = words[slice(*change.here)]
        gone = [rights[n] for n in own[slice(*change.there)].tolist() if n in rights]
        if gone and not all(any(Levenshtein.distance(right, word) == 1 for word in here) for right in gone):
            yield f"words left out: {' '.join(gone)}"


def _quoted(here: Sequence[str], conditions: Sequence[str]) -> str:
    at = here.index(conditions[0])
    return " ".join(here[max(0, at - 4) : at + 5])
