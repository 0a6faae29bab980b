"""What a request itself says: an assistant that answers about a given letter has to name who wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import accumulate

from governance.pii.text.visible import visible

_WORD = re.compile(r"\w+")
_WRITTEN = ("messages", "prompt")


class Prompt:
    """The texts of one request. Its caller knows them, so they are no secret from the caller."""

    def __init__(self, fields: Mapping[str, object]) -> None:
        self._fields = fields

    def says(self, kind: str, value: str) -> bool:
        """Whether a value of a type stands in the request, in whole words and however spaced.

        Of a person each word must stand there, and neighbours near each other: two people make no third.
        """
        words = _words(value)
        if kind == "PERSON":
            return bool(words) and self._vocabulary.issuperset(words) and all(map(self._beside, words, words[1:]))
        return bool(words) and any(_stands("".join(words), text) for text in self._texts)

    def _beside(self, one: str, other: str) -> bool:
        """Whether two words stand together in either order, with at most one between them."""
        return any(other in text[max(0, place - 2) : place + 3] for text in self._texts for place in _places(one, text))

    @cached_property
    def _texts(self) -> list[list[str]]:
        return [_words(text) for name in _WRITTEN for text in _strings(self._fields.get(name))]

    @cached_property
    def _vocabulary(self) -> frozenset[str]:
        return frozenset(word for words in self._texts for word in words)


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(visible(text).text)]


def _places(word: str, text: list[str]) -> Iterator[int]:
    return (place for place, said in enumerate(text) if said == word)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _strings(part)


def _stands(value: str, words: list[str]) -> bool:
    """Whether neighbouring words join to `value`; none of them is cut."""
    joined = "".join(words)
    start = joined.find(value)
    if start < 0:
        return False
    borders = {0, *accumulate(map(len, words))}
    while start >= 0:
        if start in borders and start + len(value) in borders:
            return True
        start = joined.find(value, start + 1)
    return False
