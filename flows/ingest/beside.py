"""What a row says beside its conversation: whether that is said in it too, or would be lost."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flows.ingest import plain
from flows.ingest.reading import Turn
from flows.ingest.turns import Malformed, dialogue

_LETTER = "[0-9a-zß-ɏ]"
_WHOLE = f"(?:(?<!{_LETTER})|(?!{_LETTER})){{}}(?:(?!{_LETTER})|(?<!{_LETTER}))"
_LONG = 40
"""Code points of an answer that is no part of a word by chance; a pattern of more would be slow."""


def says(value: object, name: str, turns: Sequence[Turn]) -> bool:
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
