"""Companies in other languages than English, known by the legal form behind their name: `Siemens AG`, `Dupont SARL`.

The English tagger is asked for no organisations there, and a form that a register gives is more certain than it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from governance.pii.naming.foreign import NO_NAMES
from governance.pii.text.spans import Span

SCORE = 0.85
_FORMS = (
    r"(?:g?GmbH|AG|SE|UG(?: \(haftungsbeschränkt\))?)(?: & Co\.? KG(?:aA)?)?|KGaA|KG|OHG|e\. ?K\.|e\. ?V\.|eG",
    r"S\.? ?A\.? ?R\.? ?L\.?|S\.A\.S\.?(?:U\.)?|SASU?|EURL|SNC|SCI|S\.A\.(?:U\.)?|SA",
    r"S\.L\.(?:U\.)?|SLU?|S\. ?Coop\.",
    r"S\.r\.l\.?|S\.R\.L\.?|Srl|SRL|S\.p\.A\.?|S\.P\.A\.?|SpA|S\.n\.c\.|S\.a\.s\.",
    r"B\.V\.?|BV|N\.V\.?|NV|V\.?O\.?F\.?",
)
_CAPITAL = r"(?:[dlDL]['’])?[A-ZÀ-ÖØ-Þ][\w'’.-]{0,30}(?:&[A-ZÀ-ÖØ-Þ][\w'’-]{0,30})?"
_BETWEEN = r"(?: (?:&|\+|und|et|y|e|en|de|du|des|del|della|delle|di|per|von|van|der|den|la|le|les|los)){1,2}"
_COMPANY = re.compile(
    rf"(?<![\w@.-])(?P<name>{_CAPITAL}(?:(?:{_BETWEEN})? {_CAPITAL}){{0,5}}?),? (?:{'|'.join(_FORMS)})(?!\w)"
)
_ELIDED = re.compile(r"\A[dl]['’]")
_SHOUTED = re.compile(r" [A-ZÀ-ÖØ-Þ]{2}")
_WHAT_IT_IS = frozenset((
    "firma", "gesellschaft", "unternehmen", "urteil", "beschluss", "société", "societe", "entreprise", "compagnie",
    "empresa", "sociedad", "compañía", "ditta", "società", "azienda", "bedrijf", "onderneming", "vennootschap",
))  # fmt: skip


def by_legal_form(text: str) -> Iterator[Span]:
    """ORGANIZATION spans, the legal form included, without the words that only say that it is a company."""
    for match in _COMPANY.finditer(text):
        shouted = match["name"].isupper() and _SHOUTED.match(text, match.end())  # `LA EMPRESA SE OBLIGA`
        start = match.start() + _said_before(match["name"])
        if not shouted and start < match.end("name"):
            yield Span(start, match.end(), "ORGANIZATION", SCORE)


def _said_before(name: str) -> int:
    """How many characters of `Die Firma Weber` are no name."""
    at = 0
    while at < len(name):
        word, _, _ = name[at:].partition(" ")
        said = _ELIDED.sub("", word.casefold())
        if said not in NO_NAMES and said not in _WHAT_IT_IS:
            break
        at += len(word) + 1
    return at
