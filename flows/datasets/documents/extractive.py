"""Questions that a passage answers by its own structure; no model writes anything.

A heading asks for its first paragraph, a definition for its meaning, a numbered rule for its text and for what it
refers to, a table for its cells. Every answer is the document's own words, whole sentences or a whole cell, and every
prompt begins with the passage that it stands in. What only a document says, a model that has not read it can but find
or invent, and rows without their passage teach it to invent (arXiv:2405.05904; with passage: RAFT, arXiv:2403.10131).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Literal, NamedTuple

from flows.datasets.documents.passages import passages
from flows.datasets.documents.structure import Block, blocks, plain, title_of

Kind = Literal["definition", "rule", "reference", "section", "point", "look-up"]
_TERM = r"[A-Z0-9][\w’'/-]+(?: (?:[A-Z(][\w’'/()-]*|of|and|the|or|in|for|to)){0,7}"
_MEANS = r"\s+(?:[Mm]eans|refers to|has the meaning)\s+\S.{15}"
_DOUBTED = r"\b(?:[Tt]hat|[Nn]ot|[Nn]ever|[Ii]f|[Ww]hether|[Ww]hen|[Ww]here|[Ww]hat|[Hh]ow|[Ww]hy)\b"
"""Before a term: its meaning is told of, denied, asked or supposed. `In these rules` and `The word` only place it."""
_DEFINITIONS = (
    re.compile(rf"(?:(?!{_DOUBTED}).){{0,40}}?((?:[Tt]he term )?[\"“]([A-Z][^\"”“\n]{{1,60}})[\"”]{_MEANS})"),
    re.compile(rf"(?:\d[\d.()]*\s+)?(({_TERM}){_MEANS})"),
)
_OBLIGES = re.compile(r"\b(?:must|shall|may not|is required to|are required to|expects?)\b")
_PLACE = r"\d+(?:\.\d+)*(?:\.?\(\w{1,3}\))*"
_REFERENCE = re.compile(
    rf"\b(?:[Rr]ule|[Ss]ection|[Pp]aragraph|[Cc]hapter|[Aa]rticle|Part|Annex)s?\s({_PLACE})"
    rf"(?:(?:,| and| or| to|,? –)\s{_PLACE})*"
    rf"(?:\sof\s(?:the\s)?(?!Chapter|Part|Section|Schedule|Annex)[A-Z][\w’']*(?:\s[A-Z][\w’']*)*)?"
)
_POINT = re.compile(r"(?:[-*•]\s+)?\*\*(?:\d+\.\s)?([^*\n]{3,60}?)[.:]?\*\*(\s*[:–—-])?\s+(\S.+)")
_PERIOD = re.compile(
    r"(?:(?:Q[1-4]|H[12]|FY)[ /-]?)?(?:19|20)\d\d(?:[/-]\d{2,4})?|FY ?\d\d|(?:\d{1,2}\.){2}\d{4}|\d{4}(?:-\d\d){2}"
)
"""What heads a column without a word: a year, a quarter, a day."""
_WORDS = re.compile(r"[A-Za-z]{3,}")
_DIGEST = re.compile(r"[0-9a-f]{8,}")
_VAGUE = frozenset(("that", "this", "it", "which", "what", "he", "she", "they", "these", "those", "there", "using"))
_NOT_PEOPLE = frozenset(("ORGANIZATION", "LOCATION"))
_MIN_ANSWER, _MOST_LOOKED_UP = 60, 12
_LONGEST_CELL, _LONGEST_NAME = 200, 80
_LONGEST_ANSWER = 400
_MOST_OF_PASSAGE = 0.6
"""Whoever repeats the passage has found nothing in it."""


class Found(NamedTuple):
    """One question with its answer, and the structure that it was read from."""

    kind: Kind
    question: str
    answer: str
    passage: str = ""

    @property
    def prompt(self) -> str:
        """What is asked: the passage, an empty line, the question."""
        return f"{self.passage}\n\n{self.question}"


def questions(text: str, path: str) -> Iterator[Found]:
    """What the document's passages answer, each question once. `path` names a document without a title."""
    parts, name = list(blocks(text)), title_of(text) or _named(path)
    seen: set[str] = set()
    for passage, numbers in passages(parts, name):
        for one in (found for number in numbers for found in _asked(parts, number, name)):
            if one.question not in seen and _is_within(one, passage):
                seen.add(one.question)
                yield one._replace(passage=passage)


def _asked(parts: Sequence[Block], number: int, name: str) -> Iterator[Found]:
    """What one block answers, by all that it is."""
    part = parts[number]
    yield from _definitions(part, name)
    if part.kind == "provision":
        yield from _provision(part, name)
    if number:
        yield from _section(parts[number - 1], part, name)
    yield from _points(part, name)
    if part.kind == "table":
        yield from _look_ups(part, name)


def _is_within(one: Found, passage: str) -> bool:
    """Whether the passage holds the answer, word for word, and enough besides. References are listed, not quoted."""
    short = len(one.answer) <= min(_LONGEST_ANSWER, _MOST_OF_PASSAGE * len(passage))
    return short and (one.kind == "reference" or one.answer in passage)


def _named(path: str) -> str:
    """The file's name as words; nothing for one that scrubbing has replaced by its digest."""
    stem = PurePosixPath(path).stem
    return "" if _DIGEST.fullmatch(stem) else " ".join(re.split(r"[\s_-]+", stem)).strip()


def _within(name: str, topic: str, joint: str = "of") -> str:
    """Where something stands: under its heading, in its document."""
    under = f" under “{topic}”" if topic and topic != name else ""
    return f"{under} {joint} “{name}”" if name else under


def _definitions(part: Block, name: str) -> Iterator[Found]:
    lines = part.text.split("\n")
    for number, line in enumerate(map(plain, lines)):
        match = next((m for pattern in _DEFINITIONS if (m := pattern.match(line))), None)
        answer = _answer([line[match.start(1) :], *([] if number else lines[1:])]) if match else ""
        if match and answer and match[2].split()[0].lower() not in _VAGUE:
            where = f"In the document “{name}”, what" if name else "What"
            yield Found("definition", f"{where} does “{match[2]}” mean?", answer)


def _provision(part: Block, name: str) -> Iterator[Found]:
    """The rule's text, if it obliges anybody, and which others it names."""
    where = f"paragraph {part.number}{_within(name, part.topic)}"
    if not (name or part.topic):
        return
    answer = _answer(part.text.split("\n"))
    if len(answer) >= _MIN_ANSWER and _OBLIGES.search(answer):
        yield Found("rule", f"What does {where} require?", answer)
    own = part.number.split("(")[0].rstrip(".")
    named = [match for match in _REFERENCE.finditer(answer) if match[1].split("(")[0] != own]
    others = list(dict.fromkeys(" ".join(match[0].split()) for match in named))
    if others:
        yield Found("reference", f"Which other provisions does {where} refer to?", f"{_listed(others)}.")


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{'; '.join(names[:-1])}; and {names[-1]}"


def _section(above: Block, part: Block, name: str) -> Iterator[Found]:
    """A heading that stands above a paragraph of prose, which is no rule of its own."""
    if above.kind != "heading" or part.kind not in ("paragraph", "provision") or above.text == name or not name:
        return
    answer = _answer(part.text.split("\n"))
    if part.kind == "provision" and _OBLIGES.search(answer):
        return
    if len(answer) >= _MIN_ANSWER and _is_prose(answer.split("\n")[0]):
        asked = f"{name}: {above.text}" if above.text.endswith("?") else f"What does “{name}” say about “{above.text}”?"
        yield Found("section", asked, answer)


def _points(part: Block, name: str) -> Iterator[Found]:
    """Items of a list that begin with a name in bold."""
    matches = [match for line in part.text.split("\n") if name and (match := _POINT.fullmatch(line))]
    for match in matches:
        answer, goes_on = _answer([match[3]]), not match[2] and not plain(match[3])[:1].isupper()
        if len(answer) >= _MIN_ANSWER and _is_prose(answer) and not goes_on:
            yield Found("point", f"What is said of “{plain(match[1])}”{_within(name, part.topic, 'in')}?", answer)


def _look_ups(part: Block, name: str) -> Iterator[Found]:
    """One cell of each of the first rows, another column each time. Nothing of tables about people, nor of columns that
    share a name: nobody knows which is meant."""
    from governance.pii.words.labels import label

    header, *rows = part.cells
    keys = Counter(row[0] for row in rows)
    personal = any(one.type not in _NOT_PEOPLE for one in map(label, header) if one is not None)
    named = all(_is_name(one) or _PERIOD.fullmatch(one) for one in header)
    names = Counter(map(str.casefold, header))
    columns = [place for place, one in enumerate(header) if place and names[one.casefold()] == 1]
    if personal or not (named and columns) or max(keys.values()) > 1 or not (name or part.topic):
        return
    for number, row in enumerate(rows[:_MOST_LOOKED_UP]):
        column = columns[number % len(columns)]
        if len(row) == len(header) and _is_name(row[0]) and row[0] not in header and _says(row[column], row[0]):
            asked = f"In the table{_within(name, part.topic)}, what stands under “{header[column]}” for “{row[0]}”?"
            yield Found("look-up", asked, row[column])


def _is_name(cell: str) -> bool:
    return len(cell) <= _LONGEST_NAME and _WORDS.search(cell) is not None


def _says(cell: str, key: str) -> bool:
    return cell != key and len(cell) <= _LONGEST_CELL and any(map(str.isalnum, cell))


def _answer(lines: Sequence[str]) -> str:
    """The block's own words, a list's items on lines of their own; empty where it does not end, or asks itself."""
    said = [line for line in map(plain, lines) if line]
    if not said:
        return ""
    if len(said) == 1 and said[0].endswith(";"):
        return said[0].removesuffix(";")
    last = said[-1][-1]
    return "\n".join(said) if last in '.!”")' or (len(said) > 1 and last.isalnum()) else ""


def _is_prose(line: str) -> bool:
    """Words, not a table, code or menu."""
    words = sum(len(word) for word in _WORDS.findall(line))
    return line[:1].isalpha() and words > 0.6 * len(line) and " | " not in line
