"""Lone words that are names where they stand: behind a bed, a role or a relative.

`Bed 6 - Oyelaran, awaiting CT`, `Zi 8 Szymanski`, as wards hand patients over; `Nurse: Okonjo`; `her nephew Ronny`.
Such lines have no sentence around the name that would tell it; what no dictionary has is one there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from governance.pii.naming import names
from governance.pii.naming.medicines import listed
from governance.pii.settings import SPOKEN
from governance.pii.text.spans import Span
from governance.pii.words import listed_names, vocabulary

SCORE = 0.6
_PLACE = (
    r"(?i:bed|bett|room|rm|bay|cubicle|side room|zimmer|zi|platz|chambre|ch|lit|habitación|hab|cama|kamer|letto|stanza)"
)
_TITLE = r"(?:(?:Mr|Mrs|Ms|Miss|Hr|Hrn|Fr|Frau|Herr|Mme|Mlle|M|Sr|Sra|Dhr|Mw|Mevr|Pat|Pt)\.? )?"
_SAID = rf"(?P<first>{names.TITLE_CASE})(?: (?P<second>{names.TITLE_CASE}))?(?![\w@])"
_LYING = re.compile(rf"(?<![\w-]){_PLACE}\.? ?\d{{1,4}}[a-zA-Z]?(?: ?[:,/–-])? {{1,2}}{_TITLE}{_SAID}")
_KIN = re.compile(
    r"(?<!\w)(?:[Hh]is|[Hh]er|[Mm]y|[Tt]heir|[Oo]ur|[Yy]our|\w['’]s) (?:(?:elder|eldest|younger|youngest|late|older) )?"
    r"(?:step|half|twin |ex-)?(?:daughter|son|wife|husband|brother|sister|mother|father|nephew|niece|cousin|uncle|aunt"
    r"|grand(?:son|daughter|mother|father)|fianc[ée]e?|boyfriend|girlfriend|(?:daughter|son|sister|brother)-in-law"
    rf"|neighbour),? {_SAID}"
)
"""In other languages `foreign` knows relatives."""


def people(text: str) -> Iterator[Span]:
    """PERSON spans of who lies where, and of relatives."""
    for match in (*_LYING.finditer(text), *_KIN.finditer(text)):
        if is_name(match["first"]):
            both = match["second"] is not None and is_name(match["second"])
            yield Span(match.start("first"), match.end("second" if both else "first"), "PERSON", SCORE)


def is_name(word: str) -> bool:
    """It is in the lists of names, or in no dictionary of a language that policies speak, and no `OpenAI`."""
    if names.common(word) or names.is_product(word) or word.lower() in listed():
        return False
    return listed_names.is_listed(word) or not any(vocabulary.is_in_dictionary(word, one) for one in SPOKEN)
