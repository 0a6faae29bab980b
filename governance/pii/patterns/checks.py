"""Which numbering schemes accept a number, however it is set in groups: what its stand-in has to fail."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from governance.pii.patterns.schemes import WITHOUT_CHECK, checksum, schemes

OFFICIAL = frozenset(("NATIONAL_ID", "TAX_ID", "ID_NUMBER"))
_BARRED = frozenset((
    "gb.nhs", "gb.utr", "gb.vat", "de.idnr", "fr.nif", "fr.siren", "nl.bsn", "be.nn", "ch.ssn", "pl.pesel",
    "pl.nip", "it.iva", "pt.nif", "se.personnummer", "dk.cpr", "no.fodselsnummer", "at.vnr", "at.tin", "bg.egn",
    "hr.oib", "gr.amka", "ee.ik", "lt.asmens", "si.emso", "tr.tckimlik", "za.idnr", "ca.sin", "au.tfn", "au.abn",
    "in_.aadhaar", "br.cpf", "br.cnpj", "cz.rc", "ro.cnp", "ar.cuit", "kr.rrn", "cn.ric", "fr.siret", "th.pin",
))  # fmt: skip
"""Schemes that no stand-in passes. All at once would leave too few numbers of nine or ten digits."""
_BY_FORM = frozenset(("us.ssn", "us.itin", "us.ein"))
"""Kinds of number that have a form but no check digit: nearly every number of that form is one."""
_FORMS = WITHOUT_CHECK | {"kr.brn", "eg.tn"}
_LETTERED = {
    "es.dni": (9,), "es.nie": (9,), "es.nif": (9,), "es.cif": (9,), "it.codicefiscale": (16,), "fi.hetu": (10, 11),
    "ie.pps": (8, 9), "mx.curp": (18,), "pt.cc": (12,), "in_.pan": (10,), "eu.vat": range(8, 15), "cn.ric": (18,),
    "mx.rfc": (10, 12, 13), "in_.gstin": (15,), "ch.uid": (12,), "nl.btw": (12, 14), "ca.bn": (15,),
    "gb.vat": (11, 14), "lei": (20,), "cl.rut": (8, 9), "fr.nir": (15,), "iban": range(15, 35), "vin": (17,),
    "fr.rib": (23,),
}  # fmt: skip
"""How many letters and digits numbers have that may hold letters."""
_DIGITS = {"fr.nir": (15,), "cl.rut": (8, 9), "ca.bn": (9,), "ch.uid": (9,), "us.rtn": (9,), "luhn": range(12, 20),
           "be.account": (12,), "es.ccc": (20,), "pt.nib": (21,), "fr.rib": (23,)}  # fmt: skip
"""The same of numbers without, beside those of `schemes`."""
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_VIN_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", (*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)), strict=True))
_RIB = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "12345678912345678923456789")
Check = Callable[[str], bool]


def passed(number: str, kind: str, text: str) -> frozenset[str]:
    """Names of the checks that accept `number`, which is letters and digits alone.

    What goes by form alone counts where `text`, of type `kind`, whose stand-in is sought, goes by it.
    """
    digits = number.isdigit()
    asked = (name for name in _asked(len(number), digits) if name not in _FORMS or name in _by_form(kind, text))
    return frozenset(name for name in asked if _check(name)(number.upper()))


def barred(names: frozenset[str]) -> bool:
    """Whether a number that is accepted by `names` may be nobody's stand-in."""
    return any(name not in _lenient() for name in names)


@lru_cache(maxsize=1)
def _lenient() -> frozenset[str]:
    """Schemes whose numbers may stand for a number of another scheme."""
    return frozenset(scheme.module for scheme in schemes()) - _BARRED - _BY_FORM


@lru_cache(maxsize=4_096)
def _by_form(kind: str, text: str) -> frozenset[str]:
    """Nearly all numbers of some lengths are somebody's by their form: of a number with the check digit of another
    scheme that counts only where it is written as theirs alone are, of any other in every layout.
    """
    if kind not in OFFICIAL:
        return frozenset()
    number = "".join(filter(str.isalnum, text))
    alike = [scheme for scheme in schemes() if scheme.type == kind and scheme.module in _FORMS]
    if not _is_checked(number, kind):
        return _BY_FORM | {scheme.module for scheme in alike}
    return _BY_FORM | {one.module for one in alike if not one.own_form or one.own_form.fullmatch(text)}


def _is_checked(number: str, kind: str) -> bool:
    """Whether it has the check digit of a scheme of its kind that no stand-in passes."""
    known = (scheme for scheme in schemes() if scheme.type == kind and scheme.module in _BARRED)
    return any(scheme.form.fullmatch(number) and scheme.valid(number) for scheme in known)


@lru_cache(maxsize=256)
def _asked(length: int, digits: bool) -> tuple[str, ...]:
    """The checks that may accept a number of so many signs, digits alone or not."""
    known = {scheme.module for scheme in schemes() if digits and scheme.form.fullmatch("0" * length)}
    sizes = _DIGITS if digits else _LETTERED
    return tuple(sorted(known | {name for name in sizes if length in sizes[name]}))


@lru_cache(maxsize=256)
def _check(name: str) -> Check:
    if name == "fi.hetu":  # which does not go without the mark between date and number
        return lambda number: checksum(name)(number if len(number) > 10 else f"{number[:6]}-{number[6:]}")
    return _OWN.get(name) or checksum(name)


def is_luhn(text: str) -> bool:
    """A card of any issuer, a device's IMEI: 12 to 19 digits, the last one by Luhn."""
    return text.isdigit() and 12 <= len(text) <= 19 and checksum("luhn")(text)


def is_vin(text: str) -> bool:
    """A vehicle identification number whose ninth sign is right (49 CFR 565.15)."""
    if len(text) != len(_VIN_WEIGHTS):
        return False
    values = [int(c) if c.isdigit() else _VIN_VALUES.get(c, -1) for c in text.upper()]
    total = sum(value * weight for value, weight in zip(values, _VIN_WEIGHTS, strict=True))
    return min(values) >= 0 and "0123456789X"[total % 11] == text[8].upper()


def is_mod_97(text: str) -> bool:
    """An IBAN as most software checks it: by its form and check digits, without what some countries check within."""
    from stdnum import iban

    return iban.is_valid(text, check_country=False)


def is_rib(text: str) -> bool:
    """A French account: bank, branch, number and a key, which make a multiple of 97."""
    return text[-2:].isdigit() and int(text.translate(_RIB)) % 97 == 0


def is_nib(text: str) -> bool:
    """A Portuguese one (ISO 7064, 97-10)."""
    return int(text) % 97 == 1


def is_belgian_account(text: str) -> bool:
    """Ten digits and their rest by 97, for which 97 stands where it is 0."""
    return int(text[-2:]) == (int(text[:-2]) % 97 or 97)


_OWN: dict[str, Check] = {
    "luhn": is_luhn, "vin": is_vin, "iban": is_mod_97, "fr.rib": is_rib, "pt.nib": is_nib,
    "be.account": is_belgian_account,
}  # fmt: skip
