"""What is personal in a text that is still being written: decided piece by piece, and never taken back.

A piece is decided once a fixed number of code points after it is known, so no number or name is let go while it
may still grow. Where the text is looked at depends on its code points alone, not on how they arrive: the same
text gives the same pieces, however it is cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple
from unicodedata import category

from governance.pii.cells.grids import grid
from governance.pii.detect import find
from governance.pii.naming import names
from governance.pii.repeats import REPEATED_CHARS, repeated
from governance.pii.settings import PiiPolicy
from governance.pii.text.spans import Span, disjoint
from governance.pii.text.visible import visible

AHEAD = 48
"""Characters that must be known after a decided one: more than any grouped IBAN has."""
CONTEXT_CHARS = 160
LONGEST_CONTEXT_CHARS = 4_000
KNOWN_VALUES = 500
_CUT_OFF_CHARS = 120
_HEADER_LINES = 3
"""Names, a ruler and a row, without which nothing is seen to head a table."""
_FIRST = 8
_UNIT = 64
_SPACE = re.compile(r"\s")
_WORD = re.compile(r"\S+")
_SPELT = re.compile(r"(?<!\w)\w(?:[\W_]{1,4}\w(?!\w)){5,200}")
"""Signs one by one, of which a long number takes more than `AHEAD`."""
_TELLING = re.compile(r"[\d@/\\]|\w[._+]\w")
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0")


@dataclass(frozen=True)
class Pace:
    """At most `hold` characters (96 or more) are held back, and the text is looked at every `step`.

    White space and invisible characters hardly count, so that padding cannot push the end of a number out of sight.
    """

    hold: int

    @property
    def step(self) -> int:
        return (self.hold - AHEAD) // 3


class Piece(NamedTuple):
    """Decided text; `type` is empty where it is not personal. `goes_on` marks the rest of the span before it."""

    text: str
    type: str
    goes_on: bool = False


@dataclass(frozen=True)
class Growing:
    """The end of a text: up to `decided` it is context, after it undecided. `looked` is where it was looked at last.

    `inside` is the type of the span that the last decision cut in two, or empty; `known` holds (value, type) of
    what was found so far, so that a name found once is found again.
    """

    text: str = ""
    decided: int = 0
    looked: int = 0
    inside: str = ""
    known: tuple[tuple[str, str], ...] = ()

    def plus(self, more: str) -> Growing:
        return replace(self, text=self.text + more)

    def next_look(self, pace: Pace) -> int | None:
        """Up to where `text` is looked at next; None while too little has come.

        The first words leave early; within a span, which is masked anyway, looks are further apart.
        """
        step = pace.step + (self.decided // 8 if self.inside else 0) if self.decided else _FIRST
        seen, ahead = _reach(self.text, self.looked, step), _reach(self.text, self.decided, AHEAD + step)
        return None if seen is None or ahead is None else max(seen, ahead)


def advance(growing: Growing, policy: PiiPolicy, types: frozenset[str], pace: Pace) -> tuple[Growing, list[Piece]]:
    """Decides all that can be decided; pieces join to the text without a gap. Raises what detection raises."""
    pieces: list[Piece] = []
    while (seen := growing.next_look(pace)) is not None:
        spans = _spans(growing.text[:seen], growing, policy, types)
        end = _cut(growing.text[:seen], growing.decided, spans, pace)
        pieces += _pieces(growing, spans, end)
        growing = _pruned(replace(_learnt(growing, spans, end), looked=seen))
    return growing, pieces


def finish(
    growing: Growing, policy: PiiPolicy, types: frozenset[str], pace: Pace, cut_off: bool
) -> tuple[Growing, list[Piece]]:
    """Decides the rest of a text that ended. Of one that was `cut_off`, an unfinished number or address is left out."""
    growing, pieces = advance(growing, policy, types, pace)
    text = growing.text
    spans = _spans(text, growing, policy, types)
    shown = max(growing.decided, unfinished(text, spans)) if cut_off else len(text)
    pieces += _pieces(growing, spans, shown)
    ended = replace(_learnt(growing, spans, shown), decided=len(text), looked=len(text), inside="")
    return _pruned(ended), pieces


def unfinished(text: str, spans: list[Span]) -> int:
    """Where the words begin with which a text that was cut off may have begun a number or an address."""
    start = len(text)
    for word in reversed(list(_WORD.finditer(text, max(0, start - _CUT_OFF_CHARS)))):
        if not _TELLING.search(word.group()):
            break
        start = word.start()
    return max(start, spans[-1].end) if spans else start


def _spans(text: str, growing: Growing, policy: PiiPolicy, types: frozenset[str]) -> list[Span]:
    """Of the wanted types, disjoint and in order; with the rest of a span that was cut in two."""
    found = [span for span in find(text, policy) if span.type in types]
    again = [span for span in _again(text, growing.known) if span.type in types]
    if growing.inside:
        space = _SPACE.search(text, growing.decided)
        found.append(Span(growing.decided, space.start() if space else len(text), growing.inside, 1.0))
    return disjoint([*found, *again], first=types)


def _again(text: str, known: tuple[tuple[str, str], ...]) -> Iterator[Span]:
    """Where values stand that were found earlier."""
    view = visible(text)
    people = [value for value, kind in known if kind == "PERSON"]
    yield from map(view.original, names.mentions(people, view.text, names.lower_words(view.text)))
    kinds = {value: kind for value, kind in known if kind != "PERSON" and len(value) >= REPEATED_CHARS}
    yield from map(view.original, repeated(view.text, kinds))


def _cut(text: str, decided: int, spans: list[Span], pace: Pace) -> int:
    """Up to where `text` is decided now: a word's begin outside of all spans, or what may be held no longer."""
    cut = _back(text, AHEAD)
    while cut > decided and not text[cut - 1].isspace():
        cut -= 1
    for start, end in [*((s.start, s.end) for s in spans), *(m.span() for m in _SPELT.finditer(text, decided))][::-1]:
        if start < cut < end:
            cut = start
    return max(cut, decided, _back(text, pace.hold - pace.step))


def _reach(text: str, start: int, characters: int) -> int | None:
    """The place that is `characters` after `start`; None where the text ends before."""
    left = characters * _UNIT
    for position in range(start, len(text) if len(text) - start >= characters else start):
        left -= _weight(text[position])
        if left <= 0:
            return position + 1
    return None


def _back(text: str, characters: int) -> int:
    """The place that is `characters` before the end."""
    left, position = characters * _UNIT, len(text)
    while position > 0 and left > 0:
        position -= 1
        left -= _weight(text[position])
    return position


@lru_cache(maxsize=4_096)
def _weight(character: str) -> int:
    hidden = character.isspace() or character in _FILLERS or category(character) in ("Cf", "Cc", "Mn", "Me")
    return 1 if hidden else _UNIT


def _pieces(growing: Growing, spans: list[Span], end: int) -> list[Piece]:
    """The text from `growing.decided` to `end`."""
    text, position, pieces = growing.text, growing.decided, []
    for span in spans:
        start, stop = max(span.start, position), min(span.end, end)
        if start >= stop:
            continue
        if start > position:
            pieces.append(Piece(text[position:start], ""))
        pieces.append(Piece(text[start:stop], span.type, bool(growing.inside) and start == growing.decided))
        position = stop
    if position < end:
        pieces.append(Piece(text[position:end], ""))
    return pieces


def _learnt(growing: Growing, spans: list[Span], end: int) -> Growing:
    """Decided up to `end`, with what was found before it."""
    values = {(visible(growing.text[s.start : s.end]).text, s.type): None for s in spans if s.end <= end}
    known = tuple({**dict.fromkeys(growing.known), **values})[-KNOWN_VALUES:]
    inside = next((s.type for s in spans if s.start < end < s.end), "")
    return replace(growing, decided=end, inside=inside, known=known)


def _pruned(growing: Growing) -> Growing:
    """Without what is no longer needed as context; the begin of a span that was cut in two is needed."""
    reach = LONGEST_CONTEXT_CHARS if growing.inside else CONTEXT_CHARS
    drop = max(0, growing.decided - reach)
    if not drop:
        return growing
    space = _SPACE.search(growing.text, drop, growing.decided)
    drop = space.end() if space else drop
    head, drop = _header(growing.text[: growing.decided], drop)
    moved = len(head) - drop
    text = head + growing.text[drop:]
    return replace(growing, text=text, decided=growing.decided + moved, looked=growing.looked + moved)


def _header(text: str, drop: int) -> tuple[str, int]:
    """What names the columns of the table that text[drop:] goes on with, and where the row begins that `drop` is in."""
    start = text.rfind("\n", 0, drop) + 1
    heads = [row.cells[0].start for row in grid(text).rows if row.heads and row.cells[0].start <= drop]
    begin = text.rfind("\n", 0, heads[-1]) + 1 if heads else start
    lines = text[begin:start].splitlines(keepends=True)
    if not heads or not all(map(str.strip, lines)) or drop - start > LONGEST_CONTEXT_CHARS:
        return "", drop
    return "".join(lines[:_HEADER_LINES]), start
