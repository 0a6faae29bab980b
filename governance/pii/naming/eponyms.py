"""Terms of art that carry a name: `Sharpe ratio`, `Crohn's disease`, `Dodd-Frank Act`, `mark to market`.

What the model takes in them for a person, a body or a place is none. Only its guesses are held against them: who is
known by a title, a label or a full name elsewhere is masked wherever the name stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from governance.pii.naming.names import TITLE_WORDS
from governance.pii.patterns.citations import RULEBOOKS
from governance.pii.text.spans import either, joined
from governance.pii.words import clinic_words, eponym_words, listed_names
from governance.pii.words.labels import ROLE_WORDS, listed, normal

GUESSED = frozenset(("PERSON", "ORGANIZATION", "LOCATION", "NRP", "MISC"))
"""Types of which a term of art is never one."""
_NAMES, _DISEASES = either(listed(eponym_words.NAMES)), either(listed(eponym_words.DISEASES))
_SURE, _ARTICLE = listed(eponym_words.SURE_KINDS), listed(eponym_words.KINDS_AFTER_ARTICLE)
_ANY = _SURE | _ARTICLE | listed(eponym_words.KINDS)
_LONE = r"[A-ZÀ-Þ][\w]{2,20}(?:[-–][A-ZÀ-Þ]\w{2,20}){0,3}"
_ADJECTIVES = r"(?:(?: |-)[a-z][a-z-]{1,16}){0,2}"


def _kinds(kinds: frozenset[str]) -> str:
    """One of `kinds`, also in the plural and with a capital letter."""
    return rf"{either([*kinds, *(kind.capitalize() for kind in kinds)])}(?:e?s)?(?!\w)"


def _phrases() -> str:
    """The terms as listed and with capitals: of the first word, of all but small words, of all."""
    said = [term.split(" ") for term in listed(eponym_words.PHRASES)]
    forms = [[_capital(word) for word in term] for term in said]
    forms += [[word if len(word) < 4 and at else _capital(word) for at, word in enumerate(term)] for term in said]
    forms += [[_capital(term[0]), *term[1:]] for term in said]
    return either((*listed(eponym_words.ABBREVIATIONS), *(" ".join(term) for term in (*said, *forms))))


def _capital(word: str) -> str:
    return word[0].upper() + word[1:]


_NAMED = rf"{_NAMES}(?:[-–]\w{{2,20}}){{0,2}}(?:['’]s?)?(?!\w)"
_TERM = re.compile(
    rf"(?<![\w-])(?:{_phrases()}(?![\w-])"
    rf"|{either(RULEBOOKS)}(?: (?:I{{1,3}}|IV|VI?|[1-9]))?(?![\w-])"
    rf"|(?:Hidden )?{_NAMED}(?:(?:,|,? (?:and|or)) {_NAMED}){{0,3}}{_ADJECTIVES}[ -]{_kinds(_ANY)}"
    rf"|{_LONE} {_kinds(_SURE)}"
    rf"|(?:[Tt]he|[Aa]n?) {_LONE} {_kinds(_ARTICLE)}"
    rf"|{_DISEASES}(?:['’]s)? {_kinds(listed(eponym_words.DISEASE_KINDS))}"
    rf"|{_DISEASES}['’]s(?=[.,;:)?!]| (?:and|or|is|are|was|were|may|can|runs|often|in|on|at)(?!\w))"
    rf"|[Mm]orb(?:us|o di) {_LONE}|(?:[Mm]aladie|[Ee]nfermedad|[Mm]alattia|[Zz]iekte|[Ss][iíy]n?dr[oô]me?|[Ss]yndroom)"
    rf" (?:de|di|van) {_DISEASES}(?!\w)"
    r"|(?<!in )(?<!In )(?<!to )(?<!at )(?<!from )Monte Carlo(?!\w))"
)
_EPONYM = either(listed(clinic_words.EPONYMS))
_EPONYMS = rf"{_EPONYM}(?:(?:[-–/]| et | und | and | y |, ){_EPONYM})?"
_GRADE = r"(?: (?:[IVX]{1,4}|[A-C]|\d)[ab]?)?"
_OF = r"(?:(?: d'abord)? (?:de la|de|di|del|of|van|von|nach|selon|according to|volgens|secondo|según) |[ -])"
_CLINICAL = re.compile(
    rf"(?<![\w-])(?:{_EPONYMS}(?:['’]s?|['’]?sche[rnms]?)?{_GRADE}{_ADJECTIVES}[ -]"
    rf"(?:{_kinds(listed(clinic_words.KINDS))}|{_kinds(listed(clinic_words.GERMAN_KINDS))})"
    rf"|{_kinds(listed(clinic_words.KINDS_BEFORE))}{_OF}{_EPONYMS}(?!\w)"
    rf"|{either(listed(clinic_words.SCORES))}(?=:? {{1,2}}(?:(?:[<>≤≥=] ?)?\d{{1,3}}|[IVX]{{1,4}}[ab]?)(?!\w)))"
)
"""Of the clinic: `Overholt clamp`, `Garden IV fracture`, `Barthel-Index`, `pince de Péan`, `Barthel 55`."""
_BEFORE_CHARS, _LEAST_ROLE = 20, 3
_WORD_BEFORE = re.compile(r"([^\W\d_][\w.'’-]*) \Z")
_TITLES = TITLE_WORDS | {"hr", "hrn", "herrn", "fr", "m", "pr", "pat", "pt"}


def terms_of_art(text: str) -> Iterator[tuple[int, int]]:
    """Where they stand, in order, but not where one belongs to somebody's name."""
    for start, end in joined(match.span() for pattern in (_TERM, _CLINICAL) for match in pattern.finditer(text)).places:
        if not belongs_to_a_name(text, start):
            yield start, end


def belongs_to_a_name(text: str, start: int) -> bool:
    """Whether a title, a role, a given name or an initial stands right before `start`."""
    before = _WORD_BEFORE.search(text, max(0, start - _BEFORE_CHARS), start)
    word = before[1] if before else ""
    initial = len(word) == 2 and word[0].isupper() and word[1] == "."
    called = word.lower().strip(".") in _TITLES or (len(word) > _LEAST_ROLE and normal(word) in ROLE_WORDS)
    named = word.lower() in listed_names.given() or called
    return initial or (word[:1].isupper() and named)
