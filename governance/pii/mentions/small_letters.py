"""Names in small letters, in places where a name stands: behind a greeting, a title or a closing, in six languages.

The tagger, taught on English, finds `dear mr castellanos` and not `hallo frau wiesinger`. What a dictionary has is no
name here, unless a title stands before it in a greeting or the lists know it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from governance.pii.cells.tables import SCORE, Lines
from governance.pii.naming import foreign
from governance.pii.naming.names import PARTICLES
from governance.pii.text.spans import Span
from governance.pii.words import listed_names, vocabulary
from governance.pii.words.labels import ROLE_WORDS, normal

_GREETINGS = (
    r"dear|hi|hello|hey|(?:good )?morning|good (?:afternoon|evening)|hallo|lieber?|guten (?:tag|morgen|abend)|moin"
    r"|servus|(?:sehr )?geehrte[rs]?|bonjour|bonsoir|ch[eè]re?|salut|hola|buenos d[ií]as|buenas tardes|estimad[oa]"
    r"|querid[oa]|ciao|buongiorno|buonasera|salve|gentil(?:e|issim[oa])|egregi[oa]|car[oa]|beste|geachte|hoi|dag"
    r"|goede(?:morgen|middag|n ?avond)|goede (?:morgen|middag)"
)
_TITLES = {language: words for language, words in foreign.ADDRESS.items() if language != "en"} | {"en": "mr mrs ms mx"}
_UNSAFE = frozenset(("m", "don", "doctor", "doktor", "docteur", "ra", "ssa", "maitre", "heer"))
"""Words of everyday use, and pieces of words."""
_LANGUAGES = {
    title: language for language, words in _TITLES.items() for title in words.split() if title not in _UNSAFE
}
_TITLE = rf"(?:{'|'.join(sorted((*_LANGUAGES, 'heer', 'dott.ssa', 'sig.ra', 'dr', 'prof')))})"
_SMALL = r"[a-zß-öø-ÿ]['’]?[a-zß-öø-ÿ]+(?:['’-][a-zß-öø-ÿ]+)*"
_BETWEEN = rf"(?:(?:{'|'.join(sorted(PARTICLES))}|['’]t) ){{0,2}}"
_NAME = rf"(?P<span>(?:[a-z]\. ?)?{_BETWEEN}{_SMALL}(?: {_BETWEEN}{_SMALL})?)"
_GREETED = re.compile(
    rf"(?:^|\n)[ \t>]{{0,6}}(?i:{_GREETINGS}) (?P<title>(?i:(?:de )?{_TITLE}\.? ){{0,2}}){_NAME}"
    r"(?=[ \t]?[,!:]|[ \t]?\r?(?:\n|\Z)| [-–—])"
)
_TITLED = re.compile(rf"(?<![\w.])(?P<title>{_TITLE})\.? (?P<span>{_BETWEEN}{_SMALL})(?![\w@])")
_SIGNED = re.compile(rf"[ \t>]{{0,6}}{_NAME}(?: [a-z]\.?)?[ \t]*")
_NOBODY = ROLE_WORDS | frozenset((
    "devops", "infosec", "helpdesk", "sysadmin", "admin", "siri", "alexa", "chatgpt", "copilot", "kollege", "kollegin",
    "president", "presidente", "prasident", "prasidentin", "directeur", "directrice", "direttore", "director", "doktor",
    "doctor", "docteur", "dottore", "dottoressa", "professor", "professeur", "profesor", "professore", "maire", "juge",
    "la", "le", "el", "il", "und", "et", "en", "y", "e", "o", "ou", "oder", "of",
))  # fmt: skip
_LEAST = 4
"""Shorter words that no dictionary has are abbreviations more often than names."""


def people(text: str, lines: Lines, closing: frozenset[int]) -> Iterator[Span]:
    """PERSON spans; `closing` are the numbers of lines that close a letter."""
    for match in _GREETED.finditer(text):
        words = _words(match["span"])
        known = bool(words) and (all(map(_may_be_surname, words)) if match["title"] else all(map(_stands_out, words)))
        if known:
            yield _span(match)
    for match in _TITLED.finditer(text):
        language = _LANGUAGES.get(match["title"], "de" if match["title"] in {"dr", "prof"} else "nl")
        if all(_is_surname(word, language) for word in _words(match["span"])):
            yield _span(match)
    for number in closing:
        below = next(((offset, line) for offset, line in lines[number + 1 : number + 3] if line.strip()), None)
        match_below = _SIGNED.fullmatch(below[1]) if below else None
        if below and match_below and all(map(_stands_out, _words(match_below["span"]))):
            yield Span(below[0] + match_below.start("span"), below[0] + match_below.end("span"), "PERSON", SCORE)


def _span(match: re.Match[str]) -> Span:
    return Span(*match.span("span"), "PERSON", SCORE)


def _words(name: str) -> list[str]:
    return [word for word in re.findall(_SMALL, name) if word not in PARTICLES]


@lru_cache(maxsize=8_192)
def _may_be_surname(word: str) -> bool:
    return normal(word) not in _NOBODY


def _is_surname(word: str, language: str) -> bool:
    if not _may_be_surname(word) or word in vocabulary.function_words(language):
        return False
    return listed_names.is_listed(word) or not (_has(word, language) or _has(word, "en"))


def _stands_out(word: str) -> bool:
    """Whether a word is a given name or in no dictionary of the six languages."""
    if not _may_be_surname(word):
        return False
    return listed_names.is_given(word) or (len(word) >= _LEAST and not any(_has(word, one) for one in foreign.ADDRESS))


def _has(word: str, language: str) -> bool:
    return vocabulary.is_english(word) if language == "en" else vocabulary.is_word(word, language)
