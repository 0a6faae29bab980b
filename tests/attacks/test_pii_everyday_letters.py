"""Letters, forms, chats and notes as a bank's, hospital's or law firm's people write them lose who they speak of.

Written by hand, and labelled before any detector had read them: `[[PERSON a|Dolores Whitcombe]]`; `?` marks what is
personal only beside other things.
"""

from __future__ import annotations

import re
from pathlib import Path

from governance.pii.detect import find
from governance.pii.recall.gold import GoldSpan, GoldText, Identifier
from governance.pii.recall.measure import measure
from governance.pii.settings import QUASI, PiiPolicy

LETTERS = Path(__file__).with_name("pages") / "everyday_letters.txt"
LEAST_DIRECT = 0.95
_MARK = re.compile(r"\[\[(?P<type>\w+)(?P<quasi>\??) (?P<entity>\S+?)\|(?P<said>.+?)\]\]", re.DOTALL)


def read(marked: str) -> GoldText:
    name, body = marked.rstrip("\n").split("\n", 1)
    text, spans, position = "", list[GoldSpan](), 0
    for mark in _MARK.finditer(body):
        text += body[position : mark.start()]
        quasi = bool(mark["quasi"]) or mark["type"] in QUASI
        end, position = len(text) + len(mark["said"]), mark.end()
        kind: Identifier = "quasi" if quasi else "direct"
        spans.append(GoldSpan(start=len(text), end=end, type=mark["type"], identifier=kind, entity_id=mark["entity"]))
        text += mark["said"]
    return GoldText(id=name, text=text + body[position:], spans=tuple(spans))


def test_everyday_letters_lose_whom_they_speak_of() -> None:
    letters = [read(one) for one in re.split(r"^=== ", LETTERS.read_text("utf-8"), flags=re.MULTILINE)[1:]]

    found = {letter.id: find(letter.text, PiiPolicy()) for letter in letters}

    hidden = measure(letters, found).figures["ER_direct"]
    assert hidden is not None
    assert hidden >= LEAST_DIRECT
