"""What a question asks for types its answer: `What is your date of birth?`, and `4 July 1983` in the next turn or line.

In six languages, as labels are. Only what asks for a value itself: `Where do I change my address?` asks for none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from governance.pii.cells.tables import SCORE, Lines, stripped, typed
from governance.pii.cells.values import dates
from governance.pii.text.spans import Span
from governance.pii.words import form_words
from governance.pii.words.labels import FUNCTION_WORDS, ROLE_WORDS, Label, label, listed, normal

_MOST_QUESTION, _MOST_ANSWER = 300, 160
_SENTENCE_ENDS = re.compile(r"(?<=[.!?])\s+|:\s+|\n")
_AND = re.compile(r"[,;/&]|\b(?:and|und|et|y|e|en|plus)\b", re.IGNORECASE)
_SPEAKER = re.compile(r"\s*[^\W\d_][\w .'’()-]{0,30}:\s+")
_BEFORE = frozenset(form_words.ASKING.split()) | FUNCTION_WORDS | ROLE_WORDS
_BEHIND = frozenset(form_words.POLITE.split())
_YOURS = frozenset(form_words.YOURS.split())
_FOR_NAMES = listed(form_words.ASKING_FOR_NAMES)
_LED_IN = re.compile(
    r"\s*(?:(?:yes|sure|ok(?:ay)?|of course|certainly|it['’]?s|it is|that['’]?s|this is|i['’]?m|i am|ja|klar|gerne|oui"
    r"|bien s[uû]r|s[ií]|claro|certo|es ist|das ist|c['’]est|het is|is|ist|est|es|è)\b[ .!:]*)+",
    re.IGNORECASE,
)
_FEW_WORDS = 3


def labels_in(question: str) -> list[Label]:
    """The labels of what the last sentence of `question` asks for."""
    asked = question.strip()[-_MOST_QUESTION:]
    if not asked.endswith(("?", ":", ".", "!")) or asked.endswith(("...", "…")):
        return []
    sentence = _SENTENCE_ENDS.split(asked.rstrip(" ?:.!"))[-1]
    return [one for part in _AND.split(sentence) if (one := _label_of(part)) is not None]


def answers(question: str, text: str, start: int = 0) -> Iterator[Span]:
    """Spans of `text`, which stands at `start` and answers `question`; none where nothing personal was asked for."""
    wanted = labels_in(question) if len(text.strip()) <= _MOST_ANSWER else []
    for one in wanted:
        if one.type == "DATE_OF_BIRTH":
            yield from (Span(start + m.start(), start + m.end(), one.type, SCORE) for m in dates(text))
        else:
            yield from (span for at, piece in _pieces(text) for span in _typed(piece, start + at, one))


def in_lines(lines: Lines) -> Iterator[Span]:
    """Of a conversation written down line by line, with or without who speaks."""
    said = [(offset, line) for offset, line in lines if line.strip()]
    for (_, question), (offset, answer) in pairwise(said):
        if question.rstrip().endswith("?") and len(answer) <= _MOST_ANSWER:
            speaker = _SPEAKER.match(answer)
            begins = speaker.end() if speaker else 0
            yield from answers(question, answer[begins:], offset + begins)


def _label_of(part: str) -> Label | None:
    """The label that a part of a question ends with, if all before it does nothing but ask.

    `Name` or `policy number` alone may be anything's; `your name` is a person's.
    """
    asked = normal(part)
    if asked in _FOR_NAMES:
        return Label("PERSON")
    words = asked.split()
    while words and words[-1] in _BEHIND:
        words.pop()
    for first in range(len(words)):
        one, before = label(" ".join(words[first:])), frozenset(words[:first])
        meant = ("sure", "in_context") if before & _YOURS else ("sure",)
        if one is not None and one.type and one.strength in meant:
            return Label(one.type) if before <= _BEFORE else None
    return None


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """What an answer gives one after another, without `Sure,` and `It is`."""
    begins = 0
    for mark in [*_AND.finditer(text), None]:
        piece = text[begins : mark.start() if mark else None]
        led = _LED_IN.match(piece)
        at = led.end() if led else 0
        yield begins + at, piece[at:]
        begins = mark.end() if mark else begins


def _typed(piece: str, start: int, one: Label) -> Iterator[Span]:
    cell = stripped(piece.rstrip(" .!"), start)
    few = len(cell.text.split()) <= _FEW_WORDS
    careful = one if few or one.type != "PERSON" else Label(one.type, "in_context")
    yield from typed(cell, careful)
