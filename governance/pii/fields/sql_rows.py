"""Rows of a database dump: `INSERT INTO t (id, first_name, dob) VALUES (1, 'Ann', '1988-04-17')` names its columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from governance.pii.cells.tables import Cell, typed
from governance.pii.fields.keys import key_label
from governance.pii.text.spans import Range, Span
from governance.pii.words.labels import Label

_MOST_ROWS = 100_000
_INSERT = re.compile(
    r"(?<!\w)(?:INSERT|REPLACE)(?: IGNORE)? INTO (?P<table>[^\s(]{1,120})\s{0,4}"
    r"(?:\((?P<columns>[^()]{2,4000})\)\s{0,4})?"
    r"VALUES\s{0,4}(?=\()",
    re.IGNORECASE,
)
_CREATE = re.compile(
    r"(?<!\w)CREATE TABLE (?:IF NOT EXISTS )?(?P<table>[^\s(]{1,120})\s{0,4}\(\n"
    r"(?P<columns>(?:[ \t][^\n]{0,400}\n){1,500}+)",
    re.IGNORECASE,
)
_KEY = re.compile(r"[ \t]+(?:PRIMARY|UNIQUE|KEY|CONSTRAINT|INDEX|FOREIGN|CHECK|FULLTEXT)\b", re.IGNORECASE)
_COPY = re.compile(r"^COPY [^\s(]{1,120} \((?P<columns>[^()\n]{2,4000})\) FROM stdin;\n", re.MULTILINE)
_COPY_ENDS = "\n\\."
_VALUE = re.compile(
    r"\s{0,8}(?:[NEne]?'(?P<said>(?:[^'\\]|''|\\.){0,4000}+)'|(?P<bare>[^\s,'()][^,'()]{0,200}+))\s{0,8}"
)
_BETWEEN = re.compile(r"\)\s{0,8},\s{0,8}\(")


def rows(text: str) -> Iterator[Span]:
    """Values of the types that the names of their columns give."""
    if "into " in text or "INTO " in text:
        columns = {match["table"]: _created(match["columns"]) for match in _CREATE.finditer(text)}
        for match in _INSERT.finditer(text):
            if match["columns"]:
                columns[match["table"]] = _labels(match["columns"].split(","))
            yield from _inserted(text, match.end() + 1, columns.get(match["table"], []))
    end = 0
    for match in _COPY.finditer(text) if "COPY " in text else ():
        if match.start() >= end:
            end = text.find(_COPY_ENDS, match.end())
            end = end if end >= 0 else len(text)
            yield from _copied(text, (match.end(), end), _labels(match["columns"].split(",")))


def _created(lines: str) -> list[Label | None]:
    return _labels([line.split()[0] for line in lines.splitlines() if line.strip() and not _KEY.match(line)])


def _labels(columns: Sequence[str]) -> list[Label | None]:
    """`name` and `id` say something of people only beside a column that does so by itself."""
    found = [key_label(name.strip(" \t\n`\"[]")) for name in columns]
    of_people = any(one is not None and one.strength == "sure" and one.type for one in found)
    return [one if of_people else None for one in found]


def _inserted(text: str, start: int, labels: list[Label | None]) -> Iterator[Span]:
    for _ in range(_MOST_ROWS if labels else 0):
        for one in labels:
            value = _VALUE.match(text, start)
            if value is None:
                return
            if one is not None:
                yield from _typed(Cell(*_place(value)), one)
            start = value.end() + 1
            if text[value.end() : start] != ",":
                break
        following = _BETWEEN.match(text, start - 1)
        if following is None:
            return
        start = following.end()


def _place(value: re.Match[str]) -> tuple[int, str]:
    which = "bare" if value["said"] is None else "said"
    return value.start(which), value[which].rstrip()


def _copied(text: str, bounds: Range, labels: list[Label | None]) -> Iterator[Span]:
    start, end = bounds
    for line in text[start:end].split("\n"):
        at = start
        for value, one in zip(line.split("\t"), labels, strict=False):
            if one is not None and value != "\\N":
                yield from _typed(Cell(at, value), one)
            at += len(value) + 1
        start += len(line) + 1


def _typed(cell: Cell, one: Label) -> Iterator[Span]:
    if one.type:
        yield from typed(cell, one)
