"""National and tax numbers, IBANs and cards made at random: those that their checksum accepts, and broken ones."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from itertools import islice

from governance.pii.text.spans import Span


@dataclass(frozen=True)
class Kind:
    """A number of one country. In `form`, # is a digit, @ a letter, % and & a date as yymmdd and ddmmyy."""

    country: str
    module: str
    form: str
    called: str
    type: str = "NATIONAL_ID"


KINDS = (
    Kind("Germany", "de.idnr", "###########", "Steuer-ID", "TAX_ID"),
    Kind("France", "fr.nir", "1780###01###0##", "numéro de sécurité sociale"),
    Kind("Spain", "es.dni", "########@", "DNI"),
    Kind("Spain", "es.nie", "X#######@", "NIE"),
    Kind("Italy", "it.iva", "###########", "partita IVA", "TAX_ID"),
    Kind("Netherlands", "nl.bsn", "#########", "BSN"),
    Kind("Belgium", "be.nn", "%#####", "rijksregisternummer"),
    Kind("United Kingdom", "gb.nhs", "### ### ####", "NHS number"),
    Kind("United Kingdom", "gb.utr", "##########", "UTR", "TAX_ID"),
    Kind("Poland", "pl.pesel", "%#####", "PESEL"),
    Kind("Poland", "pl.nip", "##########", "NIP", "TAX_ID"),
    Kind("Portugal", "pt.nif", "2########", "NIF", "TAX_ID"),
    Kind("Sweden", "se.personnummer", "%-####", "personnummer"),
    Kind("Norway", "no.fodselsnummer", "&#####", "fødselsnummer"),
    Kind("Finland", "fi.hetu", "&-###@", "henkilötunnus"),
    Kind("Austria", "at.vnr", "####&", "Versicherungsnummer"),
    Kind("Switzerland", "ch.ssn", "756.####.####.##", "AHV number"),
    Kind("Czechia", "cz.rc", "%/####", "rodné číslo"),
    Kind("Bulgaria", "bg.egn", "%####", "EGN"),
    Kind("Croatia", "hr.oib", "###########", "OIB"),
    Kind("Greece", "gr.amka", "&#####", "AMKA"),
    Kind("Estonia", "ee.ik", "3%####", "isikukood"),
    Kind("Ireland", "ie.pps", "#######@", "PPS number"),
    Kind("Turkey", "tr.tckimlik", "1##########", "kimlik no"),
    Kind("South Africa", "za.idnr", "%####08#", "identity number"),
    Kind("Canada", "ca.sin", "### ### ###", "SIN"),
    Kind("Australia", "au.tfn", "#########", "TFN", "TAX_ID"),
    Kind("India", "in_.aadhaar", "5### #### ####", "Aadhaar"),
    Kind("Brazil", "br.cpf", "###.###.###-##", "CPF", "TAX_ID"),
    Kind("Romania", "ro.cnp", "1%12####", "CNP"),
    Kind("China", "cn.ric", "11010119800101####", "resident number"),
    Kind("cards", "luhn", "4###############", "card", "CREDIT_CARD"),
    Kind("IBAN, Germany", "iban", "DE####################", "account", "IBAN_CODE"),
    Kind("IBAN, Netherlands", "iban", "NL##ABNA##########", "account", "IBAN_CODE"),
)  # fmt: skip
FRAMES = ("Her {called} is {number}, as stated.", "{called}: {number}", "We noted the {called} {number} in the file.")
TRIES = 200_000


def numbers(kind: Kind, count: int, draw: random.Random) -> Iterator[tuple[str, str]]:
    """`count` pairs of a valid number and one that differs in one digit and that no kind here accepts."""
    valid: Callable[[str], bool] = import_module(f"stdnum.{kind.module}").is_valid
    made = (number for _ in range(TRIES) if valid(number := _drawn(kind.form, draw)))
    pairs = ((number, wrong) for number in made if (wrong := _broken(number, draw)) is not None)
    yield from islice(pairs, count)


def _drawn(form: str, draw: random.Random) -> str:
    day = (f"{draw.randrange(50, 99):02}", f"{draw.randrange(1, 13):02}", f"{draw.randrange(1, 29):02}")
    signs = {
        "#": lambda: draw.choice(string.digits),
        "@": lambda: draw.choice(string.ascii_uppercase),
        "%": lambda: "".join(day),
        "&": lambda: "".join(day[::-1]),
    }
    return "".join(signs[c]() if c in signs else c for c in form)


def _broken(number: str, draw: random.Random) -> str | None:
    """One digit changed; None where another kind happens to accept that."""
    place = [i for i, c in enumerate(number) if c.isdigit()][-draw.randrange(1, 4)]
    wrong = number[:place] + draw.choice(string.digits.replace(number[place], "")) + number[place + 1 :]
    return None if _accepted(wrong) else wrong


def _accepted(number: str) -> bool:
    """By any kind: what is wrong for one country may be right for another."""
    return any(import_module(f"stdnum.{kind.module}").is_valid(number) for kind in KINDS)


def measured(found: Callable[[str], list[Span]], count: int = 6) -> tuple[float, float, int]:
    """Share of valid numbers found whole, share of broken ones not given the type of that kind, and countries."""
    draw, hits, misses, total = random.Random(7), 0, 0, 0
    for kind in KINDS:
        for index, (valid, broken) in enumerate(numbers(kind, count, draw)):
            frame = FRAMES[index % len(FRAMES)]
            hits += _types(found, frame, kind, valid) != set()
            misses += kind.type not in _types(found, frame, kind, broken)
            total += 1
    return hits / total, misses / total, len({kind.country for kind in KINDS})


def _types(found: Callable[[str], list[Span]], frame: str, kind: Kind, number: str) -> set[str]:
    """Types of the spans that cover the whole number."""
    text = frame.format(called=kind.called, number=number)
    start = text.index(number)
    return {s.type for s in found(text) if s.start <= start and s.end >= start + len(number)}
