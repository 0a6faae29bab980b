"""Twelve invented people with every identifier that a personnel file holds.

They are drawn once with Faker and kept in tests/data/hr_people.json, so that a new Faker changes nothing and a
test can search the scrubbed corpus for each of their values.
"""

from __future__ import annotations

import json
from pathlib import Path

from faker import Faker
from pydantic import BaseModel, ConfigDict

PEOPLE = Path(__file__).resolve().parent.parent / "tests" / "data" / "hr_people.json"
SEED = 20261124
LOCALES = ("en_GB", "en_GB", "en_GB", "en_GB", "en_US", "en_US", "de_DE", "de_DE", "fr_FR", "es_ES", "it_IT", "pl_PL")
PHONES = {  # ranges that regulators reserve for fiction, where there are any
    "en_GB": "+44 20 7946 0{n:03d}", "en_US": "+1 415-555-01{m:02d}", "de_DE": "+49 30 23125{n:03d}",
    "fr_FR": "+33 1 99 00 {m:02d} {k:02d}",
}  # fmt: skip
TITLES = (
    "Compliance Officer", "Branch Manager", "Payroll Specialist", "Credit Analyst", "Head of People", "Auditor",
    "Data Engineer", "Relationship Manager", "Treasury Analyst", "Service Desk Agent", "Legal Counsel", "Risk Modeller",
)  # fmt: skip


class Person(BaseModel):
    """One invented employee; every string here except title is personal data."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first: str
    last: str
    title: str
    email: str
    phone: str
    street: str
    city: str
    postcode: str
    born: str
    national_id: str
    iban: str
    card: str
    employee: str

    @property
    def name(self) -> str:
        """First and last name as letters print them."""
        return f"{self.first} {self.last}"

    @property
    def address(self) -> str:
        """The address on one line."""
        return f"{self.street}, {self.city} {self.postcode}"


def invent() -> list[Person]:
    """Draw the people with a fixed seed; equal Faker versions draw equal people."""
    return [_person(number, locale) for number, locale in enumerate(LOCALES)]


def _person(number: int, locale: str) -> Person:
    fake = Faker(locale)
    fake.seed_instance(SEED + number)
    plain = Faker("en_GB")
    plain.seed_instance(SEED + number)
    first, last = fake.first_name(), fake.last_name()
    pattern = PHONES.get(locale)
    phone = pattern.format(n=100 + 7 * number, m=10 + number, k=20 + number) if pattern else fake.phone_number()
    local = "".join(c for c in f"{first}.{last}".lower() if c.isascii() and (c.isalpha() or c == "."))
    return Person(
        first=first, last=last, title=TITLES[number], email=f"{local}@northquay-bank.example", phone=phone,
        street=fake.street_address().replace("\n", ", "), city=fake.city(), postcode=fake.postcode(),
        born=plain.date_of_birth(minimum_age=24, maximum_age=61).strftime("%d %B %Y"),
        national_id=fake.ssn(), iban=fake.iban(), card=plain.credit_card_number("visa"),
        employee=f"NQ-{20417 + 331 * number}",
    )  # fmt: skip


def save(people: list[Person], path: Path = PEOPLE) -> None:
    """Write the people as the gold list of personal data."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [person.model_dump() for person in people]
    path.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def load(path: Path = PEOPLE) -> list[Person]:
    """Read the people back."""
    return [Person.model_validate(row) for row in json.loads(path.read_text(encoding="utf-8"))]
