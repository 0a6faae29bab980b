"""What is a name in a text of another language, by the vocabulary of that language and the lists of names.

The English tagger takes nouns with capital letters for people and misses names between words that it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from governance.pii.mentions.whole_names import FIRST, SMALL
from governance.pii.naming.foreign import LEAST_CHANCE, NO_NAMES, TOKEN
from governance.pii.naming.names import PARTICLES, TITLE_CASE
from governance.pii.standins.wording import LEGAL_FORMS
from governance.pii.text.spans import Span
from governance.pii.words import listed_names
from governance.pii.words.vocabulary import LANGUAGES, is_word

SCORE = 0.6
LEAST_CHANCE_OF_A_WORD = 0.8
"""How sure the tagger must be of a lone name that is a word as well."""
_ARTICLES = {
    "de": r"der|die|das|den|dem|des|(?:k?ein|dies|jed|ihr|sein|unser)(?:e[mnrs]?)?",
    "fr": r"le|la|les|un|une|du|des|cette|ce|son|sa|ses|notre|votre|leur",
    "es": r"el|la|los|las|un|una|al|del|su|sus",
    "it": r"il|la|le|lo|gli|i|un|una|uno|del|dello|della|dei|delle|degli|al|alla|suo|sua",
    "nl": r"de|den|der|het|een|zijn|haar|onze",
}
"""And possessives, which no name follows either; `du` is one in French alone."""
_BODY_WORDS = """
banco ministerio agencia junta registro caja universidad comunidad tribunal ayuntamiento consejo instituto comisión
congreso senado fiscalía dirección juzgado código reglamento banca ministero agenzia università consiglio istituto
commissione garante senato codice regolamento banque ministère agence université conseil institut commission préfecture
mairie autorité assemblée autoriteit ministerie universiteit gemeente rechtbank commissie wetboek
abteilung bereich referat verteiler stabsstelle kanzlei ufficio direzione reparto filiale departamento servicio oficina
sucursal service direction département équipe
ministerium bundesministerium landgericht amtsgericht oberlandesgericht bundesgerichtshof universität hochschule
"""
_BODIES = frozenset(_BODY_WORDS.split())
"""What begins the name of a public body, a law or a department, and no person's."""
_LAST_WORD = re.compile(r"[^\W\d_]+(?=\s\Z)")
_BEFORE_CHARS = 16
_IN_A_SENTENCE = re.compile(r"[a-zß-ÿ],? \Z")
_GERMAN_BEFORE = re.compile(r"(?<!\w)(?:als|au(?:ß|ss)er|in|im|ins|am|beim|vom|zum|zur)\s\Z", re.IGNORECASE)
"""`in Kraft`, `als Koch`, `im Sommer`: no person follows, where the word is one of the language."""
_DUTCH_BEFORE = re.compile(r"(?<!\w)van de[nr]?\s\Z", re.IGNORECASE)
"""Where an article is part of the name."""
_DUTCH_NAME = re.compile(
    r"(?<!\w)(?i:volgens|tegen|met|door|aan|voor|bij|naar|van|heeft|had|is|was|zegt|zei|belde|vroeg|schrijft|schreef) "
    rf"(?P<span>van (?:de[nr]? |het |['’]t )?{TITLE_CASE})"
)
"""Two prepositions in a row, or a verb before one: the second belongs to a name."""
_DUTCH_INITIALS = re.compile(
    rf"(?<!\w)(?P<span>(?:[A-Z][chrs]?\. ?){{1,5}}(?:(?:van|de[nr]?|te[nr]?|['’]t) ){{1,3}}{TITLE_CASE})"
)
_PARTY = rf"{TITLE_CASE}(?: {TITLE_CASE}){{0,2}}"
_AGAINST = re.compile(rf"(?<!\w)(?P<one>{_PARTY}) ?(?:u\. ?a\. ?)?\./\. ?(?P<other>{_PARTY})(?!\w)")
_ABBREVIATED = re.compile(r"[a-z][A-Z]{2}")
_TITLE_CASE = re.compile(TITLE_CASE)
_RUN = re.compile(rf"{FIRST}(?: (?:{SMALL} ){{0,2}}{TITLE_CASE}){{0,4}}")
Place = tuple[int, int]


def as_name(text: str, start: int, end: int, chance: float, language: str) -> Place | None:
    """text[start:end], which was taken for a name, without vocabulary around it; None where nothing but that is left.

    A name that is a word as well is believed beside another name, or alone, without an article, where it is likely.
    """
    tokens = [token.span() for token in TOKEN.finditer(text, start, end)]
    words = [token for token in tokens if text[slice(*token)] not in PARTICLES]
    names = [n for n, word in enumerate(words) if not _is_plain(text[slice(*word)], language)]
    if not names or (len(words) == 1 and not _stands_alone(text, words[0], chance, language)):
        return None
    first = names[0]
    if 0 < first == len(words) - 1 and language != "de" and _may_be_given(text, words[first - 1], language):
        first -= 1
    last = max(names[-1], first + 1) if len(words) > 2 else len(words) - 1
    begin = words[first][0]
    if first == last:  # before two names, a particle is a preposition
        begin = min(token[0] for token in tokens if first == 0 or token[0] >= words[first - 1][1])
    return begin, words[min(last, len(words) - 1)][1]


def is_body(text: str, start: int, end: int) -> bool:
    """Whether it begins as public bodies and laws do: `Ministerio de Hacienda`, and `de España` behind `Banco`."""
    tokens = [token.group() for token in TOKEN.finditer(text, start, end)]
    if tokens and tokens[0] in PARTICLES:
        tokens = [*_LAST_WORD.findall(_before(text, (start, end))), *tokens]
    words = [word for word in tokens if word[0].isupper()]
    return len(words) > 1 and words[0].lower() in _BODIES


def beyond_vocabulary(text: str, language: str) -> Iterator[Span]:
    """People by what the dictionary of `language` has not: two capital words or more in a row, or a listed name."""
    if language not in LANGUAGES:
        return
    if language == "de":
        yield from (Span(*side, "PERSON", SCORE) for side in _parties(text))
    if language == "nl":
        for pattern in (_DUTCH_NAME, _DUTCH_INITIALS):
            yield from (Span(*match.span("span"), "PERSON", SCORE) for match in pattern.finditer(text))
    for run in _RUN.finditer(text):
        words = [word.span() for word in _TITLE_CASE.finditer(text, *run.span())]
        beyond = [n for n, word in enumerate(words) if _is_beyond(text[slice(*word)], language)]
        if beyond and (name := _around(text, words, beyond, language)):
            yield Span(*name, "PERSON", SCORE)
        elif len(words) == 1 and _is_listed(text, words[0], language):
            yield Span(*words[0], "PERSON", SCORE)


def _parties(text: str) -> Iterator[Place]:
    """Who is against whom: `Dombrowski ./. Krautkrämer`; a firm or a body is none."""
    for match in _AGAINST.finditer(text) if "./." in text else ():
        for side in (match.span("one"), match.span("other")):
            words = text[slice(*side)].lower().split()
            if words and words[-1] not in LEGAL_FORMS and not is_body(text, *side):
                yield side


def _around(text: str, words: list[Place], beyond: list[int], language: str) -> Place | None:
    """The name of two words or more with what no dictionary has; where nouns are small, its neighbours belong to it."""
    first, last = beyond[0], beyond[-1]
    if text[slice(*words[-1])].lower() in LEGAL_FORMS:
        return None
    if language != "de":
        last = max(
            (n for n in range(first, len(words)) if text[slice(*words[n])].lower() not in NO_NAMES), default=last
        )
        first -= first > 0 and _may_be_given(text, words[first - 1], language)
    return (words[first][0], words[last][1]) if last > first else None


def _is_plain(word: str, language: str) -> bool:
    """Vocabulary, an abbreviation or a Roman numeral, and in no list of names."""
    if listed_names.is_listed(word):
        return False
    return (word.isupper() and len(word) < 6) or is_word(word, language)


def _is_beyond(word: str, language: str) -> bool:
    return word.lower() not in NO_NAMES and not _ABBREVIATED.search(word) and not is_word(word, language)


def _stands_alone(text: str, word: Place, chance: float, language: str) -> bool:
    doubtful = is_word(text[slice(*word)], language)
    if doubtful and _follows_preposition(text, word, language):
        return False
    least = LEAST_CHANCE_OF_A_WORD if doubtful else LEAST_CHANCE
    return chance >= least and not _has_article(text, word, language)


def _may_be_given(text: str, word: Place, language: str) -> bool:
    """In the middle of a sentence and without an article, as `Amadou`, which is a word as well, before `Cissé`."""
    return _IN_A_SENTENCE.search(_before(text, word)) is not None and not _has_article(text, word, language)


def _is_listed(text: str, word: Place, language: str) -> bool:
    """Whether a lone capital word is a name by the lists; one that is a word too, by those of this language alone."""
    said = text[slice(*word)]
    if said.lower() in NO_NAMES or _has_article(text, word, language):
        return False
    if _is_beyond(said, language):
        return listed_names.is_listed(said)
    if _follows_preposition(text, word, language):
        return False
    within = _IN_A_SENTENCE.search(_before(text, word)) is not None
    return within and any(part in listed_names.of_language(language) for part in said.lower().split("-"))


def _follows_preposition(text: str, word: Place, language: str) -> bool:
    return language == "de" and _GERMAN_BEFORE.search(_before(text, word)) is not None


def _has_article(text: str, word: Place, language: str) -> bool:
    before = _before(text, word)
    return _article(language).search(before) is not None and not (language == "nl" and _DUTCH_BEFORE.search(before))


@lru_cache(maxsize=32)
def _article(language: str) -> re.Pattern[str]:
    """An article of the language, of any of them where its own are not known, right before a word."""
    own = _ARTICLES.get(language, "|".join((*_ARTICLES.values(), "the")))
    return re.compile(rf"(?<!\w)(?:(?:{own})\s|(?:l|dell|all|d|un|nell|sull)['’])\Z", re.IGNORECASE)


def _before(text: str, word: Place) -> str:
    return text[max(0, word[0] - _BEFORE_CHARS) : word[0]]
