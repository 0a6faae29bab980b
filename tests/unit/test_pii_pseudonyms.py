"""Pseudonyms: one subject one surrogate, nothing without the key, and never anybody's real data."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban, luhn

from governance.pii.identifiers import is_card, is_identifier
from governance.pii.pseudonyms import key_of, load_or_create_key, pseudonym
from registry.errors import IntegrityError

KEY = key_of(b"k" * 32)
OTHER = key_of(b"o" * 32)


def test_one_person_is_one_person_however_the_name_is_written() -> None:
    first, last = pseudonym("PERSON", "Jane Roe", KEY).split()

    assert pseudonym("PERSON", "Roe", KEY) == last
    assert pseudonym("PERSON", "Roe, Jane", KEY) == f"{last}, {first}"
    assert pseudonym("PERSON", "JANE ROE", KEY) == f"{first} {last}".upper()
    assert pseudonym("PERSON", "J. Roe", KEY) == f"{first[0]}. {last}"
    assert pseudonym("PERSON", "J\u200bane R\u00adoe", KEY) == f"{first} {last}"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("PERSON", "Jane Roe"),
        ("EMAIL_ADDRESS", "jane@corp.com"),
        ("IBAN_CODE", "DE89 3704 0044 0532 0130 00"),
        ("STREET_ADDRESS", "12 Baker Street"),
        ("DATE_OF_BIRTH", "12 March 1984"),
        ("CASE_NUMBER", "unnumbered"),
    ],
)
def test_another_key_gives_another_surrogate(kind: str, text: str) -> None:
    assert pseudonym(kind, text, KEY) == pseudonym(kind, text, KEY)
    assert pseudonym(kind, text, KEY) != pseudonym(kind, text, OTHER)
    assert pseudonym(kind, text, KEY) != text


@given(st.from_regex(r"[2-6][0-9]{15}", fullmatch=True))
def test_a_card_surrogate_is_no_card(digits: str) -> None:
    card = digits[:15] + luhn.calc_check_digit(digits[:15])

    made = pseudonym("CREDIT_CARD", card, KEY)

    assert len(made) == len(card)
    assert not is_card(made)


@given(st.from_regex(r"[0-9]{18}", fullmatch=True))
def test_an_iban_surrogate_is_no_account(body: str) -> None:
    account = "DE" + iban.calc_check_digits("DE00" + body) + body

    made = pseudonym("IBAN_CODE", account, KEY)

    assert made[:2] == "DE"
    assert not iban.is_valid(made)


@given(
    st.sampled_from(["NATIONAL_ID", "TAX_ID"]), st.from_regex(r"[0-9]{3}-?[0-9]{3}-?[0-9]{3,5}[A-Z]?", fullmatch=True)
)
def test_no_checksum_accepts_a_surrogate_number(kind: str, number: str) -> None:
    assert not is_identifier(pseudonym(kind, number, KEY))


def test_twenty_thousand_people_do_not_merge() -> None:
    firsts = [f"{a}{b}o" for a in ("Ka", "Lu", "Mi", "Ne") for b in ("ba", "de", "fi", "go", "ku")]
    lasts = [
        f"{a}{b}{c}" for a in "BCDFGHKLMN" for b in ("ae", "io", "ou", "ua", "ei") for c in ("n", "rd", "sk", "lt")
    ]
    people = [f"{first} {last}x{n}".replace(str(n), "abcde"[n]) for first in firsts for last in lasts for n in range(5)]

    made = {pseudonym("PERSON", person, KEY) for person in people}

    assert len(made) == len(set(people)) == 20_000


@given(
    st.text(max_size=40), st.sampled_from(["PERSON", "EMAIL_ADDRESS", "PHONE_NUMBER", "IP_ADDRESS", "MEDICAL_RECORD"])
)
def test_any_text_has_a_surrogate(text: str, kind: str) -> None:
    assert isinstance(pseudonym(kind, text, KEY), str)


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    made = load_or_create_key(tmp_path / "keys")

    again = load_or_create_key(tmp_path / "keys")

    assert again == made
    assert stat.S_IMODE((tmp_path / "keys" / "pseudonym.key").stat().st_mode) == 0o600
    assert made.secret.hex() not in repr(made)
    assert len(made.id) == 12


def test_a_damaged_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "pseudonym.key").write_bytes(b"short")

    with pytest.raises(IntegrityError, match="not a pseudonym key"):
        load_or_create_key(tmp_path)
