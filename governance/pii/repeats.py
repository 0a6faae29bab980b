"""What was found once is found everywhere in its document: a value as it stands, a number however it is spelt."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from governance.pii.text.rules import GAP
from governance.pii.text.spans import Span, either

REPEATED_CHARS = 6
_FEWEST_DIGITS = 4
_SCORE = 0.7
NUMBERS = frozenset((
    "PHONE_NUMBER", "IBAN_CODE", "CREDIT_CARD", "BANK_ACCOUNT", "NATIONAL_ID", "TAX_ID", "ID_NUMBER", "IMEI",
    "PASSPORT", "DRIVER_LICENSE", "MEDICAL_RECORD", "EMPLOYEE_ID", "CUSTOMER_ID", "CASE_NUMBER", "VEHICLE_ID", "LEI",
))  # fmt: skip
"""Types whose stand-in is the same whatever the case, and the marks between the signs."""
_SIGNS, _GAP = re.compile(r"[^\W_]+"), re.compile(GAP)


def telling(value: str, kind: str) -> bool:
    """Whether the value alone says enough to be looked for elsewhere: long, with a capital letter or a digit."""
    return len(value) >= REPEATED_CHARS and (not value.islower() or _signs(value, kind) != "")


def repeated(text: str, values: Mapping[str, str]) -> Iterator[Span]:
    """Every place where one of `values` stands that was recognised somewhere; each is given with its type."""
    if values:
        for match in re.finditer(rf"(?<!\w){either(values)}(?!\w)", text):
            yield Span(match.start(), match.end(), values[match.group()], _SCORE)
    numbers = {signs: kind for value, kind in values.items() if (signs := _signs(value, kind))}
    if numbers:
        yield from _respelt(text, numbers)


def _signs(value: str, kind: str) -> str:
    """The letters and digits of a number that are enough to know it by; none of anything else."""
    signs = "".join(_SIGNS.findall(value)).casefold() if kind in NUMBERS else ""
    return signs if len(signs) >= REPEATED_CHARS and sum(map(str.isdigit, signs)) >= _FEWEST_DIGITS else ""


def _respelt(text: str, numbers: Mapping[str, str]) -> Iterator[Span]:
    """Where one of `numbers` stands, in any case and set in any groups.

    Read is only what goes on like one of them, so that a text takes no longer for more of them.
    """
    begun = {signs[:size] for signs in numbers for size in range(1, len(signs) + 1)}
    groups = list(_SIGNS.finditer(text))
    for first, group in enumerate(groups):
        said, last = group.group().casefold(), first
        while said in begun:
            if said in numbers:
                yield Span(group.start(), groups[last].end(), numbers[said], _SCORE)
            last += 1
            if last == len(groups) or not _GAP.fullmatch(text, groups[last - 1].end(), groups[last].start()):
                break
            said += groups[last].group().casefold()
