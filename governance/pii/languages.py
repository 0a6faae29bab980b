"""Which language a text is in: no foreign text is taken for English, and no table, code or list of names for foreign.

Identified by py3langid, which knows 97 languages and how sure it is. Names are left out of the evidence: they come
from everywhere. What is too short or too mixed to tell is in the language that the policy names.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from governance.pii.langid import ranked
from governance.pii.settings import PiiPolicy

SURE = 0.95
LEAST_LETTERS = 25
BLOCK_LETTERS = 50
SAMPLE_CHARS = 20_000
REFUSED_SHARE = 0.1
"""A text is in an unaccepted language when more than this share of its letters is."""
_MARKED = re.compile(r"[\d_@/\\<>{}=|#*^~]")
_WORD = re.compile(r"[^\W\d_]{2,}")
_LATIN_ENDS = "\u0370"
_OWN_SCRIPT = 3
"""How much more a letter of another script than Latin says."""
_GAP = re.compile(r"\n[ \t]*\n\s*")


@dataclass(frozen=True)
class Part:
    """Code points `start` to `end` of a text, in one language."""

    start: int
    end: int
    language: str


def parts(text: str, default: str) -> list[Part]:
    """The text as parts that follow each other without a gap, one for each change of language between paragraphs."""
    return list(_parts(text, default))


@lru_cache(maxsize=4)
def _parts(text: str, default: str) -> tuple[Part, ...]:
    """Remembered, since whether a text is refused, what it counts as and how it is read all ask for them."""
    whole = language_of(text) or default
    found: list[Part] = []
    for start, end in _paragraphs(text):
        sure = language_of(text[start:end], BLOCK_LETTERS)
        language = sure or whole
        if found and found[-1].language == language:
            found[-1] = Part(found[-1].start, end, language)
        else:
            found.append(Part(start, end, language))
    return tuple(found) or (Part(0, len(text), whole),)


def language_of(text: str, least_letters: int = LEAST_LETTERS) -> str | None:
    """ISO 639 code of the language that the prose of a text is in; None where that is not sure.

    Its beginning tells. Another script than Latin is sure enough, whichever of its languages it is.
    """
    plain = " ".join(token for token in text[:SAMPLE_CHARS].split() if not _MARKED.search(token))
    prose = " ".join(word for word in _WORD.findall(plain) if not word[0].isupper())
    letters, others = sum(c != " " for c in prose), sum(c > _LATIN_ENDS for c in prose)
    if letters + (_OWN_SCRIPT - 1) * others < least_letters:
        return None
    language, chance = ranked(prose).most_common(1)[0]
    return language if language and (chance >= SURE or 2 * others > letters) else None


def refused(text: str, policy: PiiPolicy) -> str | None:
    """The language for which the policy refuses a text: one it does not accept, of over a tenth of its letters."""
    if policy.unsupported_language == "pass":
        return None
    letters: Counter[str] = Counter()
    for part in parts(text, policy.language):
        letters[part.language] += sum(map(str.isalpha, text[part.start : part.end]))
    foreign = [(count, language) for language, count in letters.items() if language not in policy.languages]
    count, language = max(foreign, default=(0, ""))
    return language if count > REFUSED_SHARE * letters.total() else None


def main_language(text: str, default: str) -> str:
    """The language of most letters of the text."""
    letters: Counter[str] = Counter()
    for part in parts(text, default):
        letters[part.language] += part.end - part.start
    return max(letters, key=lambda language: (letters[language], language))


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Between empty lines; long ones in pieces cut at a line or a space."""
    start = 0
    while start < len(text):
        gap = _GAP.search(text, start, start + SAMPLE_CHARS)
        end = gap.end() if gap else min(start + SAMPLE_CHARS, len(text))
        if gap is None and end < len(text):
            cuts = (text.rfind(mark, start + SAMPLE_CHARS // 2, end) + 1 for mark in "\n ")
            end = next((cut for cut in cuts if cut), end)
        yield start, end
        start = end
