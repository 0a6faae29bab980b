"""Machine-readable zones of passports, identity cards and visas (ICAO 9303, parts 4 to 7).

A zone says name, number, nationality and birth, and vouches for them by check digits; it is taken as a whole. One whose
check digits fail, as where a scan was misread, is no less somebody's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from governance.pii.text.spans import Range, Span

FILLER = "<"
_WEIGHTS = (7, 3, 1)
_LINE = re.compile(r"(?<![^\s>\"'`|])[A-Z0-9<]{30,44}(?![\w<])")
_BETWEEN = re.compile(r"[ \t\"'`|]{0,4}(?:\r?\n|\\n|[ \t])[>\"'`| \t]{0,6}")
_NAMES = re.compile(r"[A-Z]+(?:<[A-Z]+)*<<[A-Z]+(?:<[A-Z]+)*")
_UNVERIFIED = 0.6


@dataclass(frozen=True)
class Zone:
    """So many lines of so many signs. Each of `checks` is a (line, places of what is checked, place of its digit)."""

    lines: int
    width: int
    kinds: str
    names: int
    checks: tuple[tuple[Sequence[tuple[int, int, int]], tuple[int, int]], ...]


TD1 = Zone(3, 30, "ACI", 2, (
    (((0, 5, 14),), (0, 14)), (((1, 0, 6),), (1, 6)), (((1, 8, 14),), (1, 14)),
    (((0, 5, 30), (1, 0, 7), (1, 8, 15), (1, 18, 29)), (1, 29)),
))  # fmt: skip
_SECOND = ((((1, 0, 9),), (1, 9)), (((1, 13, 19),), (1, 19)), (((1, 21, 27),), (1, 27)))
TD2 = Zone(2, 36, "ACIP", 0, (*_SECOND, (((1, 0, 10), (1, 13, 20), (1, 21, 35)), (1, 35))))
TD3 = Zone(2, 44, "P", 0, (*_SECOND, (((1, 0, 10), (1, 13, 20), (1, 21, 43)), (1, 43))))
_VISAS = (Zone(2, 44, "V", 0, _SECOND), Zone(2, 36, "V", 0, _SECOND))
"""They have no digit over all the others."""
_ZONES = (TD1, TD2, TD3, *_VISAS)


def zones(text: str) -> Iterator[Span]:
    """Spans of type PASSPORT, or NATIONAL_ID for cards, over whole zones, and PERSON over the names in them."""
    if FILLER not in text:
        return
    found = [match.span() for match in _LINE.finditer(text)]
    for at in range(len(found)):
        for zone in _ZONES:
            places = found[at : at + zone.lines]
            if _is_block(text, places, zone):
                yield from _spans(text, places, zone)


def _is_block(text: str, places: Sequence[Range], zone: Zone) -> bool:
    if len(places) < zone.lines or any(end - start != zone.width for start, end in places):
        return False
    together = all(_BETWEEN.fullmatch(text, end, start) for (_, end), (start, _) in pairwise(places))
    return together and text[places[0][0]] in zone.kinds and FILLER * 2 in text[slice(*places[zone.names])]


def _spans(text: str, places: Sequence[Range], zone: Zone) -> Iterator[Span]:
    lines = [text[start:end] for start, end in places]
    kind = "PASSPORT" if lines[0][0] in "PV" else "NATIONAL_ID"
    yield Span(places[0][0], places[-1][1], kind, 1.0 if is_verified(lines, zone) else _UNVERIFIED)
    start = places[zone.names][0] + (0 if zone is TD1 else 5)
    named = _NAMES.match(text, start, places[zone.names][1])
    if named:
        yield Span(named.start(), named.end(), "PERSON", _UNVERIFIED)


def is_verified(lines: Sequence[str], zone: Zone) -> bool:
    """Whether all check digits are right."""
    for parts, (line, place) in zone.checks:
        said = "".join(lines[number][start:end] for number, start, end in parts)
        if lines[line][place] != str(check_digit(said)):
            return False
    return True


def check_digit(said: str) -> int:
    """ICAO 9303 part 3, 4.9: weights 7, 3, 1 over digits, letters from A = 10, and fillers, which are nothing."""
    values = (0 if sign == FILLER else int(sign, 36) for sign in said)
    return sum(value * _WEIGHTS[at % 3] for at, value in enumerate(values)) % 10
