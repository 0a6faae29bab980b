"""Which language a text is in: no foreign text is taken for English, and no table, code or list of names for foreign.

Identified by py3langid, which knows 97 languages and how sure it is. Names are left out of the evidence: they come
from everywhere. What is too short for that goes by its function words or by the document around it; what says nothing
of its language at all is UNDECIDED, which the recognisers of all languages read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from governance.pii.naming.foreign import ADDRESS
from governance.pii.naming.names import PARTICLES
from governance.pii.settings import SPOKEN, PiiPolicy
from governance.pii.text.visible import visible
from governance.pii.words.langid import ranked
from governance.pii.words.listed_names import is_listed
from governance.pii.words.vocabulary import function_words, is_in_dictionary

UNDECIDED = "und"
"""As ISO 639 calls it."""
SURE = 0.95
LEAD = 1.5
"""By how many function words the language of a short text must lead; all that py3langid can say counts as two."""
_LIKELIEST = 2
LEAST_FUNCTION_WORDS = 0.2
"""The share of them in a sentence; an address or a list of names has less."""
_LEAST_WORD, _LEAST_WORDS, _LEAST_SHARE = 5, 12, 0.5
LEAST_LETTERS = 25
BLOCK_LETTERS = 50
SAMPLE_CHARS = 20_000
REFUSED_SHARE = 0.1
"""A text is in an unaccepted language when more than this share of its letters is."""
_MARKED = re.compile(r"[\d_@/\\<>{}=|#*^~]")
_WORD = re.compile(r"[^\W\d_]+")
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


def parts(text: str, accepted: tuple[str, ...] = SPOKEN) -> list[Part]:
    """The text as parts that follow each other without a gap, one for each change of language between paragraphs.

    What is too short for `language_of` is in one of the languages `accepted`, or UNDECIDED.
    """
    return list(_parts(text, accepted))


@lru_cache(maxsize=4)
def _parts(text: str, accepted: tuple[str, ...]) -> tuple[Part, ...]:
    """Remembered, since whether a text is refused, what it counts as and how it is read all ask for them."""
    whole = language_of(text) or by_words(text, accepted, "") or by_vocabulary(text, accepted) or UNDECIDED
    found: list[Part] = []
    for start, end in _paragraphs(text):
        paragraph = text[start:end]
        language = language_of(paragraph, BLOCK_LETTERS) or by_words(paragraph, accepted, whole)
        if found and found[-1].language == language:
            found[-1] = Part(found[-1].start, end, language)
        else:
            found.append(Part(start, end, language))
    return tuple(found) or (Part(0, len(text), whole),)


def language_of(text: str, least_letters: int = LEAST_LETTERS) -> str | None:
    """ISO 639 code of the language that the prose of a text is in; None where that is not sure.

    Its beginning tells. Another script than Latin is sure enough, whichever of its languages it is.
    """
    prose = " ".join(word for word in _words(text) if len(word) > 1 and not word[0].isupper())
    letters, others = sum(c != " " for c in prose), sum(c > _LATIN_ENDS for c in prose)
    if letters + (_OWN_SCRIPT - 1) * others < least_letters:
        return None
    language, chance = ranked(prose).most_common(1)[0]
    return language if language and (chance >= SURE or 2 * others > letters) else None


def by_words(text: str, accepted: tuple[str, ...], around: str) -> str:
    """Which of the languages `accepted` the words of a short text are in, or else what is `around` it.

    What has hardly any function words, or as many of the language around it as of any other, is in that.
    """
    words = _words(text)
    said = [word.lower() for word in _telling(words)]
    said_in = {one: sum(word in _closed(one) for word in said) for one in accepted}
    most = max(said_in.values())
    if not most or said_in.get(around) == most or most < LEAST_FUNCTION_WORDS * len(words):
        return around
    chances = ranked(" ".join(said))
    among = sum(chances[one] for one in accepted) or 1
    weights = {one: said_in[one] + _LIKELIEST * chances[one] / among for one in accepted}
    first, *others = sorted(accepted, key=lambda one: -weights[one])
    led = weights[first] - max((weights[one] for one in others), default=0)
    return first if led >= LEAD and said_in[first] else around


def by_vocabulary(text: str, accepted: tuple[str, ...]) -> str | None:
    """In whose dictionary most words of a form or a list are that has no sentences; None where that is not plain."""
    words = {word for word in _words(text) if len(word) >= _LEAST_WORD and not (word.isupper() or is_listed(word))}
    if len(words) < _LEAST_WORDS:
        return None
    shares = {one: sum(is_in_dictionary(word, one) for word in words) / len(words) for one in accepted}
    first, *others = sorted(accepted, key=lambda one: -shares[one])
    plain = shares[first] >= _LEAST_SHARE and all(shares[first] >= 2 * shares[one] for one in others)
    return first if plain else None


@lru_cache(maxsize=32)
def _closed(language: str) -> frozenset[str]:
    """Function words and words of address."""
    return function_words(language) | frozenset(ADDRESS.get(language, "").split())


def _telling(words: list[str]) -> Iterator[str]:
    """Those that are no abbreviation, no name in the lists, and no particle before a name (`Rue de Tanger`)."""
    for word, following in zip(words, [*words[1:], ""], strict=False):
        particle = word in PARTICLES and following[:1].isupper()
        if not (word.isupper() or particle or (word[0].isupper() and is_listed(word))):
            yield word


def _words(text: str) -> list[str]:
    """The words at the beginning of a text, without mail addresses, code and the like."""
    plain = " ".join(token for token in text[:SAMPLE_CHARS].split() if not _MARKED.search(token))
    return _WORD.findall(plain)


def refused(text: str, policy: PiiPolicy) -> str | None:
    """The language for which the policy refuses a text: one it does not accept, of over a tenth of its letters.

    What disguises the signs of a text makes no other language of it: a reader sees through that.
    """
    if policy.unsupported_language == "pass":
        return None
    text = visible(text).text
    letters: Counter[str] = Counter()
    for part in parts(text, policy.languages):
        letters[part.language] += sum(map(str.isalpha, text[part.start : part.end]))
    known = {*policy.languages, UNDECIDED}
    foreign = [(count, language) for language, count in letters.items() if language not in known]
    count, language = max(foreign, default=(0, ""))
    return language if count > REFUSED_SHARE * letters.total() else None


def main_language(text: str, policy: PiiPolicy) -> str:
    """The language of most letters of the text as a reader sees it, the policy's own where it is undecided."""
    text = visible(text).text
    letters: Counter[str] = Counter()
    for part in parts(text, policy.languages):
        letters[part.language] += part.end - part.start
    most = max(letters, key=lambda language: (letters[language], language))
    return policy.language if most == UNDECIDED else most


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
