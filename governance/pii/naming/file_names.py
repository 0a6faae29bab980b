"""People in names of files: `Contract_John_Smith_2021.pdf`, `cv-anna-weber.docx`, `JohnSmith_Resume.pdf`.

The tagger reads words; so the stem of a document's name is set apart into words with capitals and read on its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from governance.pii.text.spans import Span
from governance.pii.words import listed_names
from governance.pii.words.vocabulary import is_english

_SUFFIX = re.compile(
    r"(?<=[\w)\]])\.(?:pdf|docx?|xls[xmb]?|pptx?|od[tsp]|rtf|txt|csv|eml|msg|jpe?g|png|tiff?|heic|gif|zip|7z|mp[34]|m4a|wav"
    r"|mov|pages|vcf|html?)(?!\w)",
    re.IGNORECASE,
)
_STEM = re.compile(r"[^\s/\\:*?\"'<>|,;=]{3,120}\Z")
_WORD = re.compile(r"[^\W\d_]+?(?=(?<=[^\W\d_A-Z])[A-Z]|[\W\d_]|\Z)")
_PAPERS = """
cv resume id nda kyc letter contract invoice passport scan review payslip payroll statement report offer application
certificate form appraisal agreement minutes reference claim complaint medical copy signed final draft photo picture
"""
_KINDS = frozenset(_PAPERS.split())
"""Kinds of papers, which the tagger may take for a part of the name."""
_LONGEST_STEM = 120
_FOLDER = re.compile(
    r"(?<=[^\W/\\:][/\\])[^\W\d_]{1,30}(?:(?:[_+-]|%20)[^\W\d_]{1,30}){1,7}(?=[/\\?#\s,;)\"'<>]|\.(?:\s|\Z)|\Z)"
)
"""Two words or more between strokes, or at the end of a path or a link; no host."""


def people(text: str, find: Callable[[str], Iterable[Span]]) -> Iterator[Span]:
    """PERSON spans, one a word; `find` says what is personal in a line of words.

    One word is a name only where the lists know it.
    """
    for suffix in _SUFFIX.finditer(text):
        stem = _STEM.search(text, max(0, suffix.start() - _LONGEST_STEM), suffix.start())
        if stem and "@" not in stem.group():
            words = [word for word in _WORD.finditer(text, *stem.span()) if word.group().lower() not in _KINDS]
            yield from _people(text, [word.span() for word in words], find)
    for folder in _FOLDER.finditer(text) if "/" in text or "\\" in text else ():
        parts = [word.span() for word in _WORD.finditer(text, *folder.span())]
        if _may_name(tuple(text[slice(*part)].lower() for part in parts)):
            yield from _people(text, parts, find)


@lru_cache(maxsize=8_192)
def _may_name(words: tuple[str, ...]) -> bool:
    """Whether two of a folder's words are no English and the lists know one of them: `rubocop-config` is nobody."""
    strange = [word for word in words if listed_names.is_given(word) or (len(word) > 2 and not is_english(word))]
    return len(strange) > 1 and any(map(listed_names.is_listed, strange))


def _people(text: str, words: list[tuple[int, int]], find: Callable[[str], Iterable[Span]]) -> Iterator[Span]:
    said = [text[start:end].capitalize() for start, end in words]
    heads = [sum(len(word) + 1 for word in said[:number]) for number in range(len(said))]
    for span in find(" ".join(said)):
        named = [n for n, head in enumerate(heads) if span.start < head + len(said[n]) and head < span.end]
        if span.type == "PERSON" and (len(named) > 1 or any(said[n].lower() in listed_names.every() for n in named)):
            yield from (Span(*words[n], "PERSON", span.score) for n in named)
