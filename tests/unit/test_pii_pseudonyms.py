"""Pseudonyms: one subject one stand-in, never two for one, nothing without the key."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.pii.standins.cipher import Cipher
from governance.pii.standins.people import People
from governance.pii.standins.pseudonyms import (
    all_keys,
    key_of,
    load_or_create_key,
    placeholder,
    pseudonym,
    rotate,
    subject,
)
from governance.pii.standins.spelling import learned
from governance.pii.standins.wording import folded, people
from registry.errors import IntegrityError

KEY = key_of(b"k" * 32)
OTHER = key_of(b"o" * 32)
SPELLING = learned(("anna", "hanna", "jan", "brand", "roland"))
TYPES = (
    "PERSON", "EMAIL_ADDRESS", "PHONE_NUMBER", "IP_ADDRESS", "MAC_ADDRESS", "MEDICAL_RECORD", "NATIONAL_ID",
    "IBAN_CODE",
    "BIC", "STREET_ADDRESS", "DATE_OF_BIRTH", "URL_USER", "USERNAME", "ORGANIZATION", "AGE", "AMOUNT", "SECRET",
)  # fmt: skip


def test_one_person_is_one_person_however_the_name_is_written() -> None:
    first, last = pseudonym("PERSON", "Jane Roe", KEY).split()

    assert pseudonym("PERSON", "Roe", KEY) == last
    assert pseudonym("PERSON", "Roe, Jane", KEY) == f"{last}, {first}"
    assert pseudonym("PERSON", "JANE ROE", KEY) == f"{first} {last}".upper()
    assert pseudonym("PERSON", "jane  roe", KEY) == f"{first}  {last}".lower()
    assert pseudonym("PERSON", "Ms Jane Roe's", KEY) == f"Ms {first} {last}'s"
    assert pseudonym("PERSON", "Jane\nRoe Jr.", KEY) == f"{first}\n{last} Jr."
    assert pseudonym("PERSON", "J. Roe", KEY) == f"{first[0]}. {last}"
    assert pseudonym("PERSON", "J\u200bane R\u00adoe", KEY) == f"{first} {last}"
    assert pseudonym("EMAIL_ADDRESS", "Jane.Roe@corp.com", KEY).startswith(f"{first}.{last}@".lower())


def test_a_turkish_capital_makes_no_second_person() -> None:
    said = pseudonym("PERSON", "İbrahim Şahin", KEY)

    assert pseudonym("PERSON", "İBRAHİM ŞAHİN", KEY) == said.upper()
    assert pseudonym("PERSON", "ibrahim şahin", KEY) == said.lower()


@pytest.mark.parametrize(
    ("names", "held"),
    [
        (("Jane Roe", "jane  ROE", "Roe, Jane", "Ms Jane Roe", "Jane Roe's", "J\u200bane Roe"), "PERSON"),
        (("943 476 5919", "943-476-5919", "9434765919"), "NATIONAL_ID"),
        (("Jane@Corp.com", "jane@corp.com"), "EMAIL_ADDRESS"),
    ],
)
def test_one_subject_has_one_placeholder(names: tuple[str, ...], held: str) -> None:
    assert len({placeholder(held, name, KEY) for name in names}) == 1
    assert placeholder(held, names[0], KEY) != placeholder(held, names[0], OTHER)


def test_what_only_looks_alike_has_two_placeholders() -> None:
    assert placeholder("EMAIL_ADDRESS", "ja.ne@corp.com", KEY) != placeholder("EMAIL_ADDRESS", "jane@corp.com", KEY)
    assert placeholder("PERSON", "Roe Jane", KEY) != placeholder("PERSON", "Jane Roe", KEY)
    assert subject("PERSON", "Dr") == "dr"


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("IP_ADDRESS", "192.168.1.11", "192.168.11.1"), ("IP_ADDRESS", "2001:db8::1:2", "2001:db8::12"),
        ("IP_ADDRESS", "2001:db8::1:2", "2001:db8:1::2"), ("DATE_OF_BIRTH", "1/11/1980", "11/1/1980"),
        ("DATE_TIME", "1.12.2020", "11.2.2020"), ("AMOUNT", "£1.50", "£150"), ("CASE_NUMBER", "C-12/03", "C-1/203"),
        ("STREET_ADDRESS", "Flat 1, 23 High St", "Flat 12, 3 High St"), ("PERSON", "John Roe Jr", "John Roe Sr"),
        ("PERSON", "John Roe II", "John Roe III"), ("PERSON", "John Roe Jr", "John Roe"),
    ],
)  # fmt: skip
def test_what_only_marks_or_generations_tell_apart_has_two_placeholders(kind: str, one: str, other: str) -> None:
    assert placeholder(kind, one, KEY) != placeholder(kind, other, KEY)


def test_marks_that_tell_nothing_apart_make_no_second_subject() -> None:
    assert subject("STREET_ADDRESS", "12 High St., London") == subject("STREET_ADDRESS", "12 High St\nLondon")
    assert subject("CASE_NUMBER", "C-12/03") == subject("CASE_NUMBER", "c 12-03")
    assert subject("PERSON", "Roe Jr., John") == subject("PERSON", "John Roe, Jr") == subject("PERSON", "John Roe Jr")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("PERSON", "Jane Roe"), ("PERSON", "Ян"), ("EMAIL_ADDRESS", "jane@corp.com"), ("CASE_NUMBER", "unnumbered"),
        ("IBAN_CODE", "DE89 3704 0044 0532 0130 00"), ("STREET_ADDRESS", "12 Baker Street"),
        ("ORGANIZATION", "The Bank"),
        ("PHONE_NUMBER", "+44 20 7946 0991"), ("IP_ADDRESS", "10.1.2.3"), ("IP_ADDRESS", "fe80::1"),
        ("BIC", "DEUTDEFF"),
        ("MAC_ADDRESS", "00:1b:44:11:3a:b7"), ("URL_USER", "https://x.com/in/jane-roe"), ("AGE", "34 years old"),
    ],
)  # fmt: skip
def test_another_key_gives_another_surrogate(kind: str, text: str) -> None:
    assert pseudonym(kind, text, KEY) == pseudonym(kind, text, KEY)
    assert pseudonym(kind, text, KEY) != pseudonym(kind, text, OTHER)
    assert pseudonym(kind, text, KEY) != text


@settings(deadline=None)
@given(st.text(max_size=40), st.sampled_from(TYPES))
def test_any_text_has_a_surrogate(text: str, kind: str) -> None:
    assert isinstance(pseudonym(kind, text, KEY), str)


@pytest.mark.parametrize("size", [1, 2, 7, 100, 1000])
def test_the_cipher_is_a_permutation_and_can_be_undone(size: int) -> None:
    cipher = Cipher(b"c" * 32)

    made = [cipher.permute(number, size, "t") for number in range(size)]

    assert sorted(made) == list(range(size))
    assert [cipher.restore(number, size, "t") for number in made] == list(range(size))
    assert all(cipher.derange(number, size, "t") != number for number in range(size)) or size == 1


@settings(deadline=None, max_examples=50)
@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=14))
def test_every_word_has_its_place_among_the_words_of_its_cost(word: str) -> None:
    bits, rank = SPELLING.cost(word), SPELLING.rank(word)

    assert 0 <= rank < SPELLING.size(word[0], bits)
    assert SPELLING.word_at(word[0], bits, rank) == word


LETTERS = "abcdefghijklmnopqrstuvwxyzäöüßéèñçøłœ'иваноґßאבג王李"


@settings(max_examples=8, deadline=None)
@given(st.sets(st.text(LETTERS, min_size=1, max_size=7).map(folded).filter(lambda w: w[:1] != "'"), min_size=50))
def test_words_do_not_meet_whatever_they_are_written_in(words: set[str]) -> None:
    made = {_exchange(word) for word in words if len(word) > 1}

    assert len(made) == sum(len(word) > 1 for word in words)


def _exchange(word: str) -> str:
    return people(KEY.cipher).word(word)


def test_no_stand_in_is_a_word_that_stays_where_it_is_no_name() -> None:
    small = People(KEY.cipher, frozenset(_exchange(word) for word in ("roe", "anna", "petersdorff")))

    made = {small.word(word) for word in ("roe", "anna", "petersdorff", "smith", "maria")}

    assert len(made) == 5
    assert not made & small.reserved


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    made = load_or_create_key(tmp_path / "keys")

    again = load_or_create_key(tmp_path / "keys")

    assert again == made
    assert stat.S_IMODE((tmp_path / "keys" / "pseudonym.key").stat().st_mode) == 0o600
    assert made.secret.hex() not in f"{made!r} {made.cipher!r}"
    assert str(made.secret) not in f"{made!r} {made.cipher!r}"
    assert len(made.id) == 12


def test_a_damaged_key_is_named(tmp_path: Path) -> None:
    load_or_create_key(tmp_path)
    (tmp_path / "pseudonym.key").write_bytes(b"short")

    with pytest.raises(IntegrityError, match="not a key of 32 bytes"):
        load_or_create_key(tmp_path)


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    load_or_create_key(tmp_path)
    (tmp_path / "pseudonym.key").chmod(0o640)

    with pytest.raises(IntegrityError, match="can be read by others"):
        load_or_create_key(tmp_path)


def test_no_writer_is_waited_for_where_a_pipe_is_in_the_place_of_a_key(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pseudonym.key", 0o600)

    with pytest.raises(OSError, match="Is no file"):
        load_or_create_key(tmp_path)


@pytest.mark.parametrize("kind", ["STREET_ADDRESS", "ORGANIZATION", "AGE", "URL_USER"])
def test_an_address_that_a_line_end_falls_into_keeps_its_number(kind: str) -> None:
    one, broken = (pseudonym(kind, text, KEY) for text in ("12 Baker Street, London", "12  Baker Street,\nLondon"))

    assert one.split() == broken.split()


def test_a_retired_key_stays_readable_and_scrubs_no_more(tmp_path: Path) -> None:
    first = load_or_create_key(tmp_path)

    old, new = rotate(tmp_path)
    _, newest = rotate(tmp_path)

    assert old == first != new != newest
    assert load_or_create_key(tmp_path) == newest
    assert all_keys(tmp_path) == {key.id: key for key in (first, new, newest)}
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("*.key")} == {0o600}
    assert pseudonym("PERSON", "Jane Roe", old) != pseudonym("PERSON", "Jane Roe", newest)


def test_a_rotation_that_is_cut_off_leaves_the_old_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = load_or_create_key(tmp_path)

    def killed(path: Path) -> Path:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("registry.secret_files.draft", killed)
        with pytest.raises(KeyboardInterrupt):
            rotate(tmp_path)

    assert load_or_create_key(tmp_path) == before
    assert all_keys(tmp_path) == {before.id: before}
    assert set(all_keys(tmp_path)) < {key.id for key in rotate(tmp_path)}
