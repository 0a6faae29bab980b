"""Phone numbers: candidates by shape, decided by the numbering plans of `phonenumbers` or by a word beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from governance.pii.text.rules import words
from governance.pii.text.spans import Span

_CANDIDATE = re.compile(
    r"(?<![\w.,/$€£-])(?P<span>(?:\+|00)?[ ]?\(?\d{1,5}\)?(?:[ ./()-]{1,3}\(?\d{1,9}\)?){0,6}"
    r"(?:\s?(?:x|ext\.?|extension)\s?\d{1,6})?)(?![\w]|[.,/-]\d)",
    re.IGNORECASE,
)
_LONG = re.compile(r"(?<![\w.,/$€£+-])\+?\d{7,15}(?![\w]|[.,/-]\d)")
_SPACED = re.compile(r"(?<![\w.,/$€£-])\+?(?: ?\d){7,15}(?!\w|[.,/-]\d)")
_WORDS = words(
    r"phone", r"tele?phone", r"tel\.?", r"call(?:ed|ing)?", r"mobile", r"cell(?:phone)?", r"fax", r"sms",
    r"text(?:ed)?",
    r"dial(?:led)?", r"whatsapp", r"contact", r"reach", r"hotline", r"handy", r"mobil", r"office", r"landline",
    r"t[ée]l[ée]phone", r"telefon\w*", r"m[óo]vil", r"answering at", r"number is", r"phone number",
    r"call(?:er)? ?back",
)  # fmt: skip
_TIME = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}")
_DATE = re.compile(
    r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2}|(?:19|20)\d{2} ?[-–—/] ?(?:19|20)?\d{2}"
    r"|(?:[01]\d|2[0-4])[03]0 ?- ?(?:[01]\d|2[0-4])[03]0"
)
"""A day, two years, or the hours of a shift."""
_FIGURES = re.compile(r"\(?\d{1,3}\.\d{1,2}\)?(?:(?: [/–—-] |[/–—]| (?=\())\(?\d{1,3}\.\d{1,2}\)?){1,6}")
"""Of several years or cases: `31.2 / 28.0 / 22.4`."""
_DIALLED = re.compile(r"\+|\(?0\d")
"""How a number begins of which the plan tells where it ends."""
_GAP = re.compile(r"(?<=\d)\s(?=\d)")
_OF_A_YEAR = re.compile(r"(?:19|20)\d{2}[-/]\d{3,5}")
"""The number of a letter or an invoice."""


def phones(text: str, regions: tuple[str, ...]) -> Iterator[Span]:
    """Spans of type PHONE_NUMBER. `regions` are two-letter codes whose national numbers count."""
    for pattern in (_CANDIDATE, _LONG, _SPACED):
        for match in pattern.finditer(text):
            found = match.group().strip()
            start = match.start() + len(match.group()) - len(match.group().lstrip())
            for end in _ends(found):
                if score := _score(text, found[:end], start, regions):
                    yield Span(start, start + end, "PHONE_NUMBER", score)
                    break


def _ends(found: str) -> Iterator[int]:
    """Where the number may end, the last place first: a time or another number may follow it."""
    yield len(found)
    if _DIALLED.match(found):
        yield from (gap.start() for gap in list(_GAP.finditer(found))[::-1])


def _score(text: str, found: str, start: int, regions: tuple[str, ...]) -> float:
    digits = sum(map(str.isdigit, found))
    if not 7 <= digits <= 20 or _is_other(found):
        return 0.0
    around = text[max(0, start - 45) : start] + "\n" + text[start + len(found) : start + len(found) + 20]
    if _WORDS.search(around):
        return 0.85
    if _OF_A_YEAR.fullmatch(found):
        return 0.0
    separated = any(c in " .-()" for c in found) or (found[0] == "0" and 10 <= digits <= 12)
    if found.startswith(("+", "00")):
        return 0.8 if _is_valid(found.replace("00", "+", 1) if found.startswith("00") else found, None) else 0.0
    return 0.6 if separated and any(_is_valid(found, region) for region in regions) else 0.0


def _is_other(found: str) -> bool:
    """A date, a time or figures."""
    return bool(_DATE.fullmatch(found.strip("()")) or _TIME.match(found) or _FIGURES.fullmatch(found))


@lru_cache(maxsize=4096)
def _is_valid(number: str, region: str | None) -> bool:
    import phonenumbers

    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, region))
    except phonenumbers.NumberParseException:
        return False
