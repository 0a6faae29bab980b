"""A labelled text again, about other people and places and with other numbers: names teach less than their setting."""

from __future__ import annotations

import re

from scripts.tagger_corpora import Labelled, Mark
from scripts.tagger_letters import Inventor

_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[^\W\d_]{2,}")
_KEPT = frozenset(("mr", "mrs", "ms", "dr", "the", "of", "and", "de", "van", "von", "der", "la", "al", "el"))
_NUMBERED = frozenset(("CODE", "AMOUNT"))


def varied(text: Labelled, inventor: Inventor) -> Labelled:
    """Words of names exchanged one for one, the same word by the same word; places; digits of codes and sums."""
    names: dict[str, str] = {}
    places: dict[str, str] = {}
    parts: list[str] = []
    marks: list[Mark] = []
    position = length = 0
    for start, end, label in sorted(text.marks):
        if start < position:
            continue
        parts.append(text.text[position:start])
        length += start - position
        value = text.text[start:end]
        if label == "PERSON":
            value = _WORD.sub(lambda word: _renamed(word.group(), names, inventor), value)
        elif label == "LOCATION" and value.istitle():
            value = places.setdefault(value, inventor.drawn("city"))
        elif label in _NUMBERED:
            value = _DIGIT.sub(lambda _: str(inventor.number(0, 9)), value)
        parts.append(value)
        marks.append((length, length + len(value), label))
        length += len(value)
        position = end
    return Labelled("".join([*parts, text.text[position:]]), tuple(marks), text.labels)


def _renamed(word: str, names: dict[str, str], inventor: Inventor) -> str:
    if word.lower() in _KEPT:
        return word
    if word.lower() not in names:
        names[word.lower()] = inventor.drawn(inventor.one("first_name", "last_name", "last_name"))
    other = names[word.lower()]
    return other.upper() if word.isupper() else other.lower() if word.islower() else other
