"""Medicines, most of which the model takes for people: `Metformin`, `Clexane`, `Amoxicillin/Clavulanate`.

A dose under a made-up name would be a dangerous thing to learn. As with terms of art, only guesses are held against the
list: who is known by a title, a label or a full name elsewhere is masked wherever the name stands.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files

from governance.pii.eponyms import belongs_to_a_name
from governance.pii.names import TITLES
from governance.pii.spans import Range

_WORD = re.compile(r"(?<![\w-])[^\W\d_]{5,40}(?!\w)")
_TIES = frozenset((" ", "/", "-", "+", " + ", ", ", " and "))
_TITLED = re.compile(rf"(?<!\w)(?:{TITLES})\.? \Z")
_TITLE_CHARS = 16


@lru_cache(maxsize=1)
def listed() -> frozenset[str]:
    """Substances and brands in small letters without accents; none of them is the name of people too."""
    return frozenset(files("governance.pii").joinpath("medicines.txt").read_text(encoding="utf-8").split())


def medicines(text: str) -> Iterator[Range]:
    """Where they stand, in order, several in a row as one. A title, a given name or an initial right before makes a
    person of the name.
    """
    found: list[Range] = []
    for word in _WORD.finditer(text):
        if _plain(word.group()) not in listed():
            continue
        if found and text[found[-1][1] : word.start()] in _TIES:
            found[-1] = (found[-1][0], word.end())
        else:
            found.append(word.span())
    for start, end in found:
        titled = _TITLED.search(text, max(0, start - _TITLE_CHARS), start)
        if not (titled or belongs_to_a_name(text, start)):
            yield start, end


def _plain(word: str) -> str:
    if word.isascii():
        return word.lower()
    return "".join(c for c in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(c))
