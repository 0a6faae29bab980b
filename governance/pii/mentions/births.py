"""The day behind a name, without a word between them: `Re: Margaret Okafor, 14/02/1957`, `Anna Müller (12.03.1961)`.

Letters of hospitals, insurers and courts name people so. A day that is long past by the time of the text is that of a
birth; one of its own years may be that of a signature, and is one of a birth only behind a patient's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from governance.pii.naming import names
from governance.pii.naming.lone_names import is_name
from governance.pii.patterns.dates import MONTH_NAMES
from governance.pii.text.spans import Span

SCORE = 0.99
_MONTH = rf"(?i:{'|'.join(MONTH_NAMES)})"
_DAY = re.compile(
    r"(?:[,;]?[ \n]| [–-] )(?P<aside>\()?(?P<day>(?P<one>\d{1,2})(?P<by>[./-])(?P<two>\d{1,2})(?P=by)"
    r"(?P<year>\d{4}|\d{2})|(?P<first>\d{4})(?P<mark>[/-])\d\d(?P=mark)\d\d"
    rf"|\d{{1,2}}(?:\.|st|nd|rd|th|er|º|°)?[ -](?:de |di )?{_MONTH}\.?[ -](?:de |del )?(?P<named>\d{{4}})"
    rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? (?P<written>\d{{4}}))"
    r"(?![\w/-]|[.,:]\d|,? ?(?:at |um |à |alle |a las )?\d{1,2}[:.h]\d\d"
    rf"| ?(?:[–—-]|to|until|bis|au|al|tot|hasta) ?(?:\d{{1,4}}[./-]\d|\d{{1,2}}\.? {_MONTH}|{_MONTH} \d))"
)
_TITLES = r"(?:(?:Mr|Mrs|Ms|Miss|Master|Baby|Herrn?|Frau|Hr|Fr|Mme|Mlle|M|Sra?|Sig(?:\.?ra)?|Dhr|Mevr|Mw)\.?[ ])?"
_PATIENT = (
    r"(?i:(?<!\w)(?:(?:patient(?:in|en|e)?|pat|pt|pazient[ei]|paciente|patiënte?)(?:['’]s)?(?: ?name)?\b"
    r"[ \u00a0]?[.:]{0,2}|(?:child|pupil|kind|schüler(?:in)?|enfant|élève|niñ[oa]|bambin[oa]|leerling) ?:))"
    r"[ \t]{0,3}"
)
_TREATED, _LED = re.compile(rf"{_PATIENT}{_TITLES}\Z"), re.compile(_PATIENT)
_SIGNED = re.compile(
    r"(?i:(?<!\w)(?:sign(?:ed|ature|é)|approved|approuvé|witnessed|unterschrift|unterzeichnet|gez(?:eichnet)?|firmad[oa]"
    r"|firma(?:to)?|(?:onder|ge)tekend|handtekening)[.,]?(?: (?:by|par|por|da|door|von))?(?: ?:)?[ ])"
    rf"{_TITLES}\Z"
)
_BEFORE = 40
_YEARS = re.compile(
    r"(?<![\w./-])(?:\d{1,2}(?P<by>[./-])\d{1,2}(?P=by)(?P<last>(?:19|20)\d\d)|(?P<first>(?:19|20)\d\d)-\d\d-\d\d"
    rf"|(?=[^\W\d]){_MONTH}\.?,? (?:\d{{1,2}}(?:st|nd|rd|th)?,? |de |del )?(?P<named>(?:19|20)\d\d))(?!\w)"
)
_OLDEST, _ALWAYS, _GROWN, _PRESENT = 1900, 2015, 15, 2026
"""Nobody living was born before the first year. No text is taken for older than the second nor for younger than the
last; between a birth and a text lie the years of the third."""


def behind(spans: Sequence[Span], text: str) -> Iterator[Span]:
    """DATE_OF_BIRTH spans of the days that stand behind the people among `spans`."""
    people = {s.end: s for s in sorted(spans, key=lambda s: -s.start) if s.type == "PERSON"}
    found = [(person, match) for end, person in people.items() if (match := _DAY.match(text, end))]
    if not found:
        return
    years = [int(dated["last"] or dated["first"] or dated["named"]) for dated in _YEARS.finditer(text)]
    written = max([_ALWAYS, *(year for year in years if year <= _PRESENT)])
    for person, match in found:
        long_past = _OLDEST <= _year(match) <= written - _GROWN and not _is_signature(person, match, text)
        if _is_day(match) and ((long_past and _is_somebody(person, text)) or _is_patient(person, text)):
            yield Span(match.start("day"), match.end("day"), "DATE_OF_BIRTH", SCORE)


def _year(match: re.Match[str]) -> int:
    """Of two digits the present century's, where that has come to it."""
    year = int(match["year"] or match["first"] or match["named"] or match["written"])
    return year if year > 99 else year + (2000 if year <= _PRESENT % 100 else 1900)


def _is_day(match: re.Match[str]) -> bool:
    """Neither the sort code of a bank, `20-45-98`, nor a version, `9.0.65`."""
    month, day = sorted(map(int, (match["one"] or 1, match["two"] or 1)))
    return 1 <= month <= 12 and day <= 31


def _is_somebody(person: Span, text: str) -> bool:
    """A lone word may be the place of a signature: `München, 12. März 1999`."""
    name = text[person.start : person.end]
    return " " in name or names.follows_title(text, person.start) or is_name(name)


def _is_patient(person: Span, text: str) -> bool:
    before = _TREATED.search(text, max(0, person.start - _BEFORE), person.start)
    return before is not None or _LED.match(text, person.start, person.end) is not None


def _is_signature(person: Span, match: re.Match[str], text: str) -> bool:
    """`Signed: Tom Baker, 12/03/1999`; a day in brackets says who that is."""
    return not match["aside"] and _SIGNED.search(text, max(0, person.start - _BEFORE), person.start) is not None
