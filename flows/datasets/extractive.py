"""Questions that a document answers by its own structure; no model writes anything.

A heading asks for its first paragraph, a definition for its meaning, a numbered rule for its text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import PurePosixPath

_HEADING = re.compile(r"^#{1,6}\s+(.{3,100}?)\s*#*$")
_DEFINITION = re.compile(
    r"[\"“]([A-Z][^\"”“\n]{2,60})[\"”]\s+(?:means|refers to|has the meaning)\s+([^\n]{20,600}?\.)(?=\s|$)"
)
_RULE = re.compile(
    r"^\(?(\d{1,2}(?:\.\d{1,3}){1,3})\)?[.)]?\s+((?=[^\n]*\b(?:must|shall|may not)\b)[^\n]{50,900})$", re.M
)
_MIN_ANSWER = 60
_WORDS = re.compile(r"[A-Za-z]{3,}")


def questions(text: str, path: str) -> Iterator[tuple[str, str]]:
    """(prompt, answer) pairs in document order, each prompt once. `path` names an untitled document."""
    title = _title(text, path)
    seen: set[str] = set()
    for prompt, answer in (*_definitions(text, title), *_rules(text, title), *_sections(text, title)):
        if prompt not in seen:
            seen.add(prompt)
            yield prompt, answer


def _title(text: str, path: str) -> str:
    headings = (_HEADING.match(line) for line in text.split("\n", 40)[:40])
    found = next((heading[1] for heading in headings if heading), "")
    return found or PurePosixPath(path).stem.replace("_", " ").replace("-", " ")


def _definitions(text: str, title: str) -> Iterator[tuple[str, str]]:
    for match in _DEFINITION.finditer(text):
        meaning = " ".join(match[0].split())
        yield f"In the document “{title}”, what does “{match[1]}” mean?", meaning


def _rules(text: str, title: str) -> Iterator[tuple[str, str]]:
    for match in _RULE.finditer(text):
        yield f"What does paragraph {match[1]} of “{title}” require?", " ".join(match[2].split())


def _sections(text: str, title: str) -> Iterator[tuple[str, str]]:
    """Headings that stand above a paragraph of prose."""
    blocks = [block.strip() for block in re.split(r"\n\s*\n", text)]
    for heading, below in pairwise(blocks):
        match = _HEADING.match(heading)
        answer = " ".join(below.split())
        if match and match[1] != title and len(answer) >= _MIN_ANSWER and _is_prose(below):
            yield f"What does “{title}” say about “{match[1]}”?", answer


def _is_prose(block: str) -> bool:
    """Whole sentences, not a table, list, code or menu."""
    first = block.lstrip()[:1]
    words = sum(len(word) for word in _WORDS.findall(block))
    return first.isalpha() and block.rstrip()[-1:] in '.:;!?”"' and words > 0.6 * len(block) and " | " not in block
