"""A form's label types its value: `Surname: Weber`, `Kontonummer<tab>…`, `"dob": "…"`, a label above its value.

Runs over whole documents, since the header of a long table may stand far above a cell.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from governance.pii.cells.grids import Grid, grid
from governance.pii.cells.tables import Cell, Lines, cells, lines_of, stripped, typed
from governance.pii.fields import asked, keys, sql_rows
from governance.pii.fields.keys import key_label
from governance.pii.mentions import letters, small_letters
from governance.pii.text.spans import Span
from governance.pii.words.labels import Label, label

_MAX_LINE = 20_000
_NEAR_LINES = 8
_FEWEST_DIGITS = 4
"""Of a number that stands beside its label in one cell: what the next one holds is something else."""
_LABEL = re.compile(
    r"(?:^|[;|,\t({]| {2}|(?<=[\w)][.!?]) )[ \t>*_•·#\"'`-]{0,12}(?:\d{1,2}[.)] )?"
    r"(?P<label>[^\W\d_](?:[^ :=;|,\n\t\"<>]| (?! )){1,58}?)[*_\"'` ]{0,3}[:=][*_]{0,2}(?=[ \t\"']|\d|[A-Z])"
)
_STATED = re.compile(r" (?:is|was|lautet|ist|est|es|è|sono|son|sind|are) (?=[^.;:\n]{0,30}\d)(?P<value>[^\n;]{3,160})")
_LABEL_WORDS = re.compile(r"(?:[^\W_]+[ '’]){0,3}[^\W_]+\Z")
_SENTENCE_ENDS = re.compile(r"(?<=[\w)])[.!?](?= [^\W\da-z]|\s*\Z)|,? (?:and|und|et|y|e|en) [a-zß-ÿ]")
_TAG = re.compile(r"<(?P<label>[A-Za-z_][\w.-]{1,40})(?: [^<>]{0,80})?>(?P<value>[^<>\n]{1,160})</")
_KEY = re.compile(r"(?<![\w.&?])(?P<label>[A-Za-z_]{3,24})=(?P<value>[^\s;,&|\"'<>()]{3,60})")
_LED = re.compile(
    r"[ \t>*•#-]{0,12}(?:\d{1,2}[.)] )?(?P<label>[^\W\d_](?:[^:=;|,\n\t\"<>…_.]|\.(?=[^\W\d_])){1,58}?) ?"
    r"(?:[.…_·] ?){3,4000}+(?!\d{1,3}[ \t]*$)"
)
"""`Date of birth ........ `, as printed forms lead to what was filled in, and a table of contents to a page."""
_VALUE_ENDS = re.compile(r"[;|\t}]| {3,}|,(?=\s*\")|(?<=\")[,}]")


@dataclass(frozen=True)
class Pair:
    """A label with its value, on line number `line`."""

    line: int
    label: Label
    value: Cell


def forms(text: str, table: Grid | None = None) -> Iterator[Span]:
    """Spans that labels, column headers, mail headers and signatures give away; they may overlap.

    `table` is the grid of `text`, if known.
    """
    lines = lines_of(text)
    yield from (table or grid(text)).typed
    yield from asked.in_lines(lines)
    yield from letters.headers(lines)
    yield from letters.salutations(text)
    yield from letters.quoted(text)
    yield from letters.signatures(lines)
    yield from sql_rows.rows(text)
    yield from small_letters.people(text, lines, letters.closings(lines))
    yield from (span for offset, line in lines if "=" in line for span in _queried(offset, line))
    pairs = [pair for number, (offset, line) in enumerate(lines) for pair in _pairs(number, offset, line)]
    pairs += _stacked(lines)
    sure = sorted(pair.line for pair in pairs if pair.label.strength == "sure")
    for pair in pairs:
        one = _in_its_place(pair, sure)
        if one is not None and one.type:
            yield from typed(pair.value, one)


def _pairs(number: int, offset: int, line: str) -> Iterator[Pair]:
    if len(line) > _MAX_LINE:
        return
    if ":" in line or "=" in line:
        yield from _marked(number, offset, line)
    if "=" in line:
        yield from _keyed(number, offset, line)
    if (":" in line or "=" in line) and ('"' in line or "'" in line):
        yield from (Pair(number, one, value) for one, value in keys.quoted(line, offset))
    led = _LED.match(line) if any(mark in line for mark in ("..", "__", "…", ". .")) else None
    one = label(led["label"]) if led else None
    if led and one is not None:
        yield Pair(number, one, stripped(line[led.end() :], offset + led.end()))
    yield from _stated(number, offset, line)
    for delimiter in ("|", "\t", "  ", ";", ","):
        if delimiter in line and not (delimiter in ";," and f"{delimiter} " in line):
            yield from _beside(number, cells(line, delimiter, offset))
    if "</" in line:
        for match in _TAG.finditer(line):
            one = label(match["label"])
            if one is not None:
                yield Pair(number, one, stripped(match["value"], offset + match.start("value")))


def _marked(number: int, offset: int, line: str) -> Iterator[Pair]:
    """`Label: value` and `label = value`, as often as they stand in the line."""
    found = list(_LABEL.finditer(line))
    starts = [match.start() for match in found[1:]] + [len(line)]
    for match, limit in zip(found, starts[: len(found)], strict=True):
        one = (label if " " in match["label"] else key_label)(match["label"])
        if one is None:
            continue
        start = match.end()
        while start < limit and line[start] in " \t":
            start += 1
        end = _VALUE_ENDS.search(line, start, limit)
        value = stripped(line[start : end.start() if end else limit].rstrip(" ,."), offset + start)
        if not keys.is_label(value.text):
            yield Pair(number, one, value)


def _queried(offset: int, line: str) -> Iterator[Span]:
    if len(line) <= _MAX_LINE:
        yield from keys.queries(line, offset)


def _keyed(number: int, offset: int, line: str) -> Iterator[Pair]:
    """`user=…` in the line of a log."""
    for match in _KEY.finditer(line):
        one = key_label(match["label"])
        if one is not None:
            yield Pair(number, one, Cell(offset + match.start("value"), match["value"]))


def _stated(number: int, offset: int, line: str) -> Iterator[Pair]:
    """`Ihre Anschrift lautet …`, `my account number is …`: a sentence that gives a value with a digit."""
    for match in _STATED.finditer(line):
        before = _LABEL_WORDS.search(line, max(0, match.start() - 60), match.start())
        words = before.group().split(" ") if before else []
        found = (label(" ".join(words[first:])) for first in range(len(words)))
        one = next((one for one in found if one is not None and one.strength == "sure"), None)
        if one is not None and one.type not in ("PERSON", "ORGANIZATION", "LOCATION", "NRP"):
            value = match["value"]
            end = _SENTENCE_ENDS.search(value)
            yield Pair(number, one, stripped(value[: end.start() if end else None], offset + match.start("value")))


def _beside(number: int, row: Sequence[Cell]) -> Iterator[Pair]:
    """Cells of one line in which label and value alternate."""
    for left, right in pairwise(row):
        one = label(left.text.rstrip(": "))
        said = sum(map(str.isdigit, left.text)) >= _FEWEST_DIGITS
        if one is not None and one.strength == "sure" and not said and label(right.text) is None:
            yield Pair(number, one, right)


def _stacked(lines: Lines) -> Iterator[Pair]:
    """A line that is nothing but a label, and the value on the next line or after one empty line."""
    for number, (offset, line) in enumerate(lines[:-1]):
        cell = stripped(line, offset) if len(line) <= 60 else None
        one = label(cell.text.rstrip(": ")) if cell else None
        if one is None or one.strength == "in_context":
            continue
        following = next(((o, text) for o, text in lines[number + 1 : number + 3] if text.strip()), None)
        if following is not None and len(following[1]) <= 160 and label(following[1].strip()) is None:
            yield Pair(number, _careful(one), stripped(following[1].rstrip(" ,."), following[0]))


def _careful(one: Label) -> Label:
    """A name under a label must look like one, since the line may as well be a heading."""
    return replace(one, strength="in_context") if one.type in ("PERSON", "ORGANIZATION") else one


def _in_its_place(pair: Pair, sure: Sequence[int]) -> Label | None:
    """The label as strong as it is there: `Name` and `Via` say nothing of people unless a form surrounds them."""
    if pair.label.strength == "sure":
        return pair.label
    at = bisect_left(sure, pair.line - _NEAR_LINES)
    if at < len(sure) and sure[at] <= pair.line + _NEAR_LINES:
        return replace(pair.label, strength="in_context")
    return pair.label if pair.label.strength == "likely" else None
