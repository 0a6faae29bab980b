"""A document's text as blocks: headings, paragraphs with their lists, numbered provisions, tables.

Ingest hands on text with headings marked by #, tables as `name: value` lines, and whatever numbering the author used.
Lines that a page broke are joined again, so that a block is whole sentences or is not used.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

_FRONT = re.compile(r"\A---\n(.{0,4000}?)\n---\n", re.S)
_FRONT_TITLE = re.compile(r"^title:\s*[\"']?(.{3,100}?)[\"']?\s*$", re.M)
_HEADING = re.compile(r"(#{1,6})\s+(.{1,150}?)\s*#*")
_NUMBER = re.compile(
    r"(?:(?:Rule|Section|Article|Paragraph)\s+)?\(?(\d{1,3}(?:\.\(?[0-9A-Z]{1,3}\)?){1,4})\)?[.)]?"
    r"(?!\s+(?:times|per ?cent|percentage|(?:basis )?points|%|thousand|[mb]illion|seconds?|minutes?|hours?|days?|weeks?"
    r"|months?|years?|(?:business|working|calendar) days|euros?|dollars?|pounds?|and|or|of|than)(?!\w))(?:\s+(.*))?"
)
"""A provision's number and its text; the amount or the reference that a wrapped line begins with is none."""
_DECIMAL = re.compile(r"\d+\.\d")
_ITEM = re.compile(r"\s*(?:[-*•▪–]|\([a-zA-Z]{1,2}\)|\([ivx]{1,5}\)|\(?\d{1,2}[.)]|[a-z][.)])\s+(?=\S)")
_PIPED = re.compile(r"\s*\|(.*)\|\s*")
_RULER = re.compile(r"[\s|:+=_-]*")
_END = (".", ":", ";", "?", "!", "”", '"', ")")
_MOST_WORDS_OF_HEADING = 12
_BESIDE = frozenset(("footnotes", "notes", "references", "contents"))
_LINKS = (
    (re.compile(r"!\[[^\]\n]{0,300}\]\([^)\n]{0,500}\)|\{[{%].{0,300}?[%}]\}|<!--.{0,2000}?-->|\[\^\w{1,20}\]"), ""),
    (re.compile(r"\[([^\]\n]{1,300})\](?:\([^)\n]{0,500}\)|\[[^\]\n]{0,100}\])"), r"\1"),
    (re.compile(r"<(?:https?:)?/?[A-Za-z][^<>\n]{0,200}>"), " "),
    (re.compile(r"(\*\*|__)(?=\S)(.{1,300}?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![\w*])([*_])(?=[^\s*_])([^*_\n]{1,300}?)(?<=\S)\1(?![\w*])"), r"\2"),
)
Kind = Literal["heading", "paragraph", "provision", "table"]


@dataclass(frozen=True)
class Block:
    """`text` is one paragraph as it is written, its list items each on a line of their own.

    `topic` is the heading above it. Of a table `cells` holds the rows, the header first; a provision has a number, its
    own or that of the heading that it is the first paragraph of.
    """

    kind: Kind
    text: str
    topic: str = ""
    number: str = ""
    cells: tuple[tuple[str, ...], ...] = ()

    @property
    def barred(self) -> str:
        """A table's rows, one a line, with bars between their cells."""
        return "\n".join(" | ".join(row) for row in self.cells)


def title_of(text: str) -> str:
    """What the document calls itself: its front matter's title, its first heading of the first level, or the heading
    that it begins with; else nothing."""
    front = _FRONT.match(text)
    named = _FRONT_TITLE.search(front[1]) if front else None
    if named:
        return plain(named[1])
    firsts = [m[2] for line in text.split("\n") if (m := _HEADING.fullmatch(line)) and m[1] == "#"]
    opening = _HEADING.fullmatch(_FRONT.sub("", text).lstrip().split("\n", 1)[0])
    return plain(firsts[0]) if firsts else _heading(opening[2]) if opening else ""


def plain(text: str) -> str:
    """Without links, images, emphasis and template marks, on one line."""
    for pattern, instead in _LINKS:
        text = pattern.sub(instead, text)
    return " ".join(text.split())


def blocks(text: str) -> Iterator[Block]:
    """The document's blocks in order, without its front matter and its code."""
    lines = _without_code(_FRONT.sub("", text).split("\n"))
    topic, number, place = "", "", 0
    while place < len(lines):
        line = lines[place]
        heading, numbered = _HEADING.fullmatch(line), _NUMBER.fullmatch(line)
        table = _table(lines, place)
        if not line.strip():
            place += 1
        elif heading:
            said, number, place = _heading(heading[2]), _number(heading[2]), place + 1
            topic = topic if said.lower() in _BESIDE else said
            yield Block("heading", said, topic, number)
        elif table:
            place += len(table[0])
            yield Block("table", "", topic, cells=table[1])
        elif numbered and not numbered[2]:
            number, place = numbered[1], place + 1
        elif numbered and _is_heading(numbered[2], lines[place + 1] if place + 1 < len(lines) else ""):
            topic, number, place = plain(numbered[2]), numbered[1], place + 1
            yield Block("heading", topic, topic, number)
        else:
            number = numbered[1] if numbered else number
            said, place = _paragraph(lines, place, numbered[2] if numbered else line)
            yield Block("provision" if number else "paragraph", said, topic, number)
            number = ""


def _without_code(lines: Sequence[str]) -> list[str]:
    kept: list[str] = []
    fence = ""
    for line in lines:
        mark = line.strip()[:3]
        if mark in ("```", "~~~") and (not fence or fence == mark):
            fence = "" if fence else mark
        elif not fence:
            kept.append(line)
    return kept


def _heading(text: str) -> str:
    numbered = _NUMBER.fullmatch(text)
    return plain(numbered[2] if numbered and numbered[2] else text)


def _number(text: str) -> str:
    numbered = _NUMBER.fullmatch(text)
    return numbered[1] if numbered else ""


def _is_heading(text: str, below: str) -> bool:
    """A few words without an end, which the line below does not go on with: `2.4.3 Record-keeping`."""
    short = len(text.split()) <= _MOST_WORDS_OF_HEADING and not text.rstrip().endswith(_END)
    goes_on = below.strip()[:1].islower() or (_DECIMAL.match(below) and not _NUMBER.fullmatch(below))
    return short and text[:1].isupper() and not goes_on


def _paragraph(lines: Sequence[str], place: int, first: str) -> tuple[str, int]:
    """The paragraph that begins with `first` at `place`, with the list that it introduces; and where it ends."""
    said = [[first.strip()]]
    place += 1
    while place < len(lines):
        line, last = lines[place], said[-1][-1]
        listed = len(said) > 1 or _ITEM.match(said[0][0]) is not None
        if not line.strip():
            ahead = _next_item(lines, place)
            if not ahead or not (listed or last.endswith((":", ";", ","))):
                break
            place = ahead
        elif _begins_another(lines, place):
            break
        elif _ITEM.match(line) and (listed or last.endswith((":", "—", "–", "-"))):
            said.append([line.strip()])
            place += 1
        elif _ITEM.match(line) or last.endswith(_END):
            break
        else:
            said[-1].append(line.strip())
            place += 1
    return "\n".join(" ".join(parts) for parts in said), place


def _next_item(lines: Sequence[str], place: int) -> int:
    """Where a list goes on behind one or two empty lines; 0: it does not."""
    ahead = next((n for n in range(place, min(place + 3, len(lines))) if lines[n].strip()), 0)
    return ahead if ahead and _ITEM.match(lines[ahead]) and not _begins_another(lines, ahead) else 0


def _begins_another(lines: Sequence[str], place: int) -> bool:
    line = lines[place]
    provision = _NUMBER.fullmatch(line) and not _ITEM.match(line)
    return bool(_HEADING.fullmatch(line) or provision or _table(lines, place))


def _table(lines: Sequence[str], place: int) -> tuple[Sequence[str], tuple[tuple[str, ...], ...]] | None:
    """The lines of the table that begins here and its rows of cells, the header first."""
    if _PIPED.fullmatch(lines[place]):
        end = _run(lines, place, _PIPED)
        rows = [_PIPED.fullmatch(line)[1].split("|") for line in lines[place:end] if not _RULER.fullmatch(line)]  # type: ignore[index]
        cells = tuple(tuple(map(plain, row)) for row in rows)
    elif " | " in lines[place]:
        header = lines[place].split(" | ")
        named = list(_named(lines, place + 1, header))
        end = place + 1 + len(named)
        cells = (tuple(map(plain, header)), *(tuple(map(plain, row)) for row in named))
    else:
        return None
    return (lines[place:end], cells) if len(cells) > 2 and len(cells[0]) > 1 else None


def _named(lines: Sequence[str], place: int, header: Sequence[str]) -> Iterator[Sequence[str]]:
    """The cells of each line from `place` on that ingest wrote under this header."""
    places: dict[str, list[int]] = {}
    for column, name in enumerate(header):
        places.setdefault(name, []).append(column)
    if any(": " in name or "; " in name for name in places):
        return
    for number in range(place, len(lines)):
        row = _cells(lines[number], places)
        if row is None:
            return
        yield ["; ".join(row.get(column, ())) for column in range(len(header))]


def _cells(line: str, places: Mapping[str, Sequence[int]]) -> dict[int, list[str]] | None:
    """The parts of each cell between its semicolons, by column; None unless two cells stand behind their names.

    Only the name of a later column begins a cell, so that `Yes; except: minors` is one. Behind ` ;` it begins none.
    """
    cells: dict[int, list[str]] = {}
    column, parts = -1, [""]
    for piece in line.split("; "):
        name, colon, value = piece.partition(": ")
        known = places.get(name, ())
        later = bisect_right(known, column)
        if not colon or (column < 0 and later == len(known)):
            return None
        if later < len(known) and not parts[-1].endswith(" "):
            column, parts = known[later], [value]
            cells[column] = parts
        else:
            parts[-1] = parts[-1].removesuffix(" ") if known else parts[-1]
            parts.append(piece)
    return cells if len(cells) > 1 else None


def _run(lines: Sequence[str], place: int, pattern: re.Pattern[str]) -> int:
    return next((n for n in range(place, len(lines)) if not pattern.fullmatch(lines[n])), len(lines))
