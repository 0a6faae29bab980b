"""Whether a value can be what its label says: `Date of birth: see above` and `Surname: required` are nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from governance.pii.naming.lone_names import is_name
from governance.pii.naming.names import PARTICLES, TITLE_CASE, TITLE_WORDS
from governance.pii.patterns.dates import MISREAD
from governance.pii.words.labels import Strength

_MONTH = (
    r"(?:jan|feb|m[aä]r|mar|apr|avr|abr|mai|may|mag|mei|maa|mrt|maj|jun|jui|giu|jul|lug|aug|ao[uû]|ago|sep|set|oct|okt"
    r"|ott|out|nov|dec|dez|d[eé]c|dic|f[eé]v|ene|gen|mars)[a-zäéûç]{0,8}\.?"
)
_ROMAN = r"(?:i{1,3}|i[vx]|vi{0,3}|xi{0,2})"
_DATE = re.compile(
    rf"{MISREAD}|\d{{4}} ?[./-] ?\d{{1,2}} ?[./-] ?\d{{1,2}}(?!\d)"
    rf"|\d{{1,4}} ?[./-] ?(?:\d{{1,2}}|{_MONTH}|{_ROMAN}) ?[./-] ?['’]?\d{{2,4}}"
    rf"|\d{{1,2}}(?P<by>[ ,_|:])(?:\d{{1,2}}|{_ROMAN})(?P=by)(?:19|20)\d{{2}}"
    rf"|\d{{1,2}}(?:\.|st|nd|rd|th|er|º)?[ -]?(?:of |de |di )?{_MONTH},?[ -](?:de |del )?['’]?\d{{2,4}}"
    rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}|(?:19|20)\d{{6}}",
    re.IGNORECASE,
)
_WORD = r"[^\W\d_][\w'.-]{0,40}"
_LONE = re.compile(TITLE_CASE)
_NAME = re.compile(rf"{_WORD}(?: ?,? {_WORD}){{0,6}}")
_CODE = re.compile(
    r"(?=[^\n]{0,12}\d)[A-Za-z0-9]{1,34}(?:[./:-][A-Za-z0-9]{1,34}){0,8}"
    r"(?: ?[/-]? ?(?=[A-Za-z]{0,3}\d|[A-Z]{1,3}(?!\w))[A-Za-z0-9]{1,24}(?:[./-][A-Za-z0-9]{1,24}){0,4}){0,9}"
)
_DIGITS = re.compile(r"[A-Z]{0,4}\d[A-Z0-9]{0,33}(?:[ ./-]{1,2}[A-Z0-9]{1,24}){0,10}")
_PHONE = re.compile(r"(?:\+|00|\()?\d[\d ()./-]{4,22}\d(?: ?(?:x|ext\.?|Durchwahl) ?\d{1,6})?", re.IGNORECASE)
_AGE = re.compile(r"(?:1[01]\d|\d{1,2})(?= ?(?:years?|yrs?|jahre|ans|años|anni|jaar)?(?: old)?\.?$)", re.IGNORECASE)
_USERNAME = re.compile(r"[\w@][\w.@+\\-]{2,60}\Z")
_POSTCODE = re.compile(r"(?:[A-Z]{1,2}[- ])?\d{4,6}(?:-\d{3,4})?(?: [^\W\d_].{1,40})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"
                       r"|\d{4} ?[A-Z]{2}(?!\w).{0,40}|\d{1,4}[a-z]?")  # fmt: skip
_SENTENCE = re.compile(r"[a-zß-ÿ]{3,}\. [A-Z]|[!?]")

_NO_VALUE_WORDS = """
a about above all any arriba as at attached aucun auf avec be below blank both boven by can char che ci-dessus con
confidential dans das dem der desconocido details die each een ein eine empty enter entered entfällt es est false
field for from für geen given gli has have here het hidden if il in inconnu integer is ist it its ja kein keine las le
les los mandatory may met multiple must n/a na nein nessuna nessuno nicht niet nil ninguna ninguno no non none not
null number néant oben oder of on onbekend only optional or other oui para pas per please por pour provided que
redacted refer required same sconosciuto see shall should siehe sin sind sono sont sopra string such sur sí tba tbd
text that the their then there these this to true type unbekannt und une unknown unspecified unten using value varchar
vedi ver voir voor was were what when where which wie will with withheld without yes you your zie zijn
"""
_NO_VALUES = frozenset(_NO_VALUE_WORDS.split())
_TITLES = TITLE_WORDS | {"m", "pr", "med"}
_NAMES_TOO = frozenset(("Will", "May", "Per", "Le", "See", "An", "La", "Can", "Das", "Mai", "Sur"))
_FIRM = re.compile(
    r"(?<!\w)(?:ltd|limited|llc|llp|plc|inc|incorporated|corp|corporation|company|gmbh|ag|kg|ohg|se|sarl|sas|s\.?a|s\.?l"
    r"|s\.?r\.?l|s\.?p\.?a|b\.?v|n\.?v|bank|banque|banco|banca|group|holdings?|partners|university|ministry|department"
    r"|office|team|board|committee|council|agency|authority|services?|solutions|systems|support|admin|system"
    r"|analytics|audit|compliance|(?:help|service)?[ -]?desk|inbox|mailbox|operations|payroll|abteilung|verteiler"
    r"|referat|ufficio|direzione|reparto|departamento|direcci[oó]n|oficina|direction|équipe)(?!\w)\.?",
    re.IGNORECASE,
)

_BETWEEN_PEOPLE = re.compile(r" (?:t/a|d/b/a|trading as) [^\n]*|[;/\n{}]|,? (?:and|und|et|y|e|en|&|\+) ")
_COMMAS_TOO = re.compile(rf"{_BETWEEN_PEOPLE.pattern}|,")
_SHORT = 2
"""An article or a particle has no more letters (`De`, `La`)."""
_ASIDE = re.compile(r" ?[(<\[]| [-–—] | (?:n[ée]e?|nat[oa]|nacid[oa]|geb(?:\.|orene?)|born)(?= )")


def people(text: str) -> Iterator[tuple[int, int]]:
    """Where each person of a list stands: `A Weber (CFO); B Rossi and C Jones`; `Weber, Anna` is one person."""
    commas = [part.split() for part in text.split(",")]
    parted = len(commas) > 2 or (len(commas) == 2 and all(len(words) > 1 for words in commas))
    position = 0
    for match in [*(_COMMAS_TOO if parted else _BETWEEN_PEOPLE).finditer(text), None]:
        part = _ASIDE.split(text[position : match.start() if match else None], maxsplit=1)[0]
        start = position + len(part) - len(part.lstrip(" \"'"))
        end = position + len(part.rstrip(" \"',."))
        if end > start:
            yield start, end
        position = match.end() if match else len(text)


def value_end(kind: str, strength: Strength, text: str) -> int:
    """How many leading code points of `text`, the value of a label, are of type `kind`; 0 when it can't be one."""
    named = kind == "PERSON" and strength == "sure" and text in _NAMES_TOO
    if not text or (text.lower().strip(" .()[]*_-") in _NO_VALUES and not named):
        return 0
    return _FITS[kind](text, strength)


def dates(text: str) -> Iterator[re.Match[str]]:
    """Where days of a year stand in a text, written in whatever way."""
    return _DATE.finditer(text)


def may_be(kind: str, text: str) -> bool:
    """Whether `text`, a part of what was taken for `kind`, could be that by itself."""
    if kind not in _FITS:
        return any(map(str.isdigit, text))
    return value_end(kind, "in_context", text) == len(text) and (kind != "PERSON" or len(text) > _SHORT)


def _person(text: str, strength: Strength) -> int:
    match = _NAME.fullmatch(text)
    words = re.split(r"[ ,]+", text)
    telling = (word for word in _without_initials(words) if not _is_part_of_names(word))
    unlike = any(word.lower() in _NO_VALUES for word in telling)
    titles = all(word.strip(".").lower() in _TITLES for word in words)
    if match is None or unlike or titles or len(text) > 70 or _FIRM.search(text):
        return 0
    if strength == "sure":
        return len(text)
    names = [word for word in words if word not in PARTICLES]
    if strength == "likely" and len(names) == 1:
        return len(text) if _LONE.fullmatch(names[0]) and is_name(names[0]) else 0
    return len(text) if 1 <= len(names) <= 5 and not any(name[0].islower() for name in names) else 0


def _is_part_of_names(word: str) -> bool:
    return word in PARTICLES or (word.title() if word.isupper() else word) in _NAMES_TOO


def _without_initials(words: list[str]) -> list[str]:
    """`vince a kaminski`, who is written in small letters: the first and the last word are none."""
    return [word for at, word in enumerate(words) if len(word) > 1 or not 0 < at < len(words) - 1]


def _place(text: str, strength: Strength) -> int:
    words = re.split(r"[ ,/]+", text)
    if len(text) > 60 or len(words) > 6 or not text[0].isupper() or any(word.lower() in _NO_VALUES for word in words):
        return 0
    return len(text) if all(c.isalpha() or c in " ,.'()/-" for c in text) else 0


def _firm(text: str, strength: Strength) -> int:
    words = text.split()
    refused = len(words) > 8 or text[0].islower() or any(word.lower() in _NO_VALUES for word in words[:1])
    return 0 if refused or _SENTENCE.search(text) else len(text)


def _address(text: str, strength: Strength) -> int:
    """A postcode, a house number, or a street and number, or nothing but capitalised words."""
    words = text.replace(",", " ").split()
    if len(text) > 160 or len(words) > 20 or _SENTENCE.search(text) or any(c in text for c in "@{}%=€$£"):
        return 0
    if _POSTCODE.fullmatch(text):
        return len(text)
    unlike = [word for word in words if word.lower() in _NO_VALUES and not word[:1].isupper()]
    numbered = any(c.isdigit() for c in text) and len(words) >= 2
    capital = all(word[:1].isupper() or len(word) <= 4 for word in words) and len(words) <= 8
    return len(text) if any(c.isupper() for c in text) and len(unlike) < 2 and (numbered or capital) else 0


def _matching(pattern: re.Pattern[str], least_digits: int = 0) -> Callable[[str, Strength], int]:
    def end(text: str, strength: Strength) -> int:
        match = pattern.match(text)
        found = match.group().rstrip(" ./-") if match else ""
        return len(found) if sum(c.isdigit() for c in found) >= least_digits else 0

    return end


_NUMBER = _matching(_CODE, 3)
_FITS: dict[str, Callable[[str, Strength], int]] = {
    "PERSON": _person, "LOCATION": _place, "NRP": _place, "ORGANIZATION": _firm, "STREET_ADDRESS": _address,
    "DATE_OF_BIRTH": _matching(_DATE), "AGE": _matching(_AGE), "PHONE_NUMBER": _matching(_PHONE, 5),
    "USERNAME": _matching(_USERNAME), "BANK_ACCOUNT": _matching(_DIGITS, 4), "EMPLOYEE_ID": _NUMBER,
    "CUSTOMER_ID": _NUMBER, "NATIONAL_ID": _matching(_CODE, 4), "TAX_ID": _matching(_CODE, 4), "PASSPORT": _NUMBER,
    "DRIVER_LICENSE": _matching(_CODE, 4), "MEDICAL_RECORD": _NUMBER, "CASE_NUMBER": _NUMBER,
    "VEHICLE_ID": _matching(_CODE, 2),
}  # fmt: skip
