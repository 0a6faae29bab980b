"""From which side a text bounds a number: `at least` and `at most`, in six languages."""

from __future__ import annotations

import re

from flows.datasets.claims.quantities import numbers

_TERM = "frist|dauer|betrag|alter|laufzeit|höhe|zahl|anzahl"
_BOUNDS = (
    ("least", re.compile(
        rf"\b(?:at least|minimum|mindestens|wenigstens|mindest(?:{_TERM})|minimale[mnrs]?|au moins|al menos|"
        r"por lo menos|como mínimo|mínim[oa] de|almeno|al minimo|minim[oa] di|minstens|ten minste|minimaal)\b"
    )),
    ("most", re.compile(
        rf"\b(?:at most|maximum|höchstens|maximal|höchst(?:{_TERM})|maximale[mnrs]?|au plus(?! tôt)|a lo sumo|"
        r"como máximo|máxim[oa] de|al massimo|massim[oa] di|hoogstens|ten hoogste|maximaal)\b"
    )),
)  # fmt: skip
_UP_TO = re.compile(r"\b(?:up to|within|bis zu|innerhalb|jusqu'|hasta|fino a|entro|binnen)\b")
_OVER = re.compile(
    r"\b(?:above|more than|(?:long|old|lat)er than|exceed\w*|after|mehr als|plus de|après|más de|después del?|più di|"
    r"oltre|dopo|meer dan)\b"
)
_UNDER = re.compile(
    r"\b(?:below|(?:less|fewer) than|(?:short|young|earli)er than|before|weniger als|moins de|avant|menos de|"
    r"antes del?|meno di|prima del?|minder dan)\b"
)
_BESIDE = 6
"""Characters at most, a currency's, from an "above" to its number: `above EUR 500`, and not `above section 5`."""
_NEAR = 14
"""Characters from an "up to" to its number: `within the first five days`, and not `within the bank for five years`."""


def bounds(text: str) -> frozenset[str]:
    """Whether it says `least` or `most` of something; "no more than" and the like are for `denies`."""
    found = {which for which, shape in _BOUNDS if shape.search(text)}
    begins = [number.start for number in numbers(text)]
    for which, shape, near in (("most", _UP_TO, _NEAR), ("most", _UNDER, _BESIDE), ("least", _OVER, _BESIDE)):
        ends = [word.end() for word in shape.finditer(text)]
        found |= {which for end in ends if any(0 <= begin - end < near for begin in begins)}
    return frozenset(found)
