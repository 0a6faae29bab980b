"""Identifiers that carry a checksum: banks, cards, and the national and tax numbers of 33 countries.

Checksums come from python-stdnum. A number with strong structure counts on its own; one that is only
a run of digits with a check digit counts when a word beside it says what it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module

from governance.pii.rules import GAP, Rule, words

_BANK = words("swift", "bic", "bank", "iban", "wire", "transfer")
_ID = words(
    r"id(?:entity|entification|-?card|card)?", r"national", r"citizen\w*", r"personal(?:ausweis)?", r"insurance",
    r"social(?: security)?", r"ssn", r"sin", r"tax\w*", r"tin", r"itin", r"ein", r"nhs", r"nino", r"utr", r"vat",
    r"tfn", r"abn", r"medicare", r"bsn", r"burgerservicenummer", r"sofinummer", r"pesel", r"nip", r"regon",
    r"pps", r"ppsn",
    r"cpr", r"cpf", r"cnpj", r"aadhaar", r"uidai", r"pan", r"steuer\w*", r"idnr", r"ahv", r"avs", r"nir", r"insee",
    r"dni", r"nie", r"nif", r"cif", r"niss", r"insz", r"rijksregister\w*", r"registre", r"svnr",
    r"versicherungs\w*", r"sozialversicherungs\w*", r"personnummer", r"f[øo]dselsnummer", r"henkil[öo]tunnus", r"hetu",
    r"codice fiscale", r"partita iva", r"num[eé]ro", r"n[uú]mero", r"nummer", r"number", r"no\.?", r"nr\.?", r"n°",
    r"rodn[eé]", r"cnp", r"egn", r"oib", r"amka", r"isikukood", r"kimlik\w*", r"tckn", r"curp", r"rfc", r"cnic",
    r"nric", r"mynumber", r"resident", r"registration", r"identifier", r"identifiant", r"siren", r"siret",
    r"contribuinte",
    r"cart[aã]o", r"cittadino", r"emirates id", r"emso", r"asmens", r"rut", r"cuit", r"patient",
)  # fmt: skip
_DIGITS = str.maketrans("OoIl", "0011")
_SEPARATED = r"(?<![\w.-]){}(?![\w]|[-.]\w)"


def _pattern(body: str) -> re.Pattern[str]:
    return re.compile(_SEPARATED.format(body), re.IGNORECASE)


_STRONG: tuple[tuple[str, str, str], ...] = (
    ("NATIONAL_ID", "us.ssn", r"\d{3}-\d{2}-\d{4}"),
    ("TAX_ID", "us.itin", r"9\d{2}-\d{2}-\d{4}"),
    ("NATIONAL_ID", "gb.nhs", r"\d{3} \d{3} \d{4}"),
    ("NATIONAL_ID", "fr.nir", r"[1-8][ .]?\d{2}[ .]?[01256789]\d[ .]?\d[0-9AB][ .]?\d{3}[ .]?\d{3}[ .-]?\d{2}"),
    ("NATIONAL_ID", "es.dni", r"\d{8}[- ]?[A-Z]"),
    ("NATIONAL_ID", "es.nie", r"[XYZ][- ]?\d{7}[- ]?[A-Z]"),
    ("TAX_ID", "es.cif", r"[A-HJNP-SUVW][- ]?\d{7}[- ]?[0-9A-J]"),
    ("TAX_ID", "it.codicefiscale", r"[A-Z]{3} ?[A-Z]{3} ?[0-9L-NP-V]{2}[A-Z][0-9L-NP-V]{2} ?[A-Z][0-9L-NP-V]{3}[A-Z]"),
    ("NATIONAL_ID", "be.nn", r"\d{2}\.\d{2}\.\d{2}[- ]\d{3}[. ]\d{2}"),
    ("NATIONAL_ID", "ch.ssn", r"756[. ]?\d{4}[. ]?\d{4}[. ]?\d{2}"),
    ("NATIONAL_ID", "fi.hetu", r"\d{6}[-+A-FYXWVU]\d{3}[0-9A-Z]"),
    ("NATIONAL_ID", "se.personnummer", r"(?:\d{2})?\d{6}[-+]\d{4}"),
    ("NATIONAL_ID", "ie.pps", r"\d{7}[A-W][A-IW]?"),
    ("NATIONAL_ID", "cz.rc", r"\d{6}/\d{3,4}"),
    ("NATIONAL_ID", "kr.rrn", r"\d{6}-[1-8]\d{6}"),
    ("NATIONAL_ID", "mx.curp", r"[A-Z]{4}\d{6}[HM][A-Z]{5}[0-9A-Z]\d"),
    ("NATIONAL_ID", "cn.ric", r"\d{17}[\dX]"),
    ("NATIONAL_ID", "ro.cnp", r"[1-9]\d{12}"),
    ("NATIONAL_ID", "pt.cc", r"\d{8} ?\d ?[A-Z0-9]{2}\d"),
    ("TAX_ID", "br.cpf", r"\d{3}\.\d{3}\.\d{3}-\d{2}"),
    ("TAX_ID", "br.cnpj", r"\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}"),
    ("TAX_ID", "in_.pan", r"[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]"),
    ("NATIONAL_ID", "in_.aadhaar", r"[2-9]\d{3}[ -]\d{4}[ -]\d{4}"),
    ("TAX_ID", "cl.rut", r"\d{1,2}\.\d{3}\.\d{3}-[\dK]"),
    ("TAX_ID", "ar.cuit", r"(?:20|23|24|27|30|33|34)-\d{8}-\d"),
    ("TAX_ID", "eu.vat", r"(?:AT ?U|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK)"
                         r" ?[0-9A-Z](?:[ .]?[0-9A-Z+*]){6,11}"),
    ("LEI", "lei", r"[0-9A-Z]{18}\d{2}"),
)  # fmt: skip
_WEAK: tuple[tuple[str, str, str], ...] = (
    ("NATIONAL_ID", "us.ssn", r"\d{3}[ .]?\d{2}[ .]?\d{4}"),
    ("TAX_ID", "us.itin", r"9\d{2} ?\d{2} ?\d{4}"),
    ("TAX_ID", "us.ein", r"\d{2}-?\d{7}"),
    ("NATIONAL_ID", "gb.nhs", r"\d{3}-?\d{3}-?\d{4}"),
    ("TAX_ID", "gb.utr", r"\d{5} ?\d{5}K?"),
    ("TAX_ID", "gb.vat", r"(?:GB ?)?\d{3} ?\d{4} ?\d{2}(?: ?\d{3})?"),
    ("TAX_ID", "de.idnr", r"[1-9]\d(?:[ /]?\d{3}){3}"),
    ("TAX_ID", "fr.nif", r"[0-3]\d(?: ?\d{2})(?: ?\d{3}){3}"),
    ("NATIONAL_ID", "nl.bsn", r"\d{3,4}[. ]?\d{2}[. ]?\d{3}"),
    ("NATIONAL_ID", "nl.bsn", r"\d{4}[. ]?\d{2}[. ]?\d{2,3}"),
    ("NATIONAL_ID", "be.nn", r"\d{6}[- ]?\d{3}[- ]?\d{2}"),
    ("NATIONAL_ID", "pl.pesel", r"\d{11}"),
    ("TAX_ID", "pl.nip", r"\d{3}-?\d{3}-?\d{2}-?\d{2}"),
    ("TAX_ID", "it.iva", r"(?:IT ?)?\d{11}"),
    ("TAX_ID", "pt.nif", r"\d{3} ?\d{3} ?\d{3}"),
    ("NATIONAL_ID", "se.personnummer", r"(?:\d{2})?\d{10}"),
    ("NATIONAL_ID", "dk.cpr", r"\d{6}[- ]?\d{4}"),
    ("NATIONAL_ID", "no.fodselsnummer", r"\d{6} ?\d{5}"),
    ("NATIONAL_ID", "at.vnr", r"\d{4} ?\d{6}"),
    ("TAX_ID", "at.tin", r"\d{2}-?\d{3}/?\d{4}"),
    ("NATIONAL_ID", "bg.egn", r"\d{10}"),
    ("NATIONAL_ID", "hr.oib", r"\d{11}"),
    ("NATIONAL_ID", "gr.amka", r"\d{11}"),
    ("NATIONAL_ID", "ee.ik", r"[1-8]\d{10}"),
    ("NATIONAL_ID", "lt.asmens", r"[1-6]\d{10}"),
    ("NATIONAL_ID", "si.emso", r"\d{13}"),
    ("NATIONAL_ID", "tr.tckimlik", r"[1-9]\d{10}"),
    ("NATIONAL_ID", "za.idnr", r"\d{6} ?\d{4} ?\d{3}"),
    ("NATIONAL_ID", "ca.sin", r"\d{3}[- ]?\d{3}[- ]?\d{3}"),
    ("TAX_ID", "au.tfn", r"\d{3} ?\d{3} ?\d{2,3}"),
    ("TAX_ID", "au.abn", r"\d{2} ?\d{3} ?\d{3} ?\d{3}"),
    ("NATIONAL_ID", "in_.aadhaar", r"[2-9]\d{11}"),
    ("TAX_ID", "br.cpf", r"\d{9}-?\d{2}"),
    ("NATIONAL_ID", "cz.rc", r"\d{9,10}"),
    ("TAX_ID", "fr.siren", r"\d{3} ?\d{3} ?\d{3}"),
)  # fmt: skip


@lru_cache(maxsize=256)
def checksum(module: str) -> Callable[[str], bool]:
    """`is_valid` of stdnum's module `module`, for example `iban` or `de.idnr`."""
    valid: Callable[[str], bool] = import_module(f"stdnum.{module}").is_valid
    return valid


def is_card(text: str) -> bool:
    """A payment card: Luhn, a known first digit, not one digit repeated, and no column of short numbers."""
    joined = re.sub(r"-?\r?\n[> \t]{0,4}", "", text.translate(_DIGITS))
    groups = re.findall(r"\d+", joined)
    digits = "".join(groups)
    even = len({len(group) for group in groups[:-1]}) <= 1 or min(map(len, groups)) >= 3
    known = 12 <= len(digits) <= 19 and digits[0] in "23456" and len(set(digits)) > 1
    return known and even and checksum("luhn")(digits)


def is_iban(text: str) -> bool:
    return checksum("iban")("".join(c for c in text if c.isalnum()))


def is_emirates_id(text: str) -> bool:
    return checksum("luhn")("".join(c for c in text if c.isdigit()))


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    iban = Rule("IBAN_CODE", _pattern(rf"[A-Z]{{2}}{GAP}\d{{2}}(?:{GAP}[A-Z0-9]){{11,30}}"), 1.0, is_iban)
    card = Rule("CREDIT_CARD", _pattern(rf"[2-6](?:{GAP}[\dOoIl]){{11,18}}"), 0.95, is_card)
    bic = Rule("BIC", re.compile(r"(?<!\w)[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?(?!\w)"), 0.9, checksum("bic"), _BANK)
    nino = Rule("NATIONAL_ID", _pattern(r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
                                        r"[ -]?\d{2}[ -]?\d{2}[ -]?\d{2}[ -]?[A-D]"), 0.9)  # fmt: skip
    emirates = Rule("NATIONAL_ID", _pattern(r"784[- ]?(?:19|20)\d{2}[- ]?\d{7}[- ]?\d"), 0.95, is_emirates_id)
    strong = tuple(Rule(kind, _pattern(body), 0.9, checksum(name)) for kind, name, body in _STRONG)
    weak = tuple(Rule(kind, _pattern(body), 0.75, checksum(name), _ID) for kind, name, body in _WEAK)
    return (iban, card, bic, nino, emirates, *strong, *weak)


def is_identifier(text: str) -> bool:
    """Whether any checksum known here accepts the whole of `text`."""
    return any(
        rule.valid(text) for rule in rules() if rule.valid is not None and rule.pattern.fullmatch(text)
    ) or is_card(text)
