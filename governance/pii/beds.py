"""Who lies where: `Bed 6 - Oyelaran, awaiting CT`, `Zi 8 Szymanski`, `Ch. 12 : Vandamme`, as wards hand patients over.

Such lines have no sentence around the name that would tell it; what no dictionary has is one there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from governance.pii import listed_names, names, vocabulary
from governance.pii.medicines import listed
from governance.pii.settings import SPOKEN
from governance.pii.spans import Span
from governance.pii.whole_names import TITLE_CASE

SCORE = 0.6
_PLACE = (
    r"(?i:bed|bett|room|rm|bay|cubicle|side room|zimmer|zi|platz|chambre|ch|lit|habitación|hab|cama|kamer|letto|stanza)"
)
_TITLE = r"(?:(?:Mr|Mrs|Ms|Miss|Hr|Hrn|Fr|Frau|Herr|Mme|Mlle|M|Sr|Sra|Dhr|Mw|Mevr|Pat|Pt)\.? )?"
_LYING = re.compile(
    rf"(?<![\w-]){_PLACE}\.? ?\d{{1,4}}[a-zA-Z]?(?: ?[:,/–-])? {{1,2}}{_TITLE}"
    rf"(?P<first>{TITLE_CASE})(?: (?P<second>{TITLE_CASE}))?(?![\w@])"
)


def people(text: str) -> Iterator[Span]:
    """PERSON spans."""
    for match in _LYING.finditer(text):
        if _is_name(match["first"]):
            both = match["second"] is not None and _is_name(match["second"])
            yield Span(match.start("first"), match.end("second" if both else "first"), "PERSON", SCORE)


def _is_name(word: str) -> bool:
    if names.common(word) or word.lower() in listed():
        return False
    return listed_names.is_listed(word) or not any(vocabulary.is_in_dictionary(word, one) for one in SPOKEN)
