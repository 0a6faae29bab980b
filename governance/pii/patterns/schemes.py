"""The numbering schemes of some forty countries: form, checksum (of python-stdnum) and what people call them.

A form is the lengths of its digit groups; each group may be set off by a space, full stop, hyphen or slash.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module

from governance.pii.text.rules import words

SEPARATOR = r"(?:[ \t./-]|[ -]?\r?\n[> \t]{0,4})"


_SEPARATORS = re.compile(SEPARATOR)


@dataclass(frozen=True)
class Scheme:
    """`own_form` is how only this number is written: it needs no name beside it.

    Where it has none, the number counts without a name only if a check digit was `checked`.
    """

    module: str
    type: str
    valid: Callable[[str], bool]
    form: re.Pattern[str]
    name: re.Pattern[str]
    own_form: re.Pattern[str] | None
    checked: bool


@lru_cache(maxsize=256)
def checksum(module: str) -> Callable[[str], bool]:
    """`is_valid` of stdnum's module `module`, for example `iban` or `de.idnr`."""
    valid: Callable[[str], bool] = import_module(f"stdnum.{module}").is_valid

    def accepts(text: str) -> bool:
        try:
            return valid(text)
        except LookupError:  # a place or a century that the tables of stdnum lack
            return False

    return accepts


def _joined(valid: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda text: valid(_SEPARATORS.sub("", text))


_NIP = r"\d{3}-\d{3}-\d{2}-\d{2}|\d{3}-\d{2}-\d{2}-\d{3}"
_TABLE: tuple[tuple[str, str, str, str, str], ...] = (
    ("NATIONAL_ID", "us.ssn", "3 2 4", r"ssn|social security", r"\d{3}[ -]\d{2}[ -]\d{4}"),
    ("TAX_ID", "us.itin", "3 2 4", r"itin|taxpayer", r"9\d{2}-\d{2}-\d{4}"),
    ("TAX_ID", "us.ein", "2 7", r"f?ein|employer id\w*|tin", r"\d{2}-\d{7}"),
    ("NATIONAL_ID", "gb.nhs", "3 3 4", r"nhs|patient", r"\d{3} \d{3} \d{4}"),
    ("TAX_ID", "gb.utr", "5 5", r"utr|unique taxpayer|tax ?payer", ""),
    ("TAX_ID", "gb.vat", "3 4 2", r"vat", ""),
    ("TAX_ID", "de.idnr", "2 3 3 3", r"steuer\w*|st\.?-?id\w*|id-?nr|identifikationsnummer|tin", ""),
    ("TAX_ID", "de.stnr", "2 3 5|3 3 4|3 3 5|10|11|13", r"steuernummer|st\.?-?nr|finanzamt", r"\d{2,3}/\d{3}/\d{4,5}"),
    ("TAX_ID", "fr.nif", "2 2 3 3 3", r"fiscal\w*|spi|nif|tin", ""),
    ("TAX_ID", "fr.siren", "3 3 3", r"siren", ""),
    ("TAX_ID", "fr.siret", "3 3 3 5", r"siret", ""),
    ("NATIONAL_ID", "nl.bsn", "4 2 3|3 3 3|4 2 2|8", r"bsn|burger\w*|sofi\w*|citizen service", ""),
    ("NATIONAL_ID", "be.nn", "2 2 2 3 2|6 3 2",
     r"rijksregister\w*|niss|insz|nn|registre|national\w*|bis", r"\d{2}\.\d{2}\.\d{2}[- ]\d{3}[. ]\d{2}"),
    ("TAX_ID", "be.vat", "4 3 3", r"btw|tva|vat|ondernemings\w*|entreprise|kbo|bce", ""),
    ("NATIONAL_ID", "ch.ssn", "3 4 4 2", r"ahv\w*|avs|oasi", r"756.*"),
    ("NATIONAL_ID", "at.vnr", "4 6|4 2 2 2", r"sozialversicherung\w*|sv-?n\w*|versicherung\w*|vsnr", ""),
    ("TAX_ID", "at.tin", "2 3 4", r"steuer\w*|abgabenkonto\w*|tin", ""),
    ("NATIONAL_ID", "pl.pesel", "11|6 5", r"pesel", ""),
    ("TAX_ID", "pl.nip", "3 3 2 2|3 2 2 3", r"nip", _NIP),
    ("TAX_ID", "pl.regon", "9|3 3 3|14", r"regon", ""),
    ("TAX_ID", "it.iva", "11|3 4 4", r"partita iva|p\. ?iva|iva|vat", ""),
    ("TAX_ID", "pt.nif", "3 3 3", r"nif|nipc|contribuinte|fiscal", ""),
    ("NATIONAL_ID", "se.personnummer", "6 4|8 4", r"person\w*|social security", r"(?:\d{2})?\d{6}-\d{4}"),
    ("TAX_ID", "se.orgnr", "6 4", r"org\w*", ""),
    ("NATIONAL_ID", "dk.cpr", "6 4", r"cpr\w*", ""),
    ("TAX_ID", "dk.cvr", "2 2 2 2", r"cvr\w*|se-nr", ""),
    ("NATIONAL_ID", "no.fodselsnummer", "6 5", r"f[øo]dsels\w*|fnr|person\w*|d-nummer|birth number", ""),
    ("TAX_ID", "no.orgnr", "3 3 3", r"org\w*", ""),
    ("BANK_ACCOUNT", "no.kontonr", "4 2 5", r"konto\w*", r"\d{4}\.\d{2}\.\d{5}"),
    ("NATIONAL_ID", "is_.kennitala", "6 4", r"kennit\w*|kt", r"\d{6}-\d{4}"),
    ("TAX_ID", "fi.ytunnus", "7 1", r"y-tunnus|business id", r"\d{7}-\d"),
    ("NATIONAL_ID", "cz.rc", "6 4|6 3", r"rodn\w*|rc|r\. ?[cč]\.?|birth number", r"\d{6}/\d{3,4}"),
    ("TAX_ID", "hu.anum", "8 1 2|8", r"ad[óo]sz[áa]m", r"\d{8}-\d-\d{2}"),
    ("NATIONAL_ID", "ro.cnp", "13", r"cnp|cod\w* numeric", ""),
    ("TAX_ID", "ro.cui", "8|9|10", r"cui|cif", ""),
    ("NATIONAL_ID", "bg.egn", "10|6 4", r"egn|егн", ""),
    ("NATIONAL_ID", "bg.pnf", "10", r"pnf|lnch|лнч", ""),
    ("NATIONAL_ID", "hr.oib", "11", r"oib", ""),
    ("NATIONAL_ID", "gr.amka", "11|6 5", r"amka|αμκα", ""),
    ("TAX_ID", "gr.vat", "9|3 3 3", r"afm|αφμ", ""),
    ("NATIONAL_ID", "ee.ik", "11|7 4", r"isikukood|ik", ""),
    ("NATIONAL_ID", "lt.asmens", "11|7 4", r"asmens\w*|ak", ""),
    ("NATIONAL_ID", "lv.pvn", "6 5", r"personas\w*|pk", r"\d{6}-\d{5}"),
    ("NATIONAL_ID", "si.emso", "13", r"em[šs]o", ""),
    ("TAX_ID", "si.ddv", "8", r"davčna\w*|ddv", ""),
    ("NATIONAL_ID", "tr.tckimlik", "11|3 3 3 2", r"kimlik\w*|tckn?|t\.c\.", ""),
    ("TAX_ID", "tr.vkn", "10|3 3 4", r"vkn|vergi\w*", ""),
    ("NATIONAL_ID", "za.idnr", "6 4 3|6 4 2 1|6 4 1 2", r"south african?|rsa|sa id", ""),
    ("TAX_ID", "za.tin", "4 3 3|10", r"sars", ""),
    ("NATIONAL_ID", "ca.sin", "3 3 3", r"sin|social insurance|nas", ""),
    ("TAX_ID", "au.tfn", "3 3 3|3 3 2|8", r"tfn|tax file", ""),
    ("TAX_ID", "au.abn", "2 3 3 3", r"abn|australian business", ""),
    ("TAX_ID", "au.acn", "3 3 3", r"acn|australian company", ""),
    ("TAX_ID", "nz.ird", "3 3 3|2 3 3|8", r"ird", r"\d{2,3}-\d{3}-\d{3}"),
    ("NATIONAL_ID", "in_.aadhaar", "4 4 4", r"aadh?aa?r|uidai|uid", r"[2-9]\d{3}[ -]\d{4}[ -]\d{4}"),
    ("TAX_ID", "br.cpf", "3 3 3 2|9 2", r"cpf", r"\d{3}\.\d{3}\.\d{3}-\d{2}"),
    ("TAX_ID", "br.cnpj", "2 3 3 4 2", r"cnpj", r"\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}"),
    ("TAX_ID", "ar.cuit", "2 8 1", r"cui[tl]", r"(?:20|23|24|27|30|33|34)-\d{8}-\d"),
    ("NATIONAL_ID", "co.nit", "3 3 3 1|9 1", r"nit", r"\d{3}\.\d{3}\.\d{3}-\d"),
    ("TAX_ID", "pe.ruc", "11", r"ruc", ""),
    ("NATIONAL_ID", "ec.ci", "10|9 1", r"c[ée]dula|ci", ""),
    ("NATIONAL_ID", "cn.ric", "18|6 8 4", r"resident\w*|citizen|身份证\w*", r"\d{18}|\d{6} \d{8} \d{4}"),
    ("NATIONAL_ID", "jp.in_", "4 4 4", r"my ?number|individual number|マイナンバー", ""),
    ("NATIONAL_ID", "kr.rrn", "6 7", r"resident\w*|rrn", r"\d{6}-[1-8]\d{6}"),
    ("TAX_ID", "kr.brn", "3 2 5", r"brn|business registration", r"\d{3}-\d{2}-\d{5}"),
    ("NATIONAL_ID", "my.nric", "6 2 4", r"nric|mykad|ic", r"\d{6}-\d{2}-\d{4}"),
    ("NATIONAL_ID", "th.pin", "1 4 5 2 1|13", r"thai\w*|citizen", r"\d-\d{4}-\d{5}-\d{2}-\d"),
    ("NATIONAL_ID", "id.nik", "16|6 6 4", r"nik|ktp", ""),
    ("NATIONAL_ID", "pk.cnic", "5 7 1", r"cnic|nic", r"\d{5}-\d{7}-\d"),
    ("NATIONAL_ID", "il.idnr", "9|8 1", r"teudat\w*|israeli?", ""),
    ("NATIONAL_ID", "eg.tn", "3 3 3", r"egypt\w*", ""),
    ("NATIONAL_ID", "ua.rntrc", "10", r"rntrc|ipn|рнокпп|інн", ""),
    ("TAX_ID", "ru.inn", "10|12", r"inn|инн", ""),
    ("TAX_ID", "ru.ogrn", "13|15", r"ogrn|огрн", ""),
    ("IMEI", "imei", "15|2 6 6 1|8 6 1", r"imei|device", r"\d{2}-\d{6}-\d{6}-\d"),
)  # fmt: skip
WITHOUT_CHECK = frozenset(("us.ssn", "us.itin", "us.ein", "de.stnr", "id.nik", "pk.cnic", "my.nric"))


def _form(groups: str) -> re.Pattern[str]:
    forms = (f"{SEPARATOR}?".join(rf"\d{{{size}}}" for size in form.split()) for form in groups.split("|"))
    return re.compile("|".join(forms))


@lru_cache(maxsize=1)
def schemes() -> tuple[Scheme, ...]:
    return tuple(
        Scheme(module, kind, _joined(checksum(module)), _form(groups), words(name), re.compile(own) if own else None,
               module not in WITHOUT_CHECK)
        for kind, module, groups, name, own in _TABLE
    )  # fmt: skip
