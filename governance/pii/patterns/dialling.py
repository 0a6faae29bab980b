"""Which phone numbers a country's numbering plan has, and whose plan a number that is written down belongs to.

Plans are those of `phonenumbers`. What lies outside of its country's plan is assigned to nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phonenumbers import PhoneMetadata

Regions = tuple[str, ...]
NOBODYS = 2
_KINDS = ("mobile", "fixed_line", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "pager", "uan")
_FICTION = {33: re.compile(r"63998\d{4}"), 44: re.compile(r"(?:1632960|7700900)\d{3}"), 353: re.compile(r"2091\d{3,5}")}
"""Numbers for drama that their plan lacks, by country: Arcep 2018-0881, Ofcom, ComReg."""
_LOCAL = 8
_ABROAD = re.compile(r"\A[(\s]*(?:\+|00)")


@dataclass(frozen=True)
class Dialled:
    """A country's code, 0 where no plan has the number, and the digits that follow it, or else all digits.

    `trunk` is the digit that is dialled before them at home, or empty.
    """

    country: int
    national: str
    trunk: str = ""

    def rank(self, national: str) -> int:
        """Whose a number of this country may be: 0 a mobile phone's, 1 another one of the plan, else NOBODYS."""
        mobile, planned = _plan(self.country)
        return 0 if mobile.fullmatch(national) else 1 if planned.fullmatch(national) else NOBODYS


def dialled(text: str, regions: Regions) -> Dialled:
    """The number in `text`; one without a country belongs to the likeliest of `regions`.

    Plans in which all numbers have one length go first, since the others take in nearly every number; then mobile
    phones, then the order of `regions`. A few digits that nothing is dialled before are local: no plan tells of them.
    """
    abroad = _ABROAD.match(text)
    digits = "".join(filter(str.isdigit, text[abroad.end() :] if abroad else text))
    if abroad:
        return _in_plan("+" + digits, None) or Dialled(0, digits[3:])
    if len(digits) < _LOCAL:
        return Dialled(0, digits)
    found = [(region, number) for region in regions if (number := _in_plan(digits, region))]
    known = [(region, number) for region, number in found if number.rank(number.national) < NOBODYS]
    if known:
        return min(known, key=lambda one: (_varies(one[0]), one[1].rank(one[1].national)))[1]
    number = _in_plan("+" + digits, None)
    return number if number and number.rank(number.national) < NOBODYS else Dialled(0, digits)


def _in_plan(text: str, region: str | None) -> Dialled | None:
    """The number as it is dialled in `region`, or from anywhere; None where no country can have it."""
    import phonenumbers

    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    country, national = parsed.country_code or 0, phonenumbers.national_significant_number(parsed)
    return Dialled(country, national, _trunk(country)) if text.endswith(national) else None


def _varies(region: str) -> bool:
    from phonenumbers import PhoneMetadata

    plan = PhoneMetadata.metadata_for_region(region)
    return plan is None or plan.fixed_line is None or len(plan.fixed_line.possible_length) > 2


@lru_cache(maxsize=256)
def _trunk(country: int) -> str:
    return next((plan.national_prefix for plan in _plans(country) if plan.national_prefix), "")


@lru_cache(maxsize=256)
def _plan(country: int) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Patterns of the numbers of mobile phones and of all numbers, those for drama included; of country 0, nothing."""
    kinds = {kind: [body for plan in _plans(country) for body in _bodies(plan, kind)] for kind in _KINDS}
    fiction = _FICTION.get(country)
    every = [*(body for bodies in kinds.values() for body in bodies), *([fiction.pattern] if fiction else [])]
    return _either(kinds["mobile"]), _either(every)


def _either(bodies: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{body})" for body in sorted(set(bodies))) or r"(?!)")


def _bodies(plan: PhoneMetadata, kind: str) -> Iterator[str]:
    pattern = getattr(getattr(plan, kind), "national_number_pattern", None)
    if pattern:
        yield pattern


def _plans(country: int) -> Iterator[PhoneMetadata]:
    import phonenumbers
    from phonenumbers import PhoneMetadata

    for region in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(country, ()):
        plan = PhoneMetadata.metadata_for_region_or_calling_code(country, region)
        if plan is not None:
            yield plan
