"""The day behind a name, without a word between them: `Re: Margaret Okafor, 14/02/1957`, `Anna Müller (12.03.1961)`.

Letters of hospitals, insurers and courts name people so. A day that is long past by the time of the text is that of a
birth; one of its own years may be that of a signature, and is one of a birth only behind a patient's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from governance.pii.spans import Span

SCORE = 0.99
_MONTH = r"(?i:jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])"
_DAY = re.compile(
    r"(?:[,;]?[ \n]| [–-] )\(?(?P<day>\d{1,2}(?P<by>[./-])\d{1,2}(?P=by)(?P<year>\d{4}|\d{2})"
    rf"|(?P<first>\d{{4}})-\d\d-\d\d|\d{{1,2}}(?P<apart>[ -]){_MONTH}(?P=apart)(?P<named>\d{{4}}))"
    r"(?![\w/-]|[.,:]\d|,? ?(?:at |um |à |alle |a las )?\d{1,2}[:.h]\d\d)"
)
_PATIENT = re.compile(
    r"(?i:(?<!\w)(?:patient(?:in|en|e)?|pat|pt|pazient[ei]|paciente|patiënte?)\b[.:]{0,2}[ \t]{0,3})"
    r"(?:(?:Mr|Mrs|Ms|Miss|Herrn?|Frau|Hr|Fr|Mme|Mlle|M|Sra?|Dhr|Mevr|Mw)\.?[ ])?\Z"
)
_BEFORE = 40
_YEARS = re.compile(
    r"(?<![\w./-])(?:\d{1,2}(?P<by>[./-])\d{1,2}(?P=by)(?P<last>(?:19|20)\d\d)|(?P<first>(?:19|20)\d\d)-\d\d-\d\d)(?!\w)"
)
_ALWAYS, _GROWN, _PRESENT = 2015, 15, 2026
"""No text is taken for older than the first year nor for younger than the last; years between a birth and a text."""


def behind(spans: Sequence[Span], text: str) -> Iterator[Span]:
    """DATE_OF_BIRTH spans of the days that stand behind the people among `spans`."""
    found = [(s, match) for s in spans if s.type == "PERSON" and (match := _DAY.match(text, s.end))]
    if not found:
        return
    years = [int(dated["last"] or dated["first"]) for dated in _YEARS.finditer(text)]
    written = max([_ALWAYS, *(year for year in years if year <= _PRESENT)])
    for person, match in found:
        patient = _PATIENT.search(text, max(0, person.start - _BEFORE), person.start)
        if patient or _year(match) <= written - _GROWN:
            yield Span(match.start("day"), match.end("day"), "DATE_OF_BIRTH", SCORE)


def _year(match: re.Match[str]) -> int:
    """Of two digits the present century's, where that has come to it."""
    year = int(match["year"] or match["first"] or match["named"])
    return year if year > 99 else year + (2000 if year <= _PRESENT % 100 else 1900)
