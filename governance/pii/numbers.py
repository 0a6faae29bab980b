"""Stand-ins for numbers: the same layout, digits for digits and letters for letters, and no checksum accepts one.

All but the last sign of a number is enciphered as one number. Of the ten (or 26) numbers that differ in the last sign
alone some are valid; each of the ten gets one of the invalid ones beside its cipher, valid numbers first. Where these
do not suffice, as with social security numbers, nearly all of which are valid, a star stands before the last sign. So
two numbers of one group never get the same stand-in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from string import ascii_lowercase, digits, hexdigits

from governance.pii.cipher import Cipher
from governance.pii.identifiers import rules
from governance.pii.schemes import checksum, schemes

LONGEST = 80
OFFICIAL = frozenset(("NATIONAL_ID", "TAX_ID", "ID_NUMBER"))
_FAILED = frozenset((
    "gb.nhs", "gb.utr", "gb.vat", "de.idnr", "fr.nif", "fr.siren", "nl.bsn", "be.nn", "ch.ssn", "pl.pesel",
    "pl.nip", "it.iva", "pt.nif", "se.personnummer", "dk.cpr", "no.fodselsnummer", "at.vnr", "at.tin", "bg.egn",
    "hr.oib", "gr.amka", "ee.ik", "lt.asmens", "si.emso", "tr.tckimlik", "za.idnr", "ca.sin", "au.tfn", "au.abn",
    "in_.aadhaar", "br.cpf", "br.cnpj", "cz.rc", "ro.cnp", "ar.cuit", "kr.rrn", "cn.ric", "fr.siret", "th.pin",
))  # fmt: skip
"""Whose checks a stand-in fails. All schemes at once would leave too few numbers of nine or ten digits."""
_FORM_ONLY = frozenset(("us.ssn", "us.itin", "us.ein"))
"""Kinds of number that have a form but no check digit: nearly every number of that form is one."""
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_VIN_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", (*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)), strict=True))
Check = Callable[[str], bool]


def number(kind: str, text: str, cipher: Cipher) -> str | None:
    """The stand-in of `text`, a number of type `kind` as it is seen; None for a long one or letters beyond a-z."""
    signs = [c for c in text if c.isalnum()]
    if not signs or len(signs) > LONGEST or not all(c.isascii() for c in signs):
        return None
    values = [c.lower() for c in signs]
    alphabets = _alphabets(kind, values)
    front = _front(kind, values, alphabets, cipher)
    last = _last(values, front, alphabets[-1], partial(_accepted, text, kind in OFFICIAL))
    return _written(text, front, last)


def _alphabets(kind: str, values: list[str]) -> list[str]:
    """What may stand in each place. The country of an IBAN and the mark of a hexadecimal number stay."""
    alphabets = [digits if c.isdigit() else ascii_lowercase for c in values]
    if kind == "MAC_ADDRESS" or "".join(values[:2]) == "0x":
        alphabets = [hexdigits[:16] if c in hexdigits else other for c, other in zip(values, alphabets, strict=True)]
    stay = 2 if kind == "IBAN_CODE" or "".join(values[:2]) == "0x" else 0
    return [*values[:stay], *alphabets[stay:]]


def _front(kind: str, values: list[str], alphabets: list[str], cipher: Cipher) -> list[str]:
    """All but the last sign, enciphered within its alphabets."""
    place, size = 0, 1
    for value, alphabet in zip(values[:-1], alphabets, strict=False):
        place, size = place * len(alphabet) + alphabet.index(value), size * len(alphabet)
    group = "official" if kind in OFFICIAL else "iban" if kind == "IBAN_CODE" else "number"
    made = cipher.derange(place, size, f"{group} {' '.join(alphabets)}")
    front = []
    for alphabet in reversed(alphabets[:-1]):
        made, at = divmod(made, len(alphabet))
        front.append(alphabet[at])
    return front[::-1]


def _last(values: list[str], front: list[str], alphabet: str, valid: Check) -> str:
    """The last sign, or a star and a sign: what no check accepts goes to valid numbers first, then to the others."""
    own, made = "".join(values[:-1]), "".join(front)
    order = sorted(alphabet, key=lambda sign: (not valid(own + sign), sign))
    free = [sign for sign in alphabet if not valid(made + sign)]
    rank = order.index(values[-1])
    if rank < len(free):
        return free[rank if front else (rank + 1) % len(free)]
    return f"*{alphabet[rank]}"


def _accepted(text: str, official: bool, made: str) -> bool:
    """Whether some check accepts `made`, written plainly or as `text` is."""
    forms = {made.upper(), _written(text, list(made[:-1]), made[-1])}
    return any(check(form) for form in forms for check in _checks(official))


@lru_cache(maxsize=2)
def _checks(official: bool) -> tuple[Check, ...]:
    """What may accept a number; what goes by form alone only where a number is official."""
    known = [(rule.pattern.pattern, rule.valid) for rule in rules() if rule.valid is not None]
    known += [
        (scheme.form.pattern, scheme.valid)
        for scheme in schemes()
        if scheme.module in _FAILED or (official and scheme.module in _FORM_ONLY)
    ]
    return (_one_of(known), _is_luhn, is_vin, checksum("us.rtn"))


def _one_of(known: list[tuple[str, Check]]) -> Check:
    """Any of patterns with their checks; most numbers fit none of the patterns, which one pattern tells at once."""
    either = re.compile("|".join(f"(?:{body})" for body, _ in known), re.IGNORECASE)
    each = [(re.compile(body, re.IGNORECASE), valid) for body, valid in known]

    def accepts(form: str) -> bool:
        return bool(either.fullmatch(form)) and any(valid(form) for body, valid in each if body.fullmatch(form))

    return accepts


def _is_luhn(text: str) -> bool:
    """A card of any issuer, a device's IMEI: 12 to 19 digits, the last one by Luhn."""
    digits = "".join(filter(str.isdigit, text))
    return 12 <= len(digits) <= 19 and checksum("luhn")(digits)


def is_vin(text: str) -> bool:
    """A vehicle identification number whose ninth sign is right (49 CFR 565.15)."""
    if len(text) != len(_VIN_WEIGHTS):
        return False
    values = [int(c) if c.isdigit() else _VIN_VALUES.get(c, -1) for c in text.upper()]
    total = sum(value * weight for value, weight in zip(values, _VIN_WEIGHTS, strict=True))
    return min(values) >= 0 and "0123456789X"[total % 11] == text[8].upper()


def _written(text: str, front: list[str], last: str) -> str:
    """The signs in the places, and in the case, of those of `text`."""
    signs: Iterator[str] = iter((*front, last))
    return "".join(_cased(next(signs), c) if c.isalnum() else c for c in text)


def _cased(sign: str, like: str) -> str:
    return sign.upper() if like.isupper() else sign
