"""Spans over a text: resolved to disjoint ones, kept off allowed terms, and applied."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import groupby
from os.path import commonprefix


@dataclass(frozen=True, order=True)
class Span:
    """Code points `start` to `end` (exclusive) of a text, its type and how sure the detector is."""

    start: int
    end: int
    type: str
    score: float

    def moved(self, offset: int) -> Span:
        return replace(self, start=self.start + offset, end=self.end + offset)


_BETWEEN = re.compile(r"[^\n<>|\[\](){}:\"]+")
_OPENED_BY = {")": "(", ">": "<", "]": "["}
_SPACE, _SPACES, _RUN = re.escape(" "), r"\s{1,3}", re.compile(" +")
WORDY = frozenset(("PERSON", "ORGANIZATION", "LOCATION", "NRP", "STREET_ADDRESS", "DENIED", "USERNAME"))


Range = tuple[int, int]
"""Code points from the first to the second (exclusive)."""


@dataclass(frozen=True)
class Ranges:
    """Places in a text, in order; they may touch, but not overlap."""

    places: Sequence[Range] = ()

    @cached_property
    def _ends(self) -> list[int]:
        return [end for _, end in self.places]

    def met(self, span: Span) -> Iterator[Range]:
        """Those of which `span` has a part."""
        for index in range(bisect_right(self._ends, span.start), len(self.places)):
            if self.places[index][0] >= span.end:
                return
            yield self.places[index]

    def meet(self, span: Span) -> bool:
        return next(self.met(span), None) is not None

    def hold(self, span: Span) -> bool:
        """Whether one of them covers all of `span`."""
        return any(start <= span.start and span.end <= end for start, end in self.met(span))


NOWHERE = Ranges()


def joined(ranges: Iterable[Range]) -> Ranges:
    """`ranges` in order, those that overlap as one."""
    found: list[Range] = []
    for start, end in sorted(ranges):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return Ranges(found)


def disjoint(spans: Iterable[Span], first: frozenset[str] = frozenset()) -> list[Span]:
    """Spans without overlaps, in order. Types in `first` win, then the higher score, then the longer span.

    What a losing span covers beyond the winner is kept as a shorter span of its own, so that nothing
    which some detector found goes unmasked.
    """
    ranked = sorted(set(spans), key=lambda s: (s.type not in first, -s.score, s.start - s.end, s.start, s.type))
    kept: list[Span] = []
    for span in ranked:
        for piece in list(_free(span, kept)):
            insort(kept, piece)
    return kept


def _free(span: Span, kept: list[Span]) -> Iterator[Span]:
    """The parts of `span` that no span in `kept` (disjoint, sorted) covers."""
    index = max(0, bisect_right(kept, span.start, key=lambda s: s.start) - 1)
    start = span.start
    while index < len(kept) and kept[index].start < span.end:
        if kept[index].start > start:
            yield replace(span, start=start, end=kept[index].start)
        start = max(start, kept[index].end)
        index += 1
    if start < span.end:
        yield replace(span, start=start)


def cut(span: Span, text: str) -> Iterator[Span]:
    """The span without line ends, brackets and bars, as one span a piece: no name goes over one."""
    for piece in _BETWEEN.finditer(text, span.start, span.end):
        if piece.group().strip():
            yield replace(span, start=piece.start(), end=piece.end())


def trimmed(spans: Iterable[Span], text: str) -> list[Span]:
    """Spans without outer white space and punctuation; those without a letter or digit are dropped.

    A secret stays as it is, since any sign may be part of it.
    """
    result = []
    for span in spans:
        start, end = span.start, span.end
        if span.type == "SECRET":
            result += [span] if any(map(str.isalnum, text[start:end])) else []
            continue
        while start < end and not (text[start].isalnum() or text[start] in "+(<[@"):
            start += 1
        while start < end and not (text[end - 1].isalnum() or _closes(text, start, end - 1)):
            end -= 1
        if any(c.isdigit() or (c.isalpha() and span.type in WORDY) for c in text[start:end]) or _whole(span, text):
            result.append(replace(span, start=start, end=end))
    return result


def _closes(text: str, start: int, at: int) -> bool:
    """Whether a bracket that stands at `at` was opened since `start`."""
    opened = _OPENED_BY.get(text[at])
    return opened is not None and opened in text[start:at]


def _whole(span: Span, text: str) -> bool:
    """Not the rest of a word that another span has taken: at least three letters."""
    return sum(c.isalpha() for c in text[span.start : span.end]) > 3


@lru_cache(maxsize=16)
def terms(words: tuple[str, ...], flags: int = 0) -> re.Pattern[str] | None:
    """A pattern for any of `words` as whole words, longest first, up to three spaces where they have some; or None."""
    if not words:
        return None
    spaced = either(_RUN.sub(" ", word) for word in words).replace(_SPACE, _SPACES)
    return re.compile(rf"(?<!\w){spaced}(?!\w)", flags)


def either(words: Iterable[str]) -> str:
    """A pattern for any of `words`, the longest that fits first. What words share at their beginning stands once,
    so that thousands of them cost a text little more than one.
    """
    words = sorted(set(words))
    branches = []
    for _, group in groupby(filter(None, words), key=lambda word: word[0]):
        alike = list(group)
        shared = commonprefix(alike)  # noqa: RUF071 - characters are what is meant
        branches.append(re.escape(shared) + either([word[len(shared) :] for word in alike]))
    if not branches:
        return ""
    return f"(?:{'|'.join(branches)}){'?' if words[0] == '' else ''}"


def places(text: str, pattern: re.Pattern[str] | None) -> list[tuple[int, int]]:
    """Where `pattern` matches, in order."""
    return [match.span() for match in pattern.finditer(text)] if pattern else []


def outside(spans: Iterable[Span], allowed: Sequence[tuple[int, int]]) -> list[Span]:
    """Spans that lie in none of the places `allowed`, which are disjoint and in order (an article before a place
    may be included).
    """
    ends = [end for _, end in allowed]
    return [span for span in spans if not _inside(span, allowed, ends)]


def _inside(span: Span, allowed: Sequence[tuple[int, int]], ends: list[int]) -> bool:
    """Of disjoint terms in order, only the first that ends no earlier than the span can hold it."""
    index = bisect_left(ends, span.end)
    return index < len(allowed) and allowed[index][0] - 4 <= span.start and allowed[index][0] < span.end


def apply(text: str, spans: Iterable[Span], substitute: Callable[[Span, str], str]) -> str:
    """The text with each span replaced; `spans` are disjoint and in order."""
    parts, position = [], 0
    for span in spans:
        parts += [text[position : span.start], substitute(span, text[span.start : span.end])]
        position = span.end
    return "".join([*parts, text[position:]])
