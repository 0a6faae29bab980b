"""Numbers that carry a checksum are found wherever they stand; with a wrong digit they are not taken for valid."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from random import Random

import pytest

from governance.pii.detect import find
from governance.pii.patterns import identifiers, shapes
from governance.pii.patterns.phones import phones
from governance.pii.patterns.schemes import checksum
from governance.pii.settings import PiiPolicy
from governance.pii.text import rules
from governance.pii.text.spans import Span, disjoint

REPLACED = frozenset(PiiPolicy().replace)
CALLED = {"NATIONAL_ID", "TAX_ID", "CREDIT_CARD", "IBAN_CODE", "IMEI"}
UNCHECKED = {"us.ssn", "dk.cpr", "in_.pan"}
EACH = 12
UNNAMED = "Please have a look at {} before Friday."
# module of stdnum, what it is called, how it is written (d: digit, L: letter)
FORMS = """
us.ssn        | SSN                     | ddd-dd-dddd
gb.nhs        | NHS number              | ddd ddd dddd, dddddddddd
gb.utr        | UTR                     | dddddddddd, ddddd ddddd
gb.vat        | VAT number              | GBddddddddd, ddd dddd dd
de.idnr       | Steuer-ID               | dd ddd ddd ddd, ddddddddddd
de.vat        | VAT number              | DEddddddddd
fr.nir        | numéro NIR              | 1 dd 0d dd ddd ddd dd, 2dd0ddddddddddd
fr.nif        | numéro fiscal           | 0d dd ddd ddd ddd, 0dddddddddddd
fr.siren      | SIREN                   | ddd ddd ddd, ddddddddd
fr.siret      | SIRET                   | ddd ddd ddd ddddd, dddddddddddddd
fr.tva        | VAT number              | FRdd ddd ddd ddd, FRddddddddddd
es.dni        | DNI                     | ddddddddL, dddddddd-L
es.nie        | NIE                     | XdddddddL, Y-ddddddd-L
es.cif        | CIF                     | Bdddddddd, A-dddddddd
it.iva        | Partita IVA             | ddddddddddd, ITddddddddddd
nl.bsn        | BSN                     | ddddddddd, dddd.dd.ddd
be.nn         | national number         | dd.dd.dd-ddd.dd, ddddddddddd
ch.ssn        | AHV number              | 756.dddd.dddd.dd, 756dddddddddd
at.vnr        | Sozialversicherung      | dddd dddddd, dddddddddd
at.tin        | Steuernummer            | dd-ddd/dddd, ddddddddd
pl.pesel      | PESEL                   | ddddddddddd
pl.nip        | NIP                     | ddd-ddd-dd-dd, dddddddddd
pt.nif        | NIF                     | ddd ddd ddd, ddddddddd
se.personnummer | personnummer          | dddddd-dddd, 19dddddd-dddd, 19dddddddddd
dk.cpr        | CPR number              | dddddd-dddd, dddddddddd
no.fodselsnummer | fødselsnummer        | dddddd ddddd, ddddddddddd
fi.hetu       | henkilötunnus           | dddddd-dddL
ie.pps        | PPS number              | dddddddL, dddddddLA
cz.rc         | rodné číslo             | dddddd/dddd, dddddddddd
ro.cnp        | CNP                     | ddddddddddddd
bg.egn        | EGN                     | dddddddddd
hr.oib        | OIB                     | ddddddddddd
gr.amka       | AMKA                    | ddddddddddd
ee.ik         | isikukood               | ddddddddddd
lt.asmens     | asmens kodas            | ddddddddddd
si.emso       | EMŠO                    | ddddddddddddd
tr.tckimlik   | kimlik numarası         | ddddddddddd
za.idnr       | South African ID        | ddddddddddddd, dddddd dddd ddd
ca.sin        | SIN                     | ddd-ddd-ddd, ddd ddd ddd, ddddddddd
au.tfn        | TFN                     | ddd ddd ddd, ddddddddd
au.abn        | ABN                     | dd ddd ddd ddd, ddddddddddd
nz.ird        | IRD number              | dd-ddd-ddd, ddd-ddd-ddd
in_.aadhaar   | Aadhaar                 | dddd dddd dddd, dddddddddddd
in_.pan       | PAN                     | LLLPLddddL
br.cpf        | CPF                     | ddd.ddd.ddd-dd, ddddddddddd
br.cnpj       | CNPJ                    | dd.ddd.ddd/dddd-dd, dddddddddddddd
cl.rut        | RUT                     | dd.ddd.ddd-d
ar.cuit       | CUIT                    | 20-dddddddd-d, 20ddddddddd
kr.rrn        | resident number         | dddddd-ddddddd
is_.kennitala | kennitala               | dddddd-dddd
il.idnr       | Israeli ID              | ddddddddd
th.pin        | Thai ID                 | d-dddd-ddddd-dd-d
luhn          | card                    | 4ddd dddd dddd dddd, 51dddddddddddddd, 37dd dddddd ddddd
imei          | IMEI                    | 35ddddddddddddd
iban          | IBAN                    | DEdd dddd dddd dddd dddd dd, GBddWESTdddddddddddddd, NLdd ABNA dddd dddd dd
lei           | LEI                     | dddd00LLdLLdLLdddLdd
"""
CASES = [
    (module, name, form)
    for line in FORMS.strip().splitlines()
    for module, name, forms in [[part.strip() for part in line.split("|")]]
    for form in forms.split(", ")
]


def found(text: str) -> list[Span]:
    checked = [span for rule in (*identifiers.rules(), *shapes.rules()) for span in rules.matches(rule, text)]
    return disjoint([*checked, *identifiers.numbers(text)], first=REPLACED)


def drawn(form: str, random: Random) -> str:
    draw = {"d": "0123456789", "L": "ABCDEFGHJKLMNPQRSTVWXYZ"}
    return "".join(random.choice(draw.get(c, c)) for c in form)


def is_valid(module: str, number: str) -> bool:
    return checksum(module)(re.sub(r"[ ./]", "", number))


@lru_cache(maxsize=256)
def numbers(module: str, form: str) -> tuple[tuple[str, str], ...]:
    """Valid numbers, each with the same one after a slip of one digit."""
    random = Random(f"{module} {form}")
    candidates = (drawn(form, random) for _ in range(400_000))
    valid = (number for number in candidates if is_valid(module, number))
    return tuple((number, slipped(module, number, random)) for number, _ in zip(valid, range(EACH), strict=False))


def slipped(module: str, number: str, random: Random) -> str:
    places = [index for index, c in enumerate(number) if c.isdigit()]
    while True:
        index = random.choice(places)
        wrong = number[:index] + str((int(number[index]) + random.randint(1, 9)) % 10) + number[index + 1 :]
        if module in UNCHECKED or not is_valid(module, wrong):
            return wrong


def types(sentence: str, number: str) -> Iterator[tuple[str, int]]:
    """The type of each letter and digit of the number."""
    start = sentence.index("{}")
    spans = found(sentence.format(number))
    for index, c in enumerate(number):
        if c.isalnum():
            yield next((s.type for s in spans if s.start <= start + index < s.end), "-"), index


@pytest.mark.parametrize(("module", "name", "form"), CASES)
def test_every_valid_number_is_found_whole_with_and_without_its_name(module: str, name: str, form: str) -> None:
    drawn = numbers(module, form)

    assert len(drawn) == EACH
    for number, _ in drawn:
        for sentence in (f"My {name} is {{}}.", f"{name}: {{}}\n", UNNAMED):
            assert {kind for kind, _ in types(sentence, number)} <= REPLACED | {"LEI"}, (sentence, number)


def test_a_number_with_a_wrong_digit_is_not_called_valid_but_covered_where_it_is_named() -> None:
    slips = [
        (wrong, {kind for kind, _ in types(f"My {name} is {{}}.", wrong)})
        for module, name, form in CASES
        if module not in UNCHECKED
        for _, wrong in numbers(module, form)
    ]

    called = [wrong for wrong, kinds in slips if kinds & CALLED]
    assert len(called) <= 0.01 * len(slips), called


@pytest.mark.parametrize(
    "text",
    [
        "It paid 100 000 000 roubles and EUR 123 456 782 in damages.",
        "Between 1990 and 2004, on 12.05.2003 and 2003-05-12 10:30, it met 25 times.",
        "Rows 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17.",
        "See sections 4.2.1, 4.2.2 and 12.3.4.5 of Regulation 2016/679.",
        "ISO 27001 and 10 CFR 50.59 apply; 1,234,567,890 in all.",
    ],
)
def test_sums_dates_and_columns_are_no_identifiers(text: str) -> None:
    assert not [span for span in found(text) if span.type in CALLED | {"ID_NUMBER"}]


@pytest.mark.parametrize("before", ["No 575/2013: pay ", "AB 12 ", "ref 12 "])
@pytest.mark.parametrize("value", ["DE89 3704 0044 0532 0130 00", "4532 0151 1283 0366"])
def test_what_stands_before_a_number_hides_it_not(before: str, value: str) -> None:
    text = f"{before}{value} today"

    assert value in {text[span.start : span.end] for rule in identifiers.rules() for span in rules.matches(rule, text)}


@pytest.mark.parametrize("value", ["DE89370400440532013000", "DE89 3704 0044 0532 0130 00", "NO9386011117947"])
@pytest.mark.parametrize("behind", ["/COBADEFF", "-EUR", ".pdf", "_Smith.pdf", "\truft gern an", "+GBP", ";x"])
def test_what_stands_behind_an_iban_hides_it_not(value: str, behind: str) -> None:
    text = f"see {value}{behind}"

    assert value in {text[span.start : span.end] for span in found(text) if span.type == "IBAN_CODE"}


def test_each_of_a_list_of_short_ibans_is_found() -> None:
    ibans = ["NO9386011117947", "DK5000400440116243", "BE68539007547034"]

    for between in ("\n", " ", "/", ", "):
        text = between.join(ibans)
        assert [text[s.start : s.end] for s in found(text) if s.type == "IBAN_CODE"] == ibans, between


def test_an_iban_of_a_bank_that_no_list_knows_is_valid_and_one_with_a_wrong_national_check_is_not() -> None:
    assert identifiers.is_iban("BE68 5390 0754 7034")
    assert not identifiers.is_iban("BE68 5390 0754 7035")
    assert not identifiers.is_iban("BE41 0918 1173 5141")


@pytest.mark.parametrize("number", ["0151/23456789", "0176/87654321", "030/1234567", "0151-23456789"])
def test_a_national_number_with_a_slash_is_a_phone_without_a_word_for_it(number: str) -> None:
    found = list(phones(f"Meine Nummer: {number}.", ("DE",)))

    assert [(span.start, span.end) for span in found] == [(14, 14 + len(number))]


@pytest.mark.parametrize("docket", ["0151/2002", "12/345678", "019124/02"])
def test_a_docket_with_a_slash_is_no_phone(docket: str) -> None:
    assert not list(phones(f"Aktenzeichen {docket}.", ("DE", "GB")))


@pytest.mark.parametrize("number", ["+44 20 7946 0958", "0044 20 7946 0958", "020 7946 0958", "+1 (212) 555-0142"])
@pytest.mark.parametrize("next_", ["14:05", "00:1b:44:11:3a:b7", "4111 1111 1111 1111", "15 minutes", "1 2 3 4 5 6 7"])
def test_a_phone_ends_where_its_plan_says_whatever_number_follows(number: str, next_: str) -> None:
    text = f"At noon {number} {next_}"

    assert number in {text[span.start : span.end] for span in phones(text, ("GB",))}


@pytest.mark.parametrize("row", ["0 . 18 10 / 1 - 10 / 31 96048113", "0 . 16 11 / 1 - 11 / 30 96052055"])
def test_figures_between_signs_are_no_phone_with_a_number_behind_it(row: str) -> None:
    """Of the Enron mails, whose tables of deals look like this."""
    assert not [span for span in phones(row, ("US", "GB", "DE", "FR", "ES", "IT")) if span.start == 0]


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("Contact Jane Miller, 42 High Street, Leeds, IBAN {}, phone 0113 496 0000.", ["42 High Street, Leeds"]),
        ("Jane Miller, jane@x.org, 0113 496 0000, IBAN {}, is the payee.", []),
    ],
)
def test_the_label_of_an_iban_in_a_list_is_no_part_of_an_address(text: str, addresses: list[str]) -> None:
    iban = "GB29 NWBK 6016 1331 9268 19"

    spans = find(text.format(iban), PiiPolicy())

    said = [(span.type, text.format(iban)[span.start : span.end]) for span in spans]
    assert ("IBAN_CODE", iban) in said
    assert [value for kind, value in said if kind == "STREET_ADDRESS"] == addresses
