"""What a row says beside its question or its conversation: whether that is said there too, or would be lost."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flows.ingest import plain
from flows.ingest.examples.labels import Row
from flows.ingest.reading import Turn
from flows.ingest.examples.turns import Malformed, dialogue

ASKED = ("prompt", "question", "query", "instruction")
ANSWERS = ("completion", "answer", "output", "response")
_LETTER = "[0-9a-zß-ɏ]"
_WHOLE = f"(?:(?<!{_LETTER})|(?!{_LETTER})){{}}(?:(?!{_LETTER})|(?<!{_LETTER}))"
_LONG = 40
"""Code points of an answer that is no part of a word by chance; a pattern of more would be slow."""


def is_given(row: Row, name: str) -> bool:
    """Whether a field that may be missing is there: a 0 is, and is refused where a text belongs."""
    return row.get(name) not in (None, "", [])


def refuse_another(row: Row, taken: str, turns: tuple[Turn, ...]) -> None:
    """A question under a second name would be lost, unless one is part of the other, as in a prompt made of it."""
    said_in_turns = "\n\n".join(turn.content for turn in turns)
    asked = row[taken] if isinstance(row[taken], str) else said_in_turns
    whole = f"{asked}\n\n{said_in_turns}"
    for name in (name for name in ASKED if name != taken and is_given(row, name)):
        other = row[name]
        if not isinstance(other, str) or (other.strip() not in whole and str(asked).strip() not in other):
            raise Malformed(f"{taken} and {name} ask two things: leave one out")


def refuse_unsaid(row: Row, name: str, turns: tuple[Turn, ...]) -> None:
    """What stands beside a conversation would be lost: an answer that the assistant does not give in it, a question or
    a passage that nobody says in it.
    """
    for other in (other for other in ANSWERS if is_given(row, other)):
        if turns[-1].role == "user" and row.get("chosen") is None:
            raise Malformed(f"{name} ends with the user: write {other} as its last message, of the assistant")
        if not _says(row[other], other, [turn for turn in turns if turn.role == "assistant"]):
            raise Malformed(f"{name} and {other} answer otherwise: leave one out")
    for other in (other for other in (*ASKED, "context", "input") if is_given(row, other)):
        if isinstance(row[other], str | list) and not _says(row[other], other, turns):
            raise Malformed(f"{other} is not said in {name}: write it there, or leave it out")


def _says(value: object, name: str, turns: Sequence[Turn]) -> bool:
    """Whether the turns hold a text, several, or messages whole, in whatever spaces and case: no `A` in `Any`."""
    listed = value if isinstance(value, list) else [value]
    plainly = all(isinstance(one, str | int | float) for one in listed)
    try:
        texts = [str(one) for one in listed] if plainly else _texts(dialogue(value, name, "assistant"))
    except Malformed:
        return False
    heard = _spaced("\n".join(_texts(turns)))
    return all(_stands(_spaced(text), heard) for text in texts)


def _stands(text: str, heard: str) -> bool:
    whole = len(text) > _LONG or re.search(_WHOLE.format(re.escape(text)), heard) is not None
    return whole and text in heard


def _texts(turns: Sequence[Turn]) -> list[str]:
    return [turn.content for turn in turns]


def _spaced(text: str) -> str:
    return " ".join(plain.visible(text).casefold().split())
