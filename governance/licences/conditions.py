"""Words that allow, forbid or condition: what a copy of a licence may not have that the licence has not.

Any of them makes a copy another licence, so a word too many here costs a question, and one too few a right.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise

_ENGLISH = """
noncommercial commercial commercially nonprofit profit academic research educational teaching evaluation personal only
solely exclusively except excepting excluding excludes exclude unless provided must shall not never nor no cannot
prohibited prohibits prohibit forbidden forbids forbid restricted restricts restriction restrictions limited limit
limits limitation permitted permission prior consent approval approved fee fees pay payment paid royalty royalties
revenue income users monthly competitor competitors competing compete military weapons weapon government territory
countries country european union eu require requires required requirement obligation obligated agree agrees additional
additionally further however notwithstanding supplement supplemented amended condition conditions subject terminate
terminates terminated revoked revocable revoke void invalid expire expires indemnify sublicensable transferable
disclose training train trained improve scrape charge sell sold resell production saas hosted hosting weekdays
sharealike noderivatives noderivs derivatives valid until mandatory obligatory compulsory needed disallowed denied
denies deny refuses refused banned bans ban unlawful illegal ethical harm surveillance gambling fewer exceed exceeds
exceeding maximum employees enterprise enterprises startups academia students schools pays paying payable earn earns
earning money euro euros dollar dollars whoever whenever wherever asks donate donates donation notify evil
excluded reserves withdraw withdrawn withdraws rescind rescinded trial seat seats eur usd gbp chf lend lends lent loan
loaned lease leased rent rented months years army armed forces mining rivals registration contract private privately
personally temporarily temporary provisionally domestic academics scholars hobbyists
"""
_OTHERS = """
kommerziell kommerzielle kommerziellen nichtkommerziell nichtkommerzielle nichtkommerziellen nur nicht verboten
untersagt ausschließlich forschung forschungszwecke forschungszwecken commerciale commerciales commerciaux uniquement
seulement exclusivement interdit interdite recherche comercial comerciales solamente únicamente unicamente
exclusivamente prohibido prohibida investigación solo soltanto esclusivamente vietato vietata ricerca commerciële
alleen uitsluitend niet verboden onderzoek somente apenas proibido proibida pesquisa
gewerblich gewerbliche gewerblichen gewerblicher erlaubnis zustimmung genehmigung einwilligung bedarf marchand
marchande lucratif lucrative accord autorisation consentement lucrativos lucro autorización autorizacion permiso
consentimiento autorizzazione consenso toestemming commercieel autorização consentimento comercialmente
"""
_ASIDE = """
lapse lapses lapsed end ends ended owe owes owed owing buy buys bought purchase purchases purchased hobby study studies
demo demos demonstration need separate separately another elsewhere differently nc nd secret secretly secrecy belong
belongs customer customers member members subscriber subscribers scope sue sues sued litigation companies firms
businesses corporations banks vendors internal internally talk humans bots good hold holds persons granted grant grants
lose loses lost stop stops uses using usage merely just back share shares patents weights outside covered cover
covers nobody else us our
kein keine keinen verkauf privat private privates privater privé privée privées privado privada privati privato thuis
zuhause intern interna interno gratuit gratuita gratuito
"""
_ASIDES = frozenset(_ASIDE.split())
"""What nobody says beside the text of a licence who adds no terms to it; in the text itself these words are common."""
_REVERSING = """
not no nor never neither cannot must shall may unless except excepting excluding excludes only solely exclusively
without non noncommercial commercial commercially prohibited prohibits prohibit forbidden forbids restricted
nonexclusive exclusive perpetual irrevocable revocable worldwide million thousand hundred billion person entity
"""
DECIDING = frozenset(_REVERSING.split())
"""Words of a licence that turn a sentence round by being gone."""
_PARTS = """
research academic educational european union government training limited teaching students enterprise enterprises
production personal academia schools army armed forces mining rent loan seat trial contract private
"""
_NAME_PARTS = frozenset(_PARTS.split())
_FORMS = """
gmbh inc incorporated llc ltd limited corp corporation ag sa sas bv plc university institute foundation laboratory
laboratories labs group center centre council society association
"""
_OF_A_NAME = frozenset(_FORMS.split())
_HOW = "for only use used using to in by within purpose purposes non not when if while as license licence"
_SAYS_HOW = frozenset(_HOW.split())
_CONDITION = frozenset((*_ENGLISH.split(), *_OTHERS.split()))
_LEAST_END = 3
"""Letters of a word behind the end of a line: what a fold at a hyphen leaves, and not the s of a possessor."""
_HARMLESS = re.compile(
    r"\b(?:all|some|no) rights (?:are )?reserved\b"
    r"|\b(?:the )?following (?:licen[sc]e|terms)(?: and conditions)? appl(?:y|ies) to\b"
    r"|\bread (?:it )?(?:carefully )?before us(?:e|ing)\b"
)


def conditions_in(words: Iterable[str]) -> list[str]:
    """Those of `words` (lower case) that condition, also cut in two, and those in a script that we cannot read."""
    kept = _HARMLESS.sub(" ", " ".join(words)).split()
    ends = [end for start, end in pairwise(kept) if len(end) >= _LEAST_END and start + end in _CONDITION]
    found = [*(word for word in kept if word in _CONDITION or not _readable(word)), *ends]
    return [] if found and _is_name(kept, found) else found


def asides_in(words: Iterable[str]) -> list[str]:
    """Those of the words beside a licence's text that speak of rights, of who has them or of what they cost."""
    return [word for word in words if word in _ASIDES]


def condition_a_copyright(words: Sequence[str]) -> bool:
    """Whether a copyright line says more than years and a holder, who may be called `Idea Research`."""
    found = {word for word in words if word in _CONDITION or not _readable(word)}
    return bool(found) and not (found <= _NAME_PARTS and not _SAYS_HOW & set(words))


def _is_name(words: Sequence[str], found: Sequence[str]) -> bool:
    """`example research gmbh`: a holder's name, in which nothing says how or for what."""
    beside = set(words) - set(found)
    return (
        set(found) <= _NAME_PARTS and bool(beside) and bool(_OF_A_NAME & set(words)) and not _SAYS_HOW & set(words)
    )


def _readable(word: str) -> bool:
    """Latin letters, whatever their accents. A Cyrillic letter in a word that looks Latin is none."""
    return word.isascii() or all(not c.isalpha() or unicodedata.name(c, "").startswith("LATIN") for c in word)
