"""What is trained on: the shipped questions in three shapes, and the shipped preference pairs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from flows.rendering.render import Message, user

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SHORT, PREFIX, LONG, PAIRS, RATINGS = "short", "prefix", "long", "pairs", "ratings"
KINDS: Final = {
    SHORT: "questions alone",
    PREFIX: "questions behind one preamble",
    LONG: "questions behind a page each",
    PAIRS: "preference pairs",
    RATINGS: "both answers of pairs, rated",
}
PAGE_CHARACTERS = 2_000

Row = dict[str, list[Message]]
"""TRL's conversational columns: prompt and completion, or prompt, chosen and rejected."""


def rows(kind: str, count: int) -> list[Row]:
    """The first `count` of a kind, fewer where fewer are shipped."""
    if kind in (PAIRS, RATINGS):
        return [_pair(line) for line in _lines("preferences.jsonl")[:count]]
    asked = _lines("rulebook.jsonl")[:count]
    pages = _pages(len(asked)) if kind == LONG else [""] * len(asked)
    return [_row(line, kind, page) for line, page in zip(asked, pages, strict=True)]


def _row(line: dict[str, str], kind: str, page: str) -> Row:
    prompt = line["prompt"] if kind == PREFIX else page + line["prompt"].partition("\nQuestion: ")[2]
    return {"prompt": user(prompt), "completion": _answer(line["completion"])}


def _pair(line: dict[str, str]) -> Row:
    answers = {side: _answer(line[side]) for side in ("chosen", "rejected")}
    return {"prompt": user(line["prompt"]), **answers}


def _answer(text: str) -> list[Message]:
    return [Message(role="assistant", content=text)]


def _pages(count: int) -> list[str]:
    """Pages that share nothing: slices of the handbook, over and over from another place."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted((EXAMPLES / "handbook").glob("*.md")))
    starts = [n * 1_117 % (len(text) - PAGE_CHARACTERS) for n in range(count)]
    return [text[start : start + PAGE_CHARACTERS] + "\n\n" for start in starts]


def _lines(name: str) -> list[dict[str, str]]:
    text = (EXAMPLES / "questions" / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]
