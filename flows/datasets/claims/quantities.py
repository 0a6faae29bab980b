"""Numbers, months, currencies, units and denials as texts write them: in figures and in words of six languages.

Every function takes text in one case, as `entailment.normal` gives it. Words that say something else in another of
the languages are left out (Italian `due` and `sei`, Spanish `once`, French `cent`), and articles with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from governance.pii.patterns.dates import MONTHS_ABROAD

_TEENS = "zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn"
_TENS = (
    "zwanzig dreissig vierzig fünfzig sechzig siebzig achtzig neunzig",
    "twintig dertig veertig vijftig zestig zeventig tachtig negentig",
    "venti trenta quaranta cinquanta sessanta settanta ottanta novanta",
)
_COUNTS = (
    ("one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen", 1, 1),
    ("seventeen eighteen nineteen", 17, 1), ("twenty thirty forty fifty sixty seventy eighty ninety", 20, 10),
    ("once twice thrice", 1, 1), ("einmal zweimal dreimal viermal", 1, 1), ("eenmaal tweemaal driemaal viermaal", 1, 1),
    ("zwei drei vier fünf sechs sieben acht neun", 2, 1), (_TEENS, 10, 1), *((tens, 20, 10) for tens in _TENS),
    ("deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize", 2, 1),
    ("vingt trente quarante cinquante soixante septante huitante nonante", 20, 10), ("vingts", 20, 1),
    ("dos tres cuatro cinco seis siete ocho nueve diez", 2, 1), ("doce trece catorce quince", 12, 1),
    ("dieciséis diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco", 16, 1),
    ("veintiséis veintisiete veintiocho veintinueve", 26, 1),
    ("treinta cuarenta cincuenta sesenta setenta ochenta noventa", 30, 10),
    ("doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos", 200, 100),
    ("tre quattro cinque", 3, 1), ("sette otto nove dieci undici dodici tredici quattordici quindici sedici", 7, 1),
    ("diciassette diciotto diciannove", 17, 1),
    ("duecento trecento quattrocento cinquecento seicento settecento ottocento novecento", 200, 100),
    ("twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien zeventien", 2, 1),
    ("achttien negentien", 18, 1),
)  # fmt: skip
"""Words in a row, with the number of the first and the step from one to the next."""
_ORDERS = (
    ("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth", 1, 1),
    ("fifteenth sixteenth seventeenth eighteenth nineteenth", 15, 1),
    ("twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth", 20, 10),
    ("premier deuxième troisième quatrième cinquième sixième septième huitième neuvième dixième", 1, 1),
    ("onzième douzième treizième quatorzième quinzième", 11, 1), ("première", 1, 1), ("vingtième", 20, 1),
    ("primero segundo tercero cuarto quinto sexto séptimo octavo noveno décimo", 1, 1), ("primer", 1, 1),
    ("primera segunda tercera cuarta quinta sexta séptima octava novena décima", 1, 1), ("tercer", 3, 1),
    ("terzo quarto quinto sesto settimo ottavo nono decimo", 3, 1), ("primo", 1, 1),
    ("terza quarta quinta sesta settima ottava nona decima", 3, 1),
    ("eerste tweede derde vierde vijfde zesde zevende achtste negende tiende elfde twaalfde", 1, 1),
)  # fmt: skip
_SCALES = {
    100: "hundred hundert honderd cien ciento cento",
    1_000: "thousand tausend mille mila mil duizend k",
    10**6: "million millions millionen millón millones milione milioni miljoen mio mn m",
    10**9: "billion billions milliard milliards milliarde milliarden miliardo miliardi miljard mrd bn",
    10**12: "trillion trillions billionen billones bilioni biljoen tn",
}
_CURRENCIES = {
    "euro": "€ eur euro euros", "dollar": "$ usd dollar dollars dólar dólares dollaro dollari",
    "pound": "£ gbp pound pounds sterling", "franc": "chf franken francs franchi francos", "yen": "¥ jpy yen",
    "krone": "sek nok dkk kronor kroner", "dirham": "aed dirham dirhams",
}  # fmt: skip
_UNITS = {
    "second": "second seconds sekunde sekunden seconde secondes segundos secondi seconden",
    "minute": "minute minutes minuten minuto minutos minuti minuut",
    "hour": "hour hours stunde stunden heure heures hora horas ora ore uur uren",
    "day": "day days tag tage tagen tages jour jours día días giorno giorni dag dagen",
    "week": "week weeks woche wochen semaine semaines semana semanas settimana settimane weken",
    "month": "month months monat monate monaten monats mois mes meses mese mesi maand maanden",
    "year": "year years jahr jahre jahren jahres ans année années año años anno anni jaar jaren",
    "percent": "percent prozent procent", "basispoint": "basispoint",
    "degree": "degree degrees grad grados gradi graden",
    "gram": "gram grams gramm gramme grammes gramo gramos grammo grammi",
    "kilogram": "kg kilogram kilograms kilogramm kilo kilos kilogramme kilogrammes kilogramo kilogramos chilogrammi",
    "tonne": "tonne tonnes tonnen tonnellate toneladas ton", "pound weight": "lb lbs",
    "metre": "metre metres meter meters metern mètre mètres metro metros metri",
    "centimetre": "cm centimetre centimetres zentimeter", "millimetre": "mm millimetre millimetres millimeter",
    "kilometre": "km kilometre kilometres kilometer kilometers kilometern kilomètres kilómetros chilometri",
    "mile": "mile miles meile meilen", "foot": "foot feet",
    "litre": "litre litres liter liters litern litro litros litri", "gallon": "gallon gallons",
    "kilobyte": "kb kilobyte kilobytes", "megabyte": "mb megabyte megabytes", "gigabyte": "gb gigabyte gigabytes",
    "terabyte": "tb terabyte terabytes",
}  # fmt: skip
_PERIODS = ("second", "minute", "hour", "day", "week", "month", "year")
_MONTHS = frozenset(MONTHS_ABROAD) | frozenset(
    "january february march april may june july august september october november december mai mars".split()  # noqa: SIM905
)
_OUTRIGHT = re.compile(
    r"\b(?:not(?! limited to| only)|no|never|nobody|nothing|none|neither|nor|cannot|\w+n't|nicht|nichts|nie|niemals|"
    r"niemand\w*|kein\w*|nein|weder|n'|ne|pas|jamais|aucune?|rien|ni|nunca|jamás|nadie|nada|ning[uú]n\w*|tampoco|"
    r"non(?!-)|nessun\w*|niente|nulla|niet|niets|geen|nooit|nergens|noch|nee)\b"
)
_SAVE = re.compile(
    r"\b(?:without(?! limitation)|unless|except|ohne|ausser|sei denn|sans(?!-)|sauf|sin|salvo|excepto|senza|tranne|"
    r"eccetto|zonder|tenzij|behalve)\b"
)


def _by_word(names_of: dict[str, str]) -> dict[str, str]:
    return {name: one for one, names in names_of.items() for name in names.split()}


def _compounds() -> Iterator[tuple[str, int]]:
    """German, Dutch and Italian numbers that are one word."""
    german, dutch = "ein zwei drei vier fünf sechs sieben acht neun", "een twee drie vier vijf zes zeven acht negen"
    italian = "uno due tre quattro cinque sei sette otto nove"
    for n, (de, nl, it) in enumerate(zip(german.split(), dutch.split(), italian.split(), strict=True), start=1):
        yield from ((f"{de}hundert", 100 * n), (f"{de}tausend", 1000 * n), (f"{it}mila", 1000 * n))
        yield from ((f"{nl}honderd", 100 * n), (f"{nl}duizend", 1000 * n))
        for ten, (zig, tig, anta) in enumerate(zip(*map(str.split, _TENS), strict=True), start=2):
            yield f"{de}und{zig}", 10 * ten + n
            yield f"{nl}{'ën' if nl[-1] == 'e' else 'en'}{tig}", 10 * ten + n
            yield f"{anta[:-1] if it[0] in 'uo' else anta}{it.replace('tre', 'tré')}", 10 * ten + n


def _in_a_row(rows: tuple[tuple[str, int, int], ...]) -> Iterator[tuple[str, int]]:
    yield from ((name, first + n * step) for names, first, step in rows for n, name in enumerate(names.split()))


def _orders() -> Iterator[tuple[str, int]]:
    yield from _in_a_row(_ORDERS)
    small = _in_a_row((("ers zwei drit vier fünf sechs sieb ach neun", 1, 1), (_TEENS, 10, 1)))
    tens = ((name, n) for name, n in (*_in_a_row(((_TENS[0], 20, 10),)), *_compounds()) if name[-3:] in ("zig", "sig"))
    large = ((f"{name}s", n) for name, n in tens)
    yield from ((f"{stem}te{end}", n) for stem, n in (*small, *large) for end in ("", "n", "r", "s", "m"))


_CARDINAL = {**dict(_in_a_row(_COUNTS)), **dict(_compounds())}
_ORDINAL = dict(_orders())
_MOST_SCALED = 10**15
_SCALE = {name: scale for scale, names in _SCALES.items() for name in names.split()}
_CURRENCY = _by_word(_CURRENCIES)
_UNIT = {**_by_word(_UNITS), **_CURRENCY}
_PERIOD = {name: unit for name, unit in _UNIT.items() if unit in _PERIODS}
_RATE = re.compile(
    rf"(?:\W+[^\W\d_]+){{0,2}}?\W+(?:per|a|an|each|every|pro|je|im|par|por|al|all|cada|ogni)[ '](?:la )?"
    rf"({'|'.join(_PERIOD)})\b"
)
_PART = re.compile(r"((?:(?<![\w.,:/)-])(?<!\d )-)?\d+(?:[.,:/-]\d+)*)|[^\W\d_]+")
_JOINS = re.compile(r"[\s-]*(?:\b(?:and|et|y|e|en)\s)?")
_PLAIN = re.compile(r"-?\d+(?:[.,]\d+)?")
_GROUPS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_WINDOW = re.compile(r"\s?([€$£¥])|(?:\W+[^\W\d_]+){1,3}")
_MONEY = "|".join(re.escape(name) for name in _CURRENCY)
_BEFORE = re.compile(rf"(?<!\w)({_MONEY})\s?\Z")
_WRITTEN = (
    (re.compile(r"%|\b(?:per|pour) cent\b|\bpor ciento\b|\bper cento\b"), " percent"),
    (re.compile(r"\bbasis points?\b|\bbps?\b|\bbasispunkte?n?\b|\bbasispunt(?:en)?\b|\bpoints? de base\b|"
                r"\bpuntos? básicos?\b|\bpunt[oi] base\b"), "basispoint"),
    (re.compile(r"°"), " degree "), (re.compile(r"\b(?:minus|moins|menos|meno|min) (?=\d)"), "-"),
    (re.compile(r"\bonce(?! (?:a|an|per|every|each|in)\b)|\bthird(?=[ -]part(?:y|ies)\b)"), " "),
)  # fmt: skip
"""Units of two words and signs as one word, a minus as a sign; "once it is signed", "a third party" count nothing."""


@dataclass(frozen=True)
class Number:
    """A number where it stands in a text: `whole` thousands and more, `rest` below; `figure` as it is written."""

    start: int
    end: int
    whole: Decimal
    rest: Decimal
    figure: str = ""
    ordinal: bool = False

    @property
    def value(self) -> str:
        return self.figure or f"{(self.whole + self.rest).normalize():f}"


def numbers(text: str) -> Iterator[Number]:
    """Each number once, in order, words and scales together: `5 million` and `two hundred and twenty-five` are one."""
    held: Number | None = None
    for match in _PART.finditer(text):
        joined = held and _JOINS.fullmatch(text, held.end, match.start()) and _joined(held, match)
        if joined:
            held = joined
            continue
        if (new := _alone(match)) and held:
            yield held
        held = new or held
    if held:
        yield held


def facts(text: str) -> Iterator[str]:
    """Numbers, however they are spelt and grouped, months and currencies."""
    plain = written(text)
    yield from (number.value for number in numbers(plain))
    for word in re.findall(r"[^\W\d_]+|[€$£¥]", plain):
        if word in _MONTHS or word in _CURRENCY:
            yield _CURRENCY.get(word, word)


def counted(text: str) -> set[tuple[str, str]]:
    """Numbers with the unit among the three words behind them, or with the currency before."""
    plain = written(text)
    found: set[tuple[str, str]] = set()
    for number in numbers(plain):
        if money := _BEFORE.search(plain, max(0, number.start - 10), number.start):
            found.add((number.value, _CURRENCY[money[1]]))
        behind = _WINDOW.match(plain, number.end)
        if behind is None or number.ordinal or plain[number.start : number.end] == "one":
            continue
        units = (_UNIT[word] for word in re.findall(r"[^\W\d_]+|[€$£¥]", behind[0]) if word in _UNIT)
        found.update((number.value, unit) for unit in list(units)[:1])
    return found


def rates(text: str) -> dict[str, set[str]]:
    """Numbers with the time that they are said for: 3 % a month, twice a year."""
    plain, found = written(text), dict[str, set[str]]()
    for number in numbers(plain):
        if rate := _RATE.match(plain, number.end):
            found.setdefault(number.value, set()).add(_PERIOD[rate[1]])
    return found


def is_currency(unit: str) -> bool:
    return unit in _CURRENCIES


def denies(text: str) -> bool:
    return denies_outright(text) or _SAVE.search(text) is not None


def denies_outright(text: str) -> bool:
    """By a "not" or "never", and not just by an "unless" or "without"."""
    return _OUTRIGHT.search(text) is not None


def written(text: str) -> str:
    for shape, plain in _WRITTEN:
        text = shape.sub(plain, text)
    return text


def _alone(match: re.Match[str]) -> Number | None:
    start, end, word = match.start(), match.end(), match[0]
    if match[1]:
        figure = _GROUPS.sub("", word).strip(".,")
        return Number(start, end, Decimal(0), Decimal(0), figure)
    if value := _CARDINAL.get(word) or _ORDINAL.get(word):
        return Number(start, end, Decimal(0), Decimal(value), ordinal=word in _ORDINAL)
    scale = _SCALE.get(word, 0) if len(word) > 3 else 0
    return Number(start, end, Decimal(scale), Decimal(0)) if scale else None


def _joined(held: Number, match: re.Match[str]) -> Number | None:
    """The number that goes on in a word, if it does."""
    word, end = match[0], match.end()
    if scale := _SCALE.get(word):
        return _scaled(held, scale, end) if len(word) > 1 or held.end == match.start() else None
    value = _CARDINAL.get(word) or _ORDINAL.get(word)
    if not value or held.figure:
        return None
    low = int(held.rest) % 100
    goes_on = (
        (low == 0 and value < 100)
        or (low >= 20 and low % 10 == 0 and value < 10)
        or (low in (60, 80) and value < 20)
        or (low == 10 and 7 <= value <= 9)
    )
    rest = Decimal(80) if held.rest == 4 and value == 20 else held.rest + value if goes_on else None
    return None if rest is None else Number(held.start, end, held.whole, rest, ordinal=word in _ORDINAL)


def _scaled(held: Number, scale: int, end: int) -> Number | None:
    if held.figure:
        if not _PLAIN.fullmatch(held.figure):
            return None
        return Number(held.start, end, Decimal(held.figure.replace(",", ".")) * scale, Decimal(0))
    if scale == 100:
        return Number(held.start, end, held.whole, (held.rest or 1) * Decimal(100)) if held.rest < 100 else None
    if held.rest == 0:
        return Number(held.start, end, held.whole * scale, Decimal(0)) if held.whole < _MOST_SCALED else None
    return Number(held.start, end, held.whole + held.rest * scale, Decimal(0))
