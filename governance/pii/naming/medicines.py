"""Medicines, products of the ward and germs, most of which the model takes for people: `Metformin`, `Mepilex Border`,
`Klebsiella pneumoniae`.

A dose under a made-up name would be a dangerous thing to learn. As with terms of art, only guesses are held against the
list: who is known by a title, a label or a full name elsewhere is masked wherever the name stands.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files

from governance.pii.naming.eponyms import belongs_to_a_name
from governance.pii.text.spans import Range
from governance.pii.words import clinic_words, labels

_WORD = re.compile(r"(?<![\w-])(?P<head>[^\W\d_]{4,40})(?P<tail>-[^\W\d_]{1,20})?(?!\w)")
_SPECIES = re.compile(r" [a-z]{4,20}(?!\w)")
_NEXT = re.compile(r" (?P<form>[A-ZÀ-Þ][^\W\d_]{1,20})(?![\w-])")
_MOST_FORMS = 3
_LEAST_STEM = 8
_TIES = frozenset((" ", "/", "-", "+", " + ", ", ", " and "))


@lru_cache(maxsize=1)
def listed() -> frozenset[str]:
    """Names in small letters without accents; none of them is the name of people too."""
    medicines = files("governance.pii.naming").joinpath("medicines.txt").read_text(encoding="utf-8").split()
    return frozenset((*medicines, *_germs(), *map(_plain, _products())))


def _products() -> frozenset[str]:
    return labels.listed(clinic_words.PRODUCTS) | labels.listed(clinic_words.ALONE)


@lru_cache(maxsize=1)
def _germs() -> frozenset[str]:
    return frozenset(map(_plain, labels.listed(clinic_words.GERMS)))


def medicines(text: str) -> Iterator[Range]:
    """Where they stand, in order, several in a row as one, but not where one belongs to somebody's name."""
    found: list[Range] = []
    for word in _WORD.finditer(text):
        name = next((one for one in (word.group(), word["head"]) if _is_listed(_plain(one))), None)
        if name is None:
            continue
        end = _with_its_form(text, name, word.start() + len(name))
        if found and text[found[-1][1] : word.start()] in _TIES:
            found[-1] = (found[-1][0], end)
        else:
            found.append((word.start(), end))
    for start, end in found:
        if not belongs_to_a_name(text, start):
            yield start, end


def _is_listed(word: str) -> bool:
    """Also as other languages end it: `Risperidon`, `Metamizolo`, `Cotrimoxazol`."""
    stem = word.rstrip("eoa") if len(word) >= _LEAST_STEM else ""
    return word in listed() or (bool(stem) and (stem in listed() or f"{stem}e" in listed()))


def _with_its_form(text: str, name: str, end: int) -> int:
    """Where `name` ends with the species of a germ or with what kind of a product it is (`Border`, `Retard`)."""
    if _plain(name) in _germs():
        species = _SPECIES.match(text, end)
        return species.end() if species else end
    for _ in range(_MOST_FORMS):
        more = _NEXT.match(text, end)
        if more is None or more["form"].lower() not in _forms():
            break
        end = more.end()
    return end


@lru_cache(maxsize=1)
def _forms() -> frozenset[str]:
    return labels.listed(clinic_words.FORMS)


def _plain(word: str) -> str:
    if word.isascii():
        return word.lower()
    return "".join(c for c in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(c))
