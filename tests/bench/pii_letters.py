"""The bench's own texts, labelled by construction: shapes and people that nothing here was built from or fitted to.

Keep it so: neither the tagger's training nor a rule may look at `pii_shapes.txt`.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

from faker import Faker

from governance.pii.recall.gold import GoldSpan, GoldText, Identifier

SHAPES = (Path(__file__).parent / "pii_shapes.txt").read_text("utf-8").rstrip("\n").split("\n%%\n")
LOCALES = ("en_US", "en_GB", "en_AU", "en_NZ", "en_CA", "en_IN", "en_IE", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL")
_SLOT = re.compile(r"\{(?:([abcd])\.)?(\w+)\}")
_PERSONAL: dict[str, str] = {
    "name": "PERSON", "first": "PERSON", "last": "PERSON", "email": "EMAIL_ADDRESS", "phone": "PHONE_NUMBER",
    "address": "STREET_ADDRESS", "iban": "IBAN_CODE", "card": "CREDIT_CARD", "ssn": "NATIONAL_ID",
    "nino": "NATIONAL_ID", "ip": "IP_ADDRESS", "user": "USERNAME",
}  # fmt: skip
_QUASI = {"org": "ORGANIZATION", "city": "LOCATION", "date": "DATE_TIME", "age": "AGE", "money": "AMOUNT"}
_ONE_ENTITY = frozenset(("name", "first", "last"))


def letters(count: int, seed: int) -> Iterator[GoldText]:
    """`count` labelled texts, the shapes in turn; equal seeds give equal texts."""
    draw = random.Random(seed)
    fakers = [Faker(locale) for locale in LOCALES]
    for number, faker in enumerate(fakers):
        faker.seed_instance(seed * 100 + number)
        for provider in faker.get_providers():
            if isinstance(cities := getattr(provider, "cities", None), list):
                cities.sort()  # Italian ones come out of a set
    for number in range(count):
        yield _letter(number, SHAPES[number % len(SHAPES)], draw.choice(fakers), draw)


def _letter(number: int, shape: str, faker: Faker, draw: random.Random) -> GoldText:
    people = {who: _person(faker, draw) for who in "abcd"}
    text, spans, position = "", [], 0
    for slot in _SLOT.finditer(shape):
        text += shape[position : slot.start()]
        position = slot.end()
        who, what = slot.group(1), slot.group(2)
        value = people[who][what] if who else _other(what, faker, draw)
        kind = _PERSONAL.get(what) or _QUASI.get(what)
        if kind is not None:
            side: Identifier = "direct" if what in _PERSONAL else "quasi"
            entity = f"{who}.{'name' if what in _ONE_ENTITY else what}" if who else f"{what}.{slot.start()}"
            end = len(text) + len(value)
            spans.append(GoldSpan(start=len(text), end=end, type=kind, identifier=side, entity_id=entity))
        text += value
    return GoldText(id=f"letter-{number}", text=text + shape[position:], spans=tuple(spans))


def _person(faker: Faker, draw: random.Random) -> dict[str, str]:
    first, last = faker.first_name(), faker.last_name()
    plain = re.sub(r"[^a-z]", "", unicodedata.normalize("NFKD", first + last).lower())
    return {
        "name": f"{first} {last}",
        "first": first,
        "last": last,
        "email": f"{plain[:12]}{draw.choice(('', '.', '_'))}{draw.randrange(100)}@{faker.free_email_domain()}",
        "phone": faker.phone_number(),
        "address": draw.choice((", ", "\n")).join(faker.address().splitlines()),
        "iban": faker.iban(),
        "card": faker.credit_card_number(draw.choice(("visa16", "mastercard", "amex"))),
        "ssn": f"{draw.randrange(101, 600)}-{draw.randrange(10, 99)}-{draw.randrange(1000, 9999)}",
        "nino": f"{draw.choice('ABCEHJ')}{draw.choice('ABCEHJ')}{draw.randrange(100000, 999999)}{draw.choice('ABCD')}",
        "ip": faker.ipv4_public(),
        "user": f"{plain[:6]}{draw.randrange(10, 99)}",
    }


def _other(what: str, faker: Faker, draw: random.Random) -> str:
    makers: dict[str, Callable[[], object]] = {
        "org": faker.company,
        "city": faker.city,
        "date": lambda: faker.date_object().strftime(draw.choice(("%d %B %Y", "%d/%m/%Y", "%B %d, %Y"))),
        "age": lambda: str(draw.randrange(18, 95)),
        "money": lambda: f"{draw.choice('£$€')}{draw.randrange(100, 90_000):,}",
        "time": lambda: f"{draw.randrange(8, 18):02}:{draw.randrange(60):02}",
        "digit": lambda: str(draw.randrange(1, 10)),
        "n": lambda: str(draw.randrange(10_000, 99_999)),
    }
    return str(makers[what]())
