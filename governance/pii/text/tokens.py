"""spaCy's tokenizer, made to read a run without spaces in time that grows with its length alone.

It takes one mark after another off both ends of such a run, and each time searches and copies all that is left: an
hour for a page of brackets. What it looks for at an end is short, so that a look at the end alone finds the same;
and no word is as long as the runs that are read piece by piece here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokenizer import Tokenizer
    from spacy.tokens import Doc

END_CHARS = 16
"""The longest suffix that spaCy knows has five, but for a row of dots."""
RUN_CHARS = 2_000
"""Code points without a space that are read together."""
_RUN = re.compile(rf"\S{{{RUN_CHARS}}}(?=\S)")
Search = Callable[[str], re.Match[str] | None]
Reading = Callable[[str], "Doc"]


def quickened(pipeline: Language) -> Language:
    """The pipeline with a tokenizer that no run without spaces keeps busy."""
    spacys: Tokenizer = pipeline.tokenizer
    spacys.prefix_search, spacys.suffix_search = _at_start(spacys.prefix_search), _at_end(spacys.suffix_search)
    pipeline.tokenizer = PieceByPiece(spacys)
    return pipeline


@dataclass(frozen=True)
class PieceByPiece:
    """Tokens as `read` gives them, of a text that is cut where a run is longer than any word."""

    read: Reading

    def __call__(self, text: str) -> Doc:
        docs = [self.read(text[start:end]) for start, end in _pieces(text)]
        return docs[0] if len(docs) == 1 else type(docs[0]).from_docs(docs, ensure_whitespace=False)


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for run in _RUN.finditer(text):
        yield start, run.end()
        start = run.end()
    yield start, len(text)


def _at_start(search: Search | None) -> Search | None:
    """A `^` in a search is tried at every place of the text, in a match at the first alone."""
    pattern = _pattern(search)
    return search if pattern is None else pattern.match


def _at_end(search: Search | None) -> Search | None:
    pattern = _pattern(search)
    return search if pattern is None else lambda text: pattern.search(text, _end_of(text))


def _end_of(text: str) -> int:
    return max(0, min(len(text) - END_CHARS, len(text.rstrip("."))))


def _pattern(search: Search | None) -> re.Pattern[str] | None:
    """The pattern whose method `search` is; None where a pipeline brings a way of its own."""
    owner = getattr(search, "__self__", None)
    return owner if isinstance(owner, re.Pattern) else None
