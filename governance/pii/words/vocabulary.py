"""Which words of another language are vocabulary, and so hardly names: by dictionary, and compounds by their parts.

Where nouns have capital letters, or any word of a heading has, nothing else tells a word from a surname.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import import_module

LANGUAGES = frozenset(("de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "nb", "fi", "cs", "ro", "hu"))
"""Those whose dictionary is asked."""
_COMPOUNDING = frozenset(("de", "nl", "sv", "da", "nb"))
_PARTS = re.compile(r"[-'’]")
_LEAST_PART = 4
_LINKS = ("", "s", "n", "en", "es", "er", "e")
_ELIDED = re.compile(r"\A(?:[Ll]|dell|all|nell|sull|dall|un)['’](?=[^\W\d_]{3})")
_ENDINGS = {"it": re.compile(r"\w{3,}(?:tà|mente)"), "fr": re.compile(r"\w{4,}(?:ement|amment|emment)")}
_LEAST_PLURAL = 5
_LEAST_COMPOUND, _LONGEST = 9, 48


@lru_cache(maxsize=32)
def function_words(language: str) -> frozenset[str]:
    """What a language says in almost every sentence: the stop words of spaCy; none where it has no such list."""
    import governance.pii.lean  # noqa: F401 - keeps torch out of what follows

    try:
        return frozenset(import_module(f"spacy.lang.{language}.stop_words").STOP_WORDS)
    except ModuleNotFoundError:
        return frozenset()


@lru_cache(maxsize=65_536)
def is_word(word: str, language: str) -> bool:
    """Whether a dictionary of `language` has the word in small letters or, as German nouns, with a capital one."""
    if language not in LANGUAGES:
        return False
    word = _ELIDED.sub("", word) if language == "it" else word
    parts = [part for part in _PARTS.split(word) if len(part) > 1]
    if len(parts) > 1:
        return all(is_word(part, language) for part in parts)
    return _known(word, language) or _is_derived(word.lower(), language)


@lru_cache(maxsize=65_536)
def is_english(word: str) -> bool:
    """Whether an English dictionary has the word, or each of its parts; asked only where the tagger cannot help."""
    return all(_known(part, "en") for part in _PARTS.split(word) if part)


def is_in_dictionary(word: str, language: str) -> bool:
    """Whether a dictionary of `language`, English among them, has the word or, of a compound, its parts."""
    return is_english(word) if language == "en" else is_word(word, language)


def _known(word: str, language: str) -> bool:
    from simplemma import is_known

    return bool(is_known(word.lower(), lang=language, low_memory=True))


def _is_derived(word: str, language: str) -> bool:
    """Whether it is made as words of a language are that its dictionary has not all: compounds, `attività`, `lavoro`
    beside `lavori`.
    """
    if language in _COMPOUNDING:
        return _is_compound(word, language)
    ending = _ENDINGS.get(language)
    if ending is not None and ending.fullmatch(word):
        return True
    return language == "it" and len(word) >= _LEAST_PLURAL and word[-1] == "o" and _known(f"{word[:-1]}i", language)


def _is_compound(word: str, language: str) -> bool:
    """Whether it falls into two words or more, with what links them: `Geschäft-s-organisation`."""
    if not _LEAST_COMPOUND <= len(word) <= _LONGEST:
        return False
    for at in range(len(word) - _LEAST_PART, _LEAST_PART - 1, -1):
        if _known(word[at:], language) and _is_head(word[:at], language):
            return True
    return False


def _is_head(head: str, language: str) -> bool:
    stems = [head.removesuffix(link) for link in _LINKS if head.endswith(link)]
    return any(len(stem) >= _LEAST_PART and (_known(stem, language) or _is_compound(stem, language)) for stem in stems)
