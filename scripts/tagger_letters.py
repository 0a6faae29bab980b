"""Invented letters, mails, tickets, forms, court text and chat for the tagger, labelled by construction.

Names, places, firms and addresses come from Faker's providers for 33 locales; the texts are ours.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

from faker import Faker

from scripts.tagger_corpora import SKIP, Labelled, Mark

LOCALES = (
    "en_US", "en_GB", "en_IN", "en_AU", "en_CA", "en_IE", "en_PH", "de_DE", "de_AT", "fr_FR", "fr_CH", "es_ES", "es_MX",
    "it_IT", "nl_NL", "nl_BE", "pl_PL", "pt_BR", "pt_PT", "sv_SE", "tr_TR", "cs_CZ", "da_DK", "fi_FI", "no_NO", "hu_HU",
    "ro_RO", "hr_HR", "id_ID", "sk_SK", "sl_SI", "et_EE", "lt_LT",
)  # fmt: skip
TEMPLATES = (Path(__file__).parent / "tagger_templates.txt").read_text("utf-8").splitlines()
_BODIES = (
    "Regional Court", "District Court", "Court of Appeal", "Administrative Court", "Labour Court", "City Court",
    "Public Prosecutor", "Social Insurance Office", "Tax Office", "Assize Court", "Supreme Court", "Military Court",
    "Magistrates' Court", "Employment Tribunal", "Police Department", "Land Registry", "Family Court",
    "Ministry of Defence", "Ministry of the Interior", "Immigration Board", "Health Insurance Fund", "Municipality",
    "University Hospital", "Youth Welfare Office", "Prison Administration", "City Council", "Chamber of Commerce",
    "Bar Association",
)  # fmt: skip
_JOBS = (
    "teacher", "nurse", "lawyer", "software engineer", "bus driver", "journalist", "farmer", "accountant", "welder",
    "police officer", "professor of law", "student", "painter", "shopkeeper", "Head of Sales", "Senior Analyst",
    "Compliance Officer", "Managing Director", "HR Business Partner", "electrician", "retired judge",
)  # fmt: skip
_RANKS = (
    "artillery captain", "non-commissioned officer", "army sergeant", "private", "retired colonel", "naval officer",
    "conscript", "housing officer", "member of parliament", "deputy mayor", "trade union member", "asylum seeker",
    "widow", "single mother", "pensioner", "minor", "shareholder", "sole director", "prisoner", "stateless person",
)  # fmt: skip
_CONDITIONS = (
    "schizophrenia", "depression", "a hip fracture", "loss of hearing in his right ear", "chronic back pain",
    "diabetes", "tuberculosis", "post-traumatic stress disorder", "a heart condition", "hepatitis C", "epilepsy",
    "partial disability", "a broken arm", "alcohol dependence", "breast cancer", "multiple sclerosis", "blindness",
    "HIV", "pregnant", "a personality disorder", "paraplegia", "severe burns to her face", "asthma",
)  # fmt: skip
_FOREIGN_BODIES = (
    "Sąd Okręgowy", "Landgericht", "tribunal de grande instance", "Amtsgericht", "cour d'appel", "Tribunale",
    "Asliye Hukuk Mahkemesi", "Bundesgerichtshof", "Oberlandesgericht", "Okresný súd", "Audiencia Provincial",
    "Verwaltungsgericht", "Naczelny Sąd Administracyjny", "tingsrätt", "Sozialgericht", "Prokuratura Rejonowa",
)  # fmt: skip
_PEOPLES = (
    "German", "French", "Turkish", "Polish", "British", "American", "Spanish", "Italian", "Dutch", "Russian", "Kurdish",
    "Ukrainian", "Romanian", "Bulgarian", "Chechen", "Roma", "Greek", "Hungarian", "Irish", "Nigerian", "Indian",
    "Catholic", "Muslim", "Jewish", "Swedish", "Austrian", "Croatian",
)  # fmt: skip
_LAWS = ("Civil Code", "Criminal Procedure Act", "Companies Act 2006", "Data Protection Act", "Labour Code")
_SONGS = (
    "Blue Harbour", "Running Late", "Sunday in the Rain", "Heavy Water", "Silver Lining", "Cold Coffee",
    "Glass Houses", "Paper Moon", "Lessons in Silence", "Guilty Hearts", "Stories of the Sea", "The Last Witness",
    "Midnight Express Train", "Good Neighbours", "Iron Garden", "Letters Home", "A Year of Rain",
    "Second Thoughts", "The Long Winter",
)  # fmt: skip
_DEAR = ("Sehr geehrte(r)", "Chère", "Estimada", "Gentile", "Geachte")
_THANKS = ("vielen Dank für Ihr Schreiben vom", "merci pour votre lettre du", "grazie per la lettera del")
_TITLES = ("Mr", "Mrs", "Ms", "Dr", "Mr.", "Ms.", "Mrs.", "Prof.", "Sir", "Herr", "Frau")
_LASTING = ("two years", "six months", "three years and four months", "12 days", "about ten years", "eighteen months")
_SUMS = (
    "{:,} euros (EUR)", "EUR {:,}", "£{:,}", "${:,}", "{:,} Swiss francs", "PLN {:,}", "approximately {:,} euros",
    "{:,} Polish zlotys (PLN)", "{:,} Turkish liras (TRY)", "TRY {:,}", "ATS {:,}", "{:,} Austrian schillings",
    "{:,} Czech korunas (CZK)", "SEK {:,}", "{:,} pounds sterling (GBP)", "GBP {:,}.50", "{:,} German marks (DEM)",
    "{:,} hectares", "{:,} square metres", "{:,} grams of heroin", "€ {:,}", "{:,} US dollars (USD)", "{:,} kilometres",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_INITIALS = "ABCDEFGHJKLMNPRSTW"
_FIELD = re.compile(r"(\{\w+\})")
_HONORIFIC = re.compile(r"(?:Univ\.)?(?:Dr|Mr|Mrs|Ms|Miss|Prof|Herr|Frau|Sig|Dott|Ing|Sr|Sra|Mw|Dhr)\.? (?:Dr\.? )?")


class Inventor:
    """Draws values; one seed gives one sequence."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self._fakers = {locale: Faker(locale) for locale in LOCALES}
        for fake in self._fakers.values():
            fake.seed_instance(seed)
        self._english = [locale for locale in LOCALES if locale.startswith("en")]

    def value(self, field: str) -> tuple[str, str]:
        """Something for a field of a template, and its label ("" for none)."""
        label, make = _FIELDS[field]
        return make(self), label

    def drawn(self, provider: str) -> str:
        """A value of a Faker provider in Latin script, half of the time from an English-speaking country."""
        for _ in range(8):
            locale = self.rng.choice(self._english if self.rng.random() < 0.5 else LOCALES)
            value = str(getattr(self._fakers[locale], provider, self._fakers["en_US"].name)())
            if value and all(ord(c) < 0x250 for c in value):
                return value
        return str(getattr(self._fakers["en_US"], provider)())

    def one(self, *values: str) -> str:
        return self.rng.choice(values)

    def number(self, low: int, high: int) -> int:
        return self.rng.randint(low, high)

    def name(self) -> str:
        first, last, kind = self.drawn("first_name"), self.drawn("last_name"), self.rng.random()
        if kind < 0.10:
            return f"{first} {self.one(*_INITIALS)}. {last}"
        if kind < 0.14:
            return f"{first} {last}".upper()
        if kind < 0.20:
            return f"{first} {self.drawn('first_name')} {last}"
        if kind < 0.26:
            return f"{first} {last}-{self.drawn('last_name')}"
        return _HONORIFIC.sub("", self.drawn("name")) if kind < 0.30 else f"{first} {last}"

    def date(self) -> str:
        day = self._fakers["en_GB"].date_between("-60y", "today")
        month, short = MONTHS[day.month - 1], MONTHS[day.month - 1][:3]
        return self.one(
            f"{day.day} {month} {day.year}", f"{month} {day.day}, {day.year}", day.strftime("%d/%m/%Y"),
            day.isoformat(), f"{day.day}.{day.month}.{day.year}", f"{day.day} {short} {day.year}",
            f"{month} {day.year}", f"{day.day} {month}", f"{day.day:02d}-{short}-{day.year % 100:02d}",
        )  # fmt: skip

    def address(self) -> str:
        lines = self.drawn("address").strip()
        return lines.replace("\n", ", ") if self.rng.random() < 0.5 else lines

    def code(self) -> str:
        return self.one(
            f"{self.number(1000, 99999)}/{self.number(1, 99):02d}", self.drawn("phone_number"),
            str(self._fakers["en_GB"].iban()), str(self.number(10**7, 10**10)),
            f"{self.one(*'ABCXYZ')}{self.one(*'ABC')}-{self.number(1000, 99999)}",
        )  # fmt: skip

    def job(self) -> str:
        """`Engineer, electrical` is `electrical engineer` in a text."""
        if self.rng.random() < 0.5:
            return self.one(*_JOBS, *_RANKS)
        head, _, kind = self._fakers["en_GB"].job().partition(" (")[0].partition(", ")
        job = f"{kind.split('/')[0]} {head}".strip()
        return job.lower() if self.rng.random() < 0.7 else job

    def country(self) -> str:
        return str(self._fakers["en_US"].country())

    def mail(self) -> str:
        return str(self._fakers["en_GB"].email())


_FIELDS: dict[str, tuple[str, Callable[[Inventor], str]]] = {
    "first": ("PERSON", lambda i: i.drawn("first_name")),
    "last": ("PERSON", lambda i: i.drawn("last_name")),
    "name": ("PERSON", Inventor.name),
    "ULAST": ("PERSON", lambda i: i.drawn("last_name").upper()),
    "initial": ("PERSON", lambda i: i.one(*_INITIALS) + "."),
    "lfirst": ("PERSON", lambda i: i.drawn("first_name").lower()),
    "lname": ("PERSON", lambda i: f"{i.drawn('first_name')} {i.drawn('last_name')}".lower()),
    "org": ("ORGANIZATION", lambda i: i.drawn("company").replace("\n", " ")),
    "body": ("ORGANIZATION", lambda i: i.one(*_BODIES)),
    "city": ("LOCATION", lambda i: i.drawn("city")),
    "lcity": ("LOCATION", lambda i: i.drawn("city").lower()),
    "country": ("LOCATION", Inventor.country),
    "street": ("STREET_ADDRESS", lambda i: i.drawn("street_name")),
    "addr": ("STREET_ADDRESS", Inventor.address),
    "date": ("DATE_TIME", Inventor.date),
    "year": ("DATE_TIME", lambda i: str(i.number(1940, 2026))),
    "day": ("DATE_TIME", lambda i: i.one(*_DAYS)),
    "month": ("DATE_TIME", lambda i: i.one(*MONTHS)),
    "time": ("DATE_TIME", lambda i: f"{i.number(1, 12)}:{i.number(0, 59):02d} {i.one('am', 'pm', 'a.m.')}"),
    "dur": ("DATE_TIME", lambda i: i.one(*_LASTING)),
    "age": ("NRP", lambda i: str(i.number(1, 99))),
    "dem": ("NRP", lambda i: i.one(*_PEOPLES)),
    "job": ("NRP", Inventor.job),
    "condition": ("MISC", lambda i: i.one(*_CONDITIONS)),
    "fbody": ("ORGANIZATION", lambda i: i.one(*_FOREIGN_BODIES)),
    "amount": ("AMOUNT", lambda i: i.one(*_SUMS).format(i.number(20, 90_000))),
    "code": ("CODE", Inventor.code),
    "mail": (SKIP, Inventor.mail),
    "myear": (SKIP, lambda i: str(i.number(1970, 2026))),
    "num": ("", lambda i: str(i.number(1, 40))),
    "title": ("", lambda i: i.one(*_TITLES)),
    "law": ("", lambda i: i.one(*_LAWS)),
    "song": ("", lambda i: i.one(*_SONGS)),
    "dear": ("", lambda i: i.one(*_DEAR)),
    "thanks": ("", lambda i: i.one(*_THANKS)),
}


def letters(count: int, seed: int) -> Iterator[Labelled]:
    """`count` texts of one to four filled templates; some in lower or upper case alone."""
    inventor = Inventor(seed)
    rng = inventor.rng
    for _ in range(count):
        text, marks = "", list[Mark]()
        for _ in range(1 if rng.random() < 0.6 else rng.randint(2, 4)):
            text += rng.choice([" ", "\n", "\n\n"]) if text else ""
            filled, found = _filled(rng.choice(TEMPLATES), inventor)
            marks += [(start + len(text), end + len(text), label) for start, end, label in found]
            text += filled
        yield Labelled(recased(text, rng, 0.05, 0.03), tuple(marks))


def recased(text: str, rng: random.Random, lower: float, upper: float) -> str:
    """Now and then all in lower or all in upper case, where that keeps the length."""
    draw = rng.random()
    other = text.lower() if draw < lower else text.upper() if draw < lower + upper else text
    return other if len(other) == len(text) else text


def _filled(template: str, inventor: Inventor) -> tuple[str, list[Mark]]:
    text, marks = "", list[Mark]()
    for piece in cast("list[str]", _FIELD.split(template)):
        if not _FIELD.fullmatch(piece):
            text += piece.replace("\\n", "\n")
            continue
        value, label = inventor.value(piece[1:-1])
        if label:
            marks.append((len(text), len(text) + len(value), label))
        text += value
    return text, marks
