"""Dates moved by the same number of days all through one document, so that the time between them stays.

A date keeps its form and its language. Where a day or a month is not given, the middle of what is given is moved:
`March 2011` and `2011` then differ by at most a month or a year from where an exact date would have gone.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterable
from datetime import date, timedelta

_FULL = {
    "en": "january february march april may june july august september october november december",
    "de": "januar februar märz april mai juni juli august september oktober november dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
}
_SHORT = {
    "en": "jan feb mar apr may jun jul aug sep oct nov dec",
    "de": "jan feb mär apr mai jun jul aug sep okt nov dez",
    "fr": "janv févr mars avr mai juin juil août sept oct nov déc",
    "es": "ene feb mar abr may jun jul ago sep oct nov dic",
    "it": "gen feb mar apr mag giu lug ago set ott nov dic",
    "nl": "jan feb mrt apr mei jun jul aug sep okt nov dec",
}
_TABLES = [(form, language, names.split()) for form in (_FULL, _SHORT) for language, names in form.items()]
_WRITTEN_SMALL = ("fr", "es", "it", "nl", "en", "de")
_NAMES = {name for _, _, names in _TABLES for name in names}
_SPELLED = {
    **{plain: name for name in _NAMES if (plain := name.translate(str.maketrans("äéû", "aeu"))) not in _NAMES},
    "sept": "sep", "mrz": "mär", "fev": "févr", "aou": "août",
}  # fmt: skip
"""Months as they are written too, without their accents or shorter, with the names in the tables."""
MONTH_NAMES = sorted(_NAMES | set(_SPELLED), key=lambda name: -len(name))
MONTHS_ABROAD = sorted(
    {name for names in _FULL.values() for name in names.split()} - set(_FULL["en"].split()) - {"mai", "mars"}
)
"""Months that are no English words, nor short ones that are other things too."""
_M = rf"(?P<month>{'|'.join(MONTH_NAMES)})(?!\w)\.?"
_D = r"(?P<day>[0-3]?[0-9])(?P<ordinal>st|nd|rd|th|er|\.|º|°)?(?!\w)"
_Y = r"(?:(?P<year>[12][0-9]{3})|'(?P<short>[0-9]{2}))(?!\w)"
_SHORT_Y = r"(?P<year>[0-9]{2})(?![\w:]|[.,][0-9])"
_OF = r"(?:,?\s+(?:of|de|di|del|van)?\s?|,\s?|[-/. ])"
_FORMS = tuple(re.compile(rf"(?<!\w){form}", re.IGNORECASE) for form in (
    r"(?P<year>[12][0-9]{3})(?P<mark>\s?[-/.]\s?)(?P<number>[01]?[0-9])(?P=mark)(?P<day>[0-3]?[0-9])(?![0-9])",
    r"(?P<first>[0-3]?[0-9])(?P<mark>\s?[-/.]\s?)(?P<second>[0-3]?[0-9])(?P=mark)(?P<year>[12][0-9]{3}|[0-9]{2})(?!\w)",
    r"(?P<year>(?:19|20)[0-9]{2})(?P<number>[01][0-9])(?P<day>[0-3][0-9])(?!\w)",
    r"(?P<year>3[2-9]|[4-9][0-9])-(?P<number>[01][0-9])-(?P<day>[0-3][0-9])(?!\w)",
    _D + _OF + _M + _OF + _Y,
    _M + r"\s+" + _D + r",?\s+" + _Y,
    _D + _OF + _M + _OF + _SHORT_Y,
    _M + r"\s+" + _D + r",?\s+" + _SHORT_Y,
    _D + _OF + _M,
    _M + r"\s+" + _D,
    _M + _OF + _Y,
    r"(?P<number>0?[1-9]|1[0-2])(?P<mark>[-/.])(?P<year>(?:19|20)[0-9]{2})(?!\w)",
    r"(?P<year>(?:19|20)[0-9]{2})(?P<mark>[-/.])(?P<number>0?[1-9]|1[0-2])(?!\w|(?P=mark)[0-9])",
    r"(?P<number>0[1-9]|1[0-2])/(?P<year>[0-9]{2})(?!\w|[/.][0-9])",
    r"(?P<year>(?:1[89]|20)[0-9]{2})(?!\w)",
    r"'(?P<year>[0-9]{2})(?!\w)",
))  # fmt: skip
_CENTURY = 30
_LIKE_DIGIT = str.maketrans("liIL|oOsSbB", "11111005588")
_DIGIT = r"[\dliILoOsSbB|]"
MISREAD = (
    rf"(?=(?:[liILoOsSbB|./-]| (?=[./-])|(?<=[./-]) ){{0,11}}\d)"
    rf"{_DIGIT}{{1,2}} ?[./-] ?{_DIGIT}{{1,2}} ?[./-] ?(?:{_DIGIT}{{4}}|{_DIGIT}{{2}})(?![\w|])"
)
"""A date in digits of which a scanner took some for letters: `l2/O4/1958`. Only a label tells it from all else."""


_UNITS = r"""
h hours? minutes? days? weeks? months? years? stunden? minuten? tag(?:en?)? wochen? monat(?:en?)? jahr(?:en?)? heures?
jours? semaines? mois an(?:née)?s? horas? minutos? días? semanas? mes(?:es)? años? or[ae] minut[io] giorn[io]
settiman[ae] mes[ei] ann[io] uur dag(?:en)? we(?:ek|ken) maand(?:en)? ja(?:ar|ren) uhr am pm o['’]clock
"""
_STAYS = re.compile(
    rf"\d{{1,2}}:\d{{2}}(?::\d{{2}}(?:[.,]\d+)?)?(?: ?[+-]\d{{2}}:?\d{{2}})?"
    rf"|\d{{1,4}}[ \u00a0-]?(?:{'|'.join(_UNITS.split())})(?!\w)",
    re.IGNORECASE,
)
"""Times of day and durations."""


def as_printed(text: str) -> str:
    """A date of `MISREAD` with its digits; anything else as it is."""
    return text.translate(_LIKE_DIGIT) if re.fullmatch(MISREAD, text) else text


def shifted(text: str, days: int, month_first: bool = False) -> str:
    """`text` with every date in it moved by `days`; durations, weekdays and times of day stay as they are.

    `month_first` says how `3/4/2011` is read; what can be read in one way only is read so.
    """
    parts, position = [], 0
    for start, end, made in _places(text, days, month_first):
        parts += [text[position:start], made]
        position = end
    return "".join([*parts, text[position:]])


def moved_whole(text: str, days: int, month_first: bool = False) -> bool:
    """Whether no part of a date stays where others move: `5.-7. May` would tell by how much they did."""
    left, position = "", 0
    for start, end, _ in _places(text, days, month_first):
        left, position = f"{left}{text[position:start]} ", end
    return not any(map(str.isdigit, _STAYS.sub("", left + text[position:])))


def _places(text: str, days: int, month_first: bool) -> list[tuple[int, int, str]]:
    """Where each date stands, and what it becomes; in order."""
    taken: list[tuple[int, int, str]] = []
    for form in _FORMS:
        for match in form.finditer(text):
            if all(match.end() <= start or end <= match.start() for start, end, _ in taken):
                made = _moved(match, days, month_first)
                if made is not None:
                    taken.append((match.start(), match.end(), made))
    return sorted(taken)


def month_comes_first(dates: Iterable[str], otherwise: bool) -> bool:
    """How the dates of one document are written, as far as any of them says so."""
    votes = [int(m["second"]) > 12 for text in dates for m in _FORMS[1].finditer(text) if _tells(m)]
    return otherwise if not votes or sum(votes) * 2 == len(votes) else sum(votes) * 2 > len(votes)


def _tells(match: re.Match[str]) -> bool:
    return (int(match["first"]) > 12) != (int(match["second"]) > 12)


def _moved(match: re.Match[str], days: int, month_first: bool) -> str | None:
    """The date of one match, moved and written as it was; None for what is no date."""
    given = match.groupdict()
    day, number = _fields(given, month_first)
    name = given.get("month")
    month = _month(name) if name else int(given.get(number) or 7)
    try:
        year = _year(given.get("year") or given.get("short"))
        last = monthrange(year, month)[1]
        before = date(year, month, min(max(1, int(given.get(day) or 15)), last))
        after = before + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    new = {day: lambda old: _as_wide(old, after.day), number: lambda old: _as_wide(old, after.month),
           "month": lambda old: _month_like(old, after.month), "year": lambda old: str(after.year)[-len(old) :],
           "short": lambda old: str(after.year)[-len(old) :],
           "ordinal": lambda old: _ordinal(old, after.day)}  # fmt: skip
    return _rewritten(match, new)


def _fields(given: dict[str, str | None], month_first: bool) -> tuple[str, str]:
    """Which groups hold the day and the number of the month."""
    first, second = int(given.get("first") or 0), int(given.get("second") or 0)
    if not first:
        return "day", "number"
    return ("second", "first") if first <= 12 and (month_first or second > 12) else ("first", "second")


def _rewritten(match: re.Match[str], new: dict[str, Callable[[str], str]]) -> str:
    spans = sorted((match.span(name), name) for name in match.groupdict() if name in new and match[name])
    parts, position = [], match.start()
    for (start, end), name in spans:
        parts += [match.string[position:start], new[name](match.string[start:end])]
        position = end
    return "".join([*parts, match.string[position : match.end()]])


def _year(text: str | None) -> int:
    """A year of two digits lies between 1930 and 2029; a date without one is moved in a year of 365 days."""
    if text is None:
        return 2001
    return int(text) if len(text) == 4 else int(text) + (2000 if int(text) < _CENTURY else 1900)


def _as_wide(old: str, value: int) -> str:
    return f"{value:02d}" if len(old) == 2 and (old[0] == "0" or value < 10) else str(value)


def _month(name: str) -> int:
    folded = _SPELLED.get(name.casefold(), name.casefold())
    return next(names.index(folded) + 1 for _, _, names in _TABLES if folded in names)


def _month_like(old: str, month: int) -> str:
    """The name of `month` in the language, length and case of `old`."""
    folded = _SPELLED.get(old.casefold(), old.casefold())
    order = _WRITTEN_SMALL if old.islower() else tuple(_FULL)
    fitting = [(form, language) for form, language, names in _TABLES if folded in names]
    form, language = min(fitting, key=lambda found: (order.index(found[1]), found[0] is _SHORT))
    made = form[language].split()[month - 1]
    return made.upper() if old.isupper() else made if old.islower() else made.capitalize()


def _ordinal(old: str, day: int) -> str:
    if old.casefold() not in {"st", "nd", "rd", "th"}:
        return "" if old.casefold() == "er" and day > 1 else old
    made = "th" if day in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return made.upper() if old.isupper() else made
