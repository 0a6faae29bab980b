"""Stand-ins keep type and form, never meet, and are never anybody's account, number or address."""

from __future__ import annotations

import ipaddress
import random
import re
from functools import cache
from importlib.resources import files
from itertools import pairwise

import phonenumbers
import pytest
from faker import Faker
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import iban, luhn

from governance.pii.patterns.checks import is_vin
from governance.pii.patterns.identifiers import is_card
from governance.pii.patterns.schemes import checksum
from governance.pii.standins.pseudonyms import key_of, pseudonym
from governance.pii.standins.wording import people

KEY = key_of(b"k" * 32)
PEOPLE = 20_000
SCHEMES = (
    ("NATIONAL_ID", "us.ssn", "ddd-dd-dddd"), ("TAX_ID", "us.itin", "9dd-dd-dddd"), ("TAX_ID", "us.ein", "dd-ddddddd"),
    ("NATIONAL_ID", "gb.nhs", "ddd ddd dddd"), ("TAX_ID", "gb.utr", "dddddddddd"), ("TAX_ID", "gb.vat", "GBddddddddd"),
    ("TAX_ID", "de.idnr", "dd ddd ddd ddd"), ("NATIONAL_ID", "fr.nir", "1 dd 0d 75 ddd ddd dd"),
    ("TAX_ID", "fr.siren", "ddd ddd ddd"), ("NATIONAL_ID", "es.dni", "ddddddddL"),
    ("NATIONAL_ID", "es.nie", "XdddddddL"),
    ("TAX_ID", "it.iva", "ddddddddddd"), ("NATIONAL_ID", "nl.bsn", "ddddddddd"),
    ("NATIONAL_ID", "be.nn", "dd.0d.1d-ddd.dd"),
    ("NATIONAL_ID", "ch.ssn", "756.dddd.dddd.dd"), ("NATIONAL_ID", "at.vnr", "dddd010180"),
    ("NATIONAL_ID", "pl.pesel", "dd0d1dddddd"), ("TAX_ID", "pl.nip", "ddd-ddd-dd-dd"),
    ("TAX_ID", "pt.nif", "ddddddddd"),
    ("NATIONAL_ID", "se.personnummer", "dd0d1d-dddd"), ("NATIONAL_ID", "dk.cpr", "1d0ddd-dddd"),
    ("NATIONAL_ID", "no.fodselsnummer", "1d0ddd ddddd"), ("NATIONAL_ID", "fi.hetu", "1d0ddd-dddL"),
    ("NATIONAL_ID", "ie.pps", "dddddddL"), ("NATIONAL_ID", "cz.rc", "dd0d1d/dddd"), ("TAX_ID", "au.tfn", "ddd ddd ddd"),
    ("TAX_ID", "au.abn", "dd ddd ddd ddd"), ("NATIONAL_ID", "ca.sin", "ddd ddd ddd"),
    ("NATIONAL_ID", "in_.aadhaar", "dddd dddd dddd"), ("TAX_ID", "br.cpf", "ddd.ddd.ddd-dd"),
    ("NATIONAL_ID", "tr.tckimlik", "ddddddddddd"), ("NATIONAL_ID", "za.idnr", "dd0d1ddddd08d"),
    ("NATIONAL_ID", "hr.oib", "ddddddddddd"), ("BANK_ACCOUNT", "us.rtn", "ddddddddd"),
    ("LEI", "lei", "dddd00LLdddddLLdddLd"),
)  # fmt: skip


@cache
def valid_numbers(scheme: str, form: str, count: int = 25) -> tuple[str, ...]:
    """Numbers of `form` (d a digit, L a letter) that the scheme accepts, drawn with a fixed seed."""
    draw, found = random.Random(scheme), set[str]()
    while len(found) < count:
        text = "".join(draw.choice({"d": "0123456789", "L": "ABCDEFGHJKLMNPQRSTVWXYZ"}.get(c, c)) for c in form)
        ends = [text[: -len(tail)] + tail for tail in _tails(text)]
        found.update(end for end in ends if checksum(scheme)(end))
    return tuple(sorted(found)[:count])


def _tails(text: str) -> list[str]:
    if text[-1].isalpha():
        return list("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return [f"{n:02d}" for n in range(100)] if text[-2].isdigit() else list("0123456789")


@pytest.mark.parametrize(("kind", "scheme", "form"), SCHEMES, ids=str)
def test_no_checksum_accepts_the_surrogate_of_a_valid_number(kind: str, scheme: str, form: str) -> None:
    numbers = valid_numbers(scheme, form)

    made = [pseudonym(kind, number, KEY) for number in numbers]

    assert not [surrogate for surrogate in made if checksum(scheme)(surrogate)]
    assert not [new for new in made if is_vin(new) or (not re.search("[A-Z]", new) and is_card(new))]
    assert len(set(made)) == len(numbers)
    assert {shape(surrogate[:-1]) for surrogate in made} <= {shape(number[:-1]) for number in numbers}
    nine_digits = sum(c.isdigit() for c in numbers[0]) == 9  # nearly all such numbers are somebody's in some country
    kept = sum(shape(new) == shape(old) for new, old in zip(made, numbers, strict=True))
    assert nine_digits or kept > len(made) / 2


def shape(text: str) -> str:
    return re.sub(r"[a-z]", "a", re.sub(r"[A-Z]", "A", re.sub(r"[0-9]", "0", text)))


@settings(deadline=None)
@given(st.from_regex(r"[2-6][0-9]{14}", fullmatch=True))
def test_a_card_surrogate_is_no_card(digits: str) -> None:
    card = digits + luhn.calc_check_digit(digits)

    made = pseudonym("CREDIT_CARD", card, KEY)

    assert re.fullmatch(r"[0-9]{16}", made)
    assert not luhn.is_valid(made)


@settings(deadline=None)
@given(st.from_regex(r"[0-9]{18}", fullmatch=True))
def test_an_iban_surrogate_is_no_account(body: str) -> None:
    account = "DE" + iban.calc_check_digits("DE00" + body) + body

    made = pseudonym("IBAN_CODE", account, KEY)

    assert made[:2] == "DE"
    assert not iban.is_valid(made)


def test_a_vehicle_has_no_vehicles_number() -> None:
    assert is_vin("1HGCM82633A004352")
    assert not is_vin("1HGCM82633A004353")
    assert not is_vin(pseudonym("VEHICLE_ID", "1HGCM82633A004352", KEY))


@pytest.mark.parametrize("text", ["EMP-004217", "12345/99", "X77-4821", "kd1234", "2021-AB-0077"])
def test_a_number_keeps_its_form(text: str) -> None:
    made = pseudonym("CASE_NUMBER", text, KEY)

    assert shape(made) == shape(text)


PHONES = (
    "+1 (415) 867-5309", "(415) 867-5309", "415-867-5309", "+44 20 7946 0991", "020 7946 0991", "07700 900321",
    "+33 6 12 34 56 78", "06 12 34 56 78", "+49 176 12345678", "0176/12345678", "+34 612 345 678", "+39 06 6982 1234",
    "+971 50 123 4567", "0044 (0)7700 900321", "+41446681800",
)  # fmt: skip


@pytest.mark.parametrize("text", PHONES)
def test_a_phone_surrogate_is_laid_out_alike_and_in_no_numbering_plan(text: str) -> None:
    made = pseudonym("PHONE_NUMBER", text, KEY)

    laid_out, _, extension = made.partition(" x")
    assert re.sub(r"\d", "0", laid_out) == re.sub(r"\d", "0", text)
    assert len(extension) < 3
    country = re.match(r"(?:\+1|\+49|\+44|\+33|\+34|\+39|\+971|\+41|0044)?", text)
    assert country is not None
    assert laid_out.startswith(country.group())
    assert laid_out != text


@pytest.mark.parametrize("region", ["US", "GB", "DE", "FR", "ES", "IT", "NL", "AE", "PL", "IN", "JP"])
def test_a_phone_surrogate_rings_nowhere(region: str) -> None:
    draw, code = random.Random(region), phonenumbers.country_code_for_region(region)
    example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    assert example is not None
    length = len(phonenumbers.national_significant_number(example))
    drawn = (f"+{code}{draw.randrange(10 ** (length - 1), 10**length)}" for _ in range(3_000))
    numbers = [text for text in drawn if phonenumbers.is_valid_number(phonenumbers.parse(text))][:200]

    made = [pseudonym("PHONE_NUMBER", number, KEY) for number in numbers]

    assert len(set(made)) == len(set(numbers)) > 100
    assert not [new for new in made if phonenumbers.is_valid_number(phonenumbers.parse(new.partition(" x")[0]))]


@pytest.mark.parametrize(
    "texts",
    [
        ("+44 20 7946 0991", "020 7946 0991", "0044 20 7946 0991", "(020) 79460991", "+44 (0)20 7946 0991"),
        ("+44 7700 900321", "07700 900321", "07700900321", "447700900321"),
        ("+1 415 867 5309", "(415) 867-5309", "415.867.5309", "4158675309"),
        ("+33 6 12 34 56 78", "06 12 34 56 78", "0612345678", "06.12.34.56.78"),
        ("+971 50 123 4567", "050 123 4567", "0501234567"),
    ],
)
def test_one_phone_is_one_phone_at_home_and_from_abroad(texts: tuple[str, ...]) -> None:
    ends = {re.sub(r"\D", "", pseudonym("PHONE_NUMBER", text, KEY))[-9:] for text in texts}

    assert len(ends) == 1


def test_network_addresses_lie_in_ranges_for_documentation() -> None:
    draw = random.Random(7)
    old = [str(ipaddress.IPv4Address(draw.getrandbits(32))) for _ in range(300)]
    new = [str(ipaddress.IPv6Address(draw.getrandbits(128))) for _ in range(300)]

    made = [pseudonym("IP_ADDRESS", text, KEY) for text in (*old, *new)]

    assert all(ipaddress.ip_address(text) in ipaddress.ip_network("2001:db8::/32") for text in made)
    assert len(set(made)) == 600


def test_a_device_surrogate_is_no_makers() -> None:
    makers, local, same = "00:1b:44:11:3a:b7", "02:1b:44:11:3a:b7", "00-1B-44-11-3A-B7"

    made = [pseudonym("MAC_ADDRESS", text, KEY) for text in (makers, local, same)]

    assert all(int(text[:2], 16) & 2 for text in made)
    assert made[0].upper().replace(":", "-") == made[2].upper()
    assert made[0] != made[1]


@pytest.mark.parametrize(
    ("kind", "text", "host"),
    [
        ("EMAIL_ADDRESS", "jane.roe77@acme-bank.co.uk", r"[a-z]+\.[a-z]+\d\d@[a-z]+-[a-z]+\.[a-z]+\.[a-z]+\.example"),
        ("EMAIL_ADDRESS", "jane.roe [at] acme [dot] com", r"[a-z]+\.[a-z]+@[a-z]+\.[a-z]+\.example"),
        ("URL_USER", "https://www.x-in.com:443/in/jane-roe", r"https://www\.[a-z]+-[a-z]+\.[a-z]+\.example:\d+/[a-z]+/[a-z]+-[a-z]+"),
        ("URL_USER", "ftp://jane:secret@acme.com/x", r"ftp://[a-z]+:[a-z]+@[a-z]+\.[a-z]+\.example/[a-z]"),
    ],
)  # fmt: skip
def test_mail_and_links_lead_to_a_domain_that_nobody_can_have(kind: str, text: str, host: str) -> None:
    assert re.fullmatch(host, pseudonym(kind, text, KEY).translate(str.maketrans("áàâä", "aaaa")))


def test_an_address_keeps_its_form() -> None:
    made = pseudonym("STREET_ADDRESS", "12 Baker Street, Flat 4, London NW1 6XE", KEY)

    assert re.fullmatch(r"\d\d \w+ Street, Flat \d, \w+ [A-Z]{2}\d \d[A-Z]{2}", made)


def test_women_stay_women_and_german_names_stay_german() -> None:
    text = files("governance.pii.words").joinpath("surrogate_names.txt").read_text(encoding="utf-8")
    lists = {tuple(line.split()[:2]): line.split()[2:] for line in text.splitlines()}

    kept = people(KEY.cipher).reserved  # titles and kinds of street, which are names as well
    for place, words in lists.items():
        names = [word for word in words if word not in kept]
        made = [pseudonym("PERSON", name.title(), KEY).casefold() for name in names]
        assert sorted(made) == sorted(names), place
        assert all(new != old for new, old in zip(made, names, strict=True))


def names_of(locale: str, count: int) -> set[str]:
    Faker.seed(3)
    fake = Faker(locale)
    return {f"{fake.first_name()} {fake.last_name()}" for _ in range(count)}


def test_twenty_thousand_people_do_not_merge() -> None:
    known = set[str]()
    for locale in ("en_US", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "sv_SE", "pl_PL", "en_IN", "ru_RU"):
        known |= names_of(locale, 2_600)
    odd = {f"{first}{last} {last}{middle}" for first in "bdfgklmnprst" for middle in ("a", "ei", "on", "ülz", "ø")
           for last in ("Ka", "Lu", "Mi", "Ne", "Ro", "Ta", "Vu", "Xe", "Yo", "Zi")}  # fmt: skip
    names = {name.casefold() for name in known | odd}

    made = {name: pseudonym("PERSON", name.title(), KEY).casefold() for name in names}

    assert len(names) > PEOPLE
    assert len(set(made.values())) == len(names)
    assert not [name for name, new in made.items() if new == name]


@pytest.mark.parametrize(
    ("kind", "numbers"),
    [
        ("NATIONAL_ID", [f"{100 + n // 90:03d}-{10 + n % 90:02d}-{(n * 7919) % 9973 + 1:04d}" for n in range(3_000)]),
        ("CUSTOMER_ID", [f"{10_000_000 + n * 37}" for n in range(3_000)]),
        ("EMPLOYEE_ID", [f"E{n:04d}" for n in range(10_000)]),
        ("PHONE_NUMBER", [f"(415) 2{n // 10_000:02d}-{n % 10_000:04d}" for n in range(0, 40_000, 13)]),
        ("IP_ADDRESS", [f"10.{n // 256}.{n % 256}.7" for n in range(3_000)]),
    ],
)
def test_thousands_of_numbers_do_not_merge(kind: str, numbers: list[str]) -> None:
    assert len({pseudonym(kind, number, KEY) for number in numbers}) == len(set(numbers))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.from_regex(r"[0-9]{1,3}[A-Z]?", fullmatch=True), min_size=2, max_size=30, unique=True))
def test_even_the_shortest_numbers_do_not_merge(numbers: list[str]) -> None:
    made = [pseudonym("CUSTOMER_ID", number, KEY) for number in numbers]

    assert len(set(made)) == len(numbers)
    assert not [new for new, old in zip(made, numbers, strict=True) if new == old]


@pytest.mark.parametrize(
    ("kind", "front"), [("CUSTOMER_ID", "K-1002"), ("EMPLOYEE_ID", "E-55"), ("CUSTOMER_ID", "7740")]
)
def test_the_stand_ins_of_neighbours_are_no_neighbours_in_their_order(kind: str, front: str) -> None:
    made = [pseudonym(kind, f"{front}{last}", KEY) for last in range(10)]

    steps = {(int(later[-1]) - int(one[-1])) % 10 for one, later in pairwise(made)}

    assert len(set(made)) == 10
    assert len(steps) > 2  # of one who counts on there would be one
