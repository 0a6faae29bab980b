"""Doses, laboratory values and scores, which the tagger takes for streets with their numbers: `Ramipril 2,5 mg 1-0-1`,
`CRP 214, Hb 109`, `Barthel 55`.

No address is made of them, and a dose under another number would be a dangerous thing to learn. Names that stand among
them are looked for again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from governance.pii.cells.reading import Reading
from governance.pii.mentions.whole_names import CAP
from governance.pii.naming import names
from governance.pii.naming.eponyms import terms_of_art
from governance.pii.naming.medicines import medicines
from governance.pii.text.spans import NOWHERE, Range, Ranges, Span, either, joined
from governance.pii.words import listed_names
from governance.pii.words.vocabulary import is_english, is_word

_UNITS = (
    r"(?:[mkµμnpf]|mc|d)?(?:g|mol|l|L|IE|IU|UI|U|eq|Eq|val|Gy|Bq|Ci|Osm|osmol|kat|Pa|bar|s|S|J|W|V|Hz)"
    r"|dl|dL|cl|cc|cm|mm|mmHg|cmH2O|kPa|bpm|kcal|kJ|fl|fL|[°º]C|Ch|CH|Fr|Charr|g%|mg%|[%‰]|ppm|Mio|T/l|G/l|x ?10"
    r"|(?i:units?|einheiten|unités?|unidades|eenheden|tabs?|tablets?|tabletten?|tbl|tabl|comprim[ée]s?|cp|cps|caps?"
    r"|capsules?|kapseln?|gélules?|gouttes?|tropfen|trpf|drops?|gotas|hübe|hub|puffs?|bouff[ée]es|amp|ampullen?"
    r"|ampoules?|beutel|sachets?|points?|punkten?|pkt|puntos|punten|stunden|std|sec|min|minut\w{1,3}|hours?|hrs?|heures?"
    r"|horas|uur|days?|tagen?|jours?|weeks?|wochen?|semaines?|semanas?|weken|months?|monaten?|mois|meses|years?|jahren?"
    r"|ans|años|jaar)"
)
_LEAST_OF_ONE_LETTER = 3
"""Digits: a house may be `12 g`, a child weighs `3420 g`."""
_NUMBER = r"\d{1,7}(?:[.,]\d{1,4})?(?:[-–/]\d{1,6}(?:[.,]\d{1,4})?)?"
_VALUE = r"\d{1,4}(?:[.,]\d{1,4})?(?:/\d{1,3})?"
_PER = r"(?:/(?:[\d.,]{1,5} ?)?[^\W\d_]{1,6}\d?){0,3}"
_MEASURED = re.compile(
    rf"(?<![\w.,/-])(?P<number>{_NUMBER})[ \u00a0]?(?P<unit>{_UNITS})(?P<per>{_PER})(?![\w/-])"
    r"|(?<![\w.,/-])(?:\d{1,5}[.,]\d{1,3}|\d{1,2}(?:-\d{1,2}){2,3}|[<>≤≥] ?\d{1,5})(?![\w/-]|[.,]\d)"
)
_SIGNS = """
4AT ABPI ALAT ALP ALT AMT4 AMTS APACHE APTT ASAT AST AUDIT Alb Alb. BE BESD BIS BMI BNP BP BPE BPM BPRS BSG BUN BZ
CAM-ICU CCI CFS CGI CHA2DS2-VASc CIWA CIWA-Ar CK CK-MB CPAP CPP CRB-65 CRP CURB CURB-65 CVP Creat DAS28 DFG DLQI DOS
DRS DemTect ECOG EDSS EF ELWI EMV EPDS EVLWI EWS EXTEM FC FEV1 FEVG FFP FIBTEM FT3 FT4 FVC FiO2 GAD-7 GAF GCS GDS GFR
GGT GOLD GOT GPT GRACE HADS HAQ HAS-BLED HCT HDL HFNC HIT HR Hb HbA1c Hct Hgb Hkt HoNOS ICDSC IDDSI INR K K+ Krea
Kreat LDH LDL LVEDD LVEF Lactate Laktat Leuko Leukos MAD MADRS MAP MCH MCHC MCV MELD MEWS MMSE MMST MNA MRC MUST Mg
MoCA NEWS NEWS2 NIHSS NPI NRS NRS2002 NSE NT-proBNP NUTRIC NYHA Na Na+ O2 PANSS PAPS PCT PCWP PEEP PEF PESI PHQ-2
PHQ-9 PSA PTT PaCO2 PaO2 PiCCO Pmax Pplat Puls Quick RASS RBC RDW RR SAPS SBP SNAQ SOFA SVR SVRI SaO2 ScvO2 SpO2 TA
TAPSE TIMI TSH TTR Temp Thrombo Thrombos Tn Trop TropT Tropo Troponin UPDRS VAS VMS VSR WBC WCC Y-BOCS ZVD eGFR hsTnT
mRS pCO2 pH pO2 qSOFA sO2 sPESI
"""
"""What laboratories and wards measure, as they abbreviate it."""
_ROOMS = (
    r"wards?|bays?|beds?|theatres?|clinic|station|zimmer|zi|bett|saal|chambre|ch|lit|unité|salle|habitación|cama|planta"
    r"|afdeling|kamer|bleep|pager|stufe|grade?|stage|level|stadium|pflegegrad|ziffern?|niveau|classe|class|grado"
)
_READING = re.compile(
    rf"(?<![\w/-])(?:(?:{either(_SIGNS.split())}|[A-Z]{{3,6}} I{{1,3}}(?= \d))[: =]{{1,3}}(?:[<>≤≥~] ?)?{_VALUE}"
    rf"|(?i:{_ROOMS})\.? \d{{1,4}}[A-Za-z]?)(?![\w-])"
)
_SCORED = re.compile(
    rf"(?:[- ](?:index|score|scale|skala|test|stadium|stage|grade|grad|type|typ|klasse|class|score de)){{0,2}}"
    rf"[: =]{{1,3}}(?:{_VALUE}|[IVX]{{1,4}}[ab]?)(?![\w-])",
    re.IGNORECASE,
)
_STREET = re.compile(
    r"(?<!\w)(?:street|st|road|rd|avenue|ave|lane|drive|boulevard|court|crescent|square|terrace|place|close|walk|gardens"
    r"|grove|mews|parade|park|highway|parkway|rue|avda?|avenida|bd|quai|chemin|all[ée]e|impasse|via|viale|piazza|corso"
    r"|calle|c/|plaza|paseo|rua|ul|ulica|str|apt|flat|suite|p\.? ?o\.? box|postfach|apartado|postbus)(?![\w'’])"
    r"|(?:stra(?:ss|ß)e|str\.|gasse|weg|allee|platz|damm|ufer|straat|laan|plein|kade|gracht)(?!\w)"
    r"|(?-i:(?<![\w.,/-])(?:[A-Z]{1,2}-)?\d{4,5} [A-ZÀ-Þ][^\W\d_]{2})|(?<!\w)[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}(?!\w)",
    re.IGNORECASE,
)
"""What tells an address in which a number with a unit stands as well."""
_RATIO = re.compile(
    r"(?:(?:RR|TA|BP|PA|T/A|IOP|[CTLS]\d{0,2}|BPE|GCS|ESC|Fr|H)[ :]?)?\d{1,3}(?:[/–-]\d{1,3}){1,2}"
    r"|[CTLS]\d{1,2}/[CTLS]?\d"
)
"""A pressure, a strength, a range or a pair of vertebrae: `130/70`, `25/100`, `L4/5`."""
_HOUSE = re.compile(r"(?<![\w.,/-])\d{1,4}(?![\w/-]|[.,]\d)")
_WORD = re.compile(
    r"(?P<number>(?<![\w.,])(?!\d{1,3}(?:/\d{1,3}){1,2}(?!\w))(?=(?:[\w/-]{0,20}\d){5})\w{1,20}(?:[/-]\w{1,20}){0,4})"
    rf"|{CAP}"
)
"""A capital word, or a number of five digits and more."""


def measured(text: str) -> list[Range]:
    """Where quantities with their units, decimals, and values of the signs that clinics measure stand, in order."""
    if not any(map(str.isdigit, text)):
        return []
    quantities = (match.span() for match in _MEASURED.finditer(text) if not _may_be_a_house(match))
    scored = (
        (start, match.end()) for start, end in terms_of_art(text) if (match := _SCORED.match(text, end)) is not None
    )
    return list(joined([*quantities, *(match.span() for match in _READING.finditer(text)), *scored]).places)


def _may_be_a_house(match: re.Match[str]) -> bool:
    unit = match["unit"]
    lone = unit is not None and len(unit) == 1 and unit.isalpha() and not match["per"]
    return lone and match["number"].isdigit() and len(match["number"]) < _LEAST_OF_ONE_LETTER


def is_ratio(text: str) -> bool:
    """Whether it is nothing but two or three short numbers against each other."""
    return _RATIO.fullmatch(text) is not None


def without_measures(spans: Iterable[Span], reading: Reading) -> Iterator[Span]:
    """`spans`; of what was taken for an address and is a list of doses or values, only words that may be names."""
    text, found = reading.text, list(spans)
    addresses = any(span.type == "STREET_ADDRESS" for span in found)
    places = joined([*measured(text), *medicines(text)]) if addresses else NOWHERE
    for span in found:
        if span.type == "STREET_ADDRESS" and _is_of_measures(span, text, places):
            yield from _names(span, reading, places)
        else:
            yield span


def _is_of_measures(span: Span, text: str, places: Ranges) -> bool:
    """Whether all numbers in it are measures or long ones, and nothing else tells an address."""
    numbers = (replace(span, start=m.start(), end=m.end()) for m in _HOUSE.finditer(text, span.start, span.end))
    beside = any(not places.meet(number) for number in numbers)
    return places.meet(span) and not beside and not _STREET.search(text, span.start, span.end)


def _names(span: Span, reading: Reading, places: Ranges) -> Iterator[Span]:
    for word in _WORD.finditer(reading.text, span.start, span.end):
        one = replace(span, start=word.start(), end=word.end(), type="CASE_NUMBER" if word["number"] else "PERSON")
        if not places.meet(one) and (word["number"] or _may_be_a_name(word.group(), reading)):
            yield one


def _may_be_a_name(word: str, reading: Reading) -> bool:
    if listed_names.is_listed(word):
        return True
    abroad = any(is_word(word, part.language) for part in reading.foreign)
    return not (word.isupper() or names.common(word) or reading.is_vocabulary(word) or abroad or is_english(word))
