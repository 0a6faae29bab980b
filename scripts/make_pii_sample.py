"""Write governance/pii/recall/sample.jsonl: texts about invented people in which every personal detail is labelled.

The labels are exact because the details are put in, not found: `{A.name}` in scripts/pii_sample.txt is the name of
the first person, `{B.iban}` the second's account. People are drawn with Faker and a fixed seed. Texts and result were
written for this purpose, from nothing that the scrubber was developed on; CC0-1.0.

Run again only to change the sample: python -m scripts.make_pii_sample
"""

from __future__ import annotations

import json
import re
import string
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

from faker import Faker
from stdnum import luhn
from stdnum.de import idnr
from stdnum.es import dni
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.it import codicefiscale
from stdnum.nl import bsn

TEXTS = Path(__file__).with_name("pii_sample.txt")
SAMPLE = Path(__file__).resolve().parent.parent / "governance" / "pii" / "recall" / "sample.jsonl"
SEED = 20261125
LOCALES = {
    "en": ("en_GB", "en_US", "en_IN", "en_AU", "en_IE"), "de": ("de_DE", "de_AT"), "fr": ("fr_FR",), "es": ("es_ES",),
    "it": ("it_IT",), "nl": ("nl_NL",),
}  # fmt: skip
COPIES = {"en": 5, "de": 4, "fr": 4, "es": 3, "it": 3, "nl": 3}
QUASI = {"company": "ORGANIZATION", "city": "LOCATION", "date": "DATE_TIME", "amount": "AMOUNT", "age": "AGE"}
DIRECT = {
    "email": "EMAIL_ADDRESS", "phone": "PHONE_NUMBER", "address": "STREET_ADDRESS", "born": "DATE_OF_BIRTH",
    "iban": "IBAN_CODE", "card": "CREDIT_CARD", "employee": "EMPLOYEE_ID", "passport": "PASSPORT",
    "national": "NATIONAL_ID", "record": "MEDICAL_RECORD", "case": "CASE_NUMBER", "customer": "CUSTOMER_ID",
    "ip": "IP_ADDRESS", "mac": "MAC_ADDRESS", "user": "USERNAME", "vin": "VEHICLE_ID",
}  # fmt: skip
NAMES = frozenset(("name", "first", "last", "list", "caps", "short"))
PHONES = {  # ranges that regulators reserve for fiction, where there are any
    "en_GB": "020 7946 0{:03d}", "en_US": "(212) 555-0{:03d}", "en_AU": "(02) 5550 0{:03d}",
    "en_IE": "+353 20 915 0{:03d}", "en_IN": "+91 98765 43{:03d}", "de_DE": "030 23125 {:03d}",
    "de_AT": "+43 1 5550{:03d}", "fr_FR": "01 99 00 1{:03d}", "es_ES": "+34 612 345 {:03d}",
    "it_IT": "+39 347 1234{:03d}", "nl_NL": "06 12345{:03d}",
}  # fmt: skip
ITALIAN_TOWNS = ("Bergamo", "Lecce", "Pavia", "Siena", "Udine")
MONEY = {"en_GB": "£{:,}", "en_US": "${:,}"}
_FIELD = re.compile(r"\{([A-C])\.([a-z]{2,8})\}")


def person(locale: str, number: int) -> dict[str, str]:
    """Every detail of one invented person, by field."""
    fake, plain, british = _fake("", locale), _fake("plain", "en_US"), _fake("british", "en_GB")
    for one in (fake, plain, british):
        one.seed_instance(SEED + number)
    draw = plain.random
    first, last = fake.first_name(), fake.last_name()
    born = date(1952, 1, 1) + timedelta(days=draw.randrange(18_000))
    day = date(2021, 1, 1) + timedelta(days=draw.randrange(1_400))
    local = re.sub(r"[^a-z.]", "", f"{first}.{last}".lower())
    style = ("%d %B %Y", "%d/%m/%Y", "%Y-%m-%d")[number % 3] if locale.startswith("en") else "%d.%m.%Y"
    return {
        "name": f"{first} {last}", "first": first, "last": last, "list": f"{last}, {first}",
        "caps": f"{first} {last}".upper(), "short": f"{first[0]}. {last}",
        "email": f"{local}@{plain.domain_name()}", "phone": PHONES[locale].format(draw.randrange(100, 1000)),
        "address": _address(fake, locale),
        "born": born.strftime(style), "iban": british.iban() if locale.startswith("en") else fake.iban(),
        "card": _card(draw.randrange(10**14)), "employee": f"{'EPS'[number % 3]}{draw.randrange(10000, 99999)}",
        "passport": f"{draw.choice(string.ascii_uppercase)}{draw.randrange(10**7, 10**8)}",
        "national": _national(locale, draw.randrange(10**8, 10**9)), "record": f"{draw.randrange(10**6, 10**7)}",
        "case": f"{draw.randrange(1000, 9999)}/{draw.randrange(2015, 2026)}",
        "customer": f"{draw.randrange(10**6, 10**7)}",
        "ip": plain.ipv4_public(), "mac": plain.mac_address(), "user": local.replace(".", "_")[:10], "vin": plain.vin(),
        "company": fake.company(), "city": _town(fake, locale), "date": day.strftime(style),
        "amount": MONEY.get(locale, "EUR {:,}").format(draw.randrange(100, 9000)), "age": str(2025 - born.year),
    }  # fmt: skip


@lru_cache
def _fake(use: str, locale: str) -> Faker:
    """One for each use: two uses of one locale must not share what they draw from."""
    return Faker(locale)


def _address(fake: Faker, locale: str) -> str:
    """On one line, in the order of the country."""
    street, town, code = fake.street_address().replace("\n", ", "), _town(fake, locale), fake.postcode()
    return f"{street}, {town} {code}" if locale.startswith("en") else f"{street}, {code} {town}"


def _town(fake: Faker, locale: str) -> str:
    """Faker draws Italian towns from a set, in another order every time."""
    return fake.random_element(ITALIAN_TOWNS) if locale == "it_IT" else str(fake.city())


def _card(number: int) -> str:
    body = f"4{number:014d}"
    return f"{body}{luhn.calc_check_digit(body)}"


def _national(locale: str, number: int) -> str:
    """A number with a valid checksum of the country's own kind."""
    digits = str(number)
    by_country = {
        "DE": lambda: _german(digits), "AT": lambda: _german(digits), "FR": lambda: _french(number),
        "ES": lambda: digits[:8] + dni.calc_check_digit(digits[:8]), "IT": lambda: _italian(number),
        "NL": lambda: _checked(digits[:8], bsn.is_valid), "GB": lambda: _checked(digits, nhs.is_valid),
        "US": lambda: f"{100 + number % 500}-{10 + number % 80}-{1000 + number % 9000}",
    }  # fmt: skip
    return by_country.get(locale[3:], by_country["GB"])()


def _german(digits: str) -> str:
    """Ten digits of which exactly one stands twice, as the tax office gives them."""
    order = [*dict.fromkeys(digits + "1234567890")][:9]
    body = "".join(order[:1] + order)
    body = body if body[0] != "0" else body[::-1]
    return _checked(body, idnr.is_valid)


def _french(number: int) -> str:
    year, month, department = 70 + number % 29, 1 + number % 12, 1 + number % 95
    body = f"1{year:02d}{month:02d}{department:02d}{1 + number % 989:03d}{1 + number % 998:03d}"
    return body + str(nir.calc_check_digits(body))


def _italian(number: int) -> str:
    letters = "".join("BCDFGLMNPRSTV"[number // 13**i % 13] for i in range(6))
    month, place = "ABCDEHLMPRST"[number % 12], "FHLA"[number % 4]
    body = f"{letters}{60 + number % 40:02d}{month}{1 + number % 28:02d}{place}{number % 900 + 100}"
    return body + str(codicefiscale.calc_check_digit(body))


def _checked(body: str, is_valid: Callable[[str], bool]) -> str:
    """The body, or the next higher one, with a check digit that makes it valid."""
    while True:
        for digit in string.digits:
            if is_valid(body + digit):
                return body + digit
        body = str(int(body) + 1)


def fill(template: str, people: dict[str, dict[str, str]]) -> tuple[str, list[dict[str, object]]]:
    """The text with the details put in, and their labels."""
    parts: list[str] = []
    spans: list[dict[str, object]] = []
    position = length = 0
    for match in _FIELD.finditer(template):
        who, field = match.groups()
        value = people[who][field]
        parts += [template[position : match.start()], value]
        length += match.start() - position
        kind = "PERSON" if field in NAMES else DIRECT.get(field) or QUASI[field]
        side = "quasi" if field in QUASI else "direct"
        entity = f"{who}.name" if field in NAMES else f"{who}.{field}"
        place = {"start": length, "end": length + len(value)}
        spans.append({**place, "type": kind, "identifier": side, "entity_id": entity})
        length += len(value)
        position = match.end()
    return "".join([*parts, template[position:]]), spans


def texts() -> dict[str, list[str]]:
    """The texts with their fields, by language."""
    by_language: dict[str, list[str]] = defaultdict(list)
    for block in TEXTS.read_text(encoding="utf-8").split("=== ")[1:]:
        language, _, text = block.partition("\n")
        by_language[language].append(text.rstrip("\n"))
    return by_language


def sample() -> Iterator[dict[str, object]]:
    """Every text with new people."""
    number = 0
    for language, templates in texts().items():
        for copy in range(COPIES[language]):
            for index, template in enumerate(templates):
                locales = LOCALES[language]
                people = {who: person(locales[(copy + n) % len(locales)], number + n) for n, who in enumerate("ABC")}
                number += 3
                text, spans = fill(template, people)
                yield {"id": f"{language}-{index:02d}-{copy}", "text": text, "spans": spans}


def main() -> None:
    lines = [json.dumps(row, ensure_ascii=False) for row in sample()]
    SAMPLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(lines)} texts in {SAMPLE}")


if __name__ == "__main__":
    main()
