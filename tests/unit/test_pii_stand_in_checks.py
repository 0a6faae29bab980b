"""The stand-in of a number fails the check that the number passed, and is one however the number is laid out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import islice
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import iban, luhn
from stdnum.es import ccc

from governance.pii.detect import find
from governance.pii.patterns.schemes import Scheme, checksum, schemes
from governance.pii.settings import PiiPolicy
from governance.pii.standins.pseudonyms import key_of, pseudonym

KEY = key_of(b"k" * 32)
EACH = 12
LAYOUTS = {
    "de.stnr": ((2, 3, 5), (3, 3, 4), (3, 3, 5), (10,), (11,), (13,)), "pk.cnic": ((5, 7, 1), (13,)),
    "my.nric": ((6, 2, 4), (12,)), "kr.brn": ((3, 2, 5), (10,)),
}  # fmt: skip
"""Groups of the numbers of schemes without a check digit, to which nearly every number of so many digits belongs."""
LETTERED = (
    ("NATIONAL_ID", "es.nif", "KdddddddL"), ("NATIONAL_ID", "es.nif", "XdddddddL"), ("TAX_ID", "es.nif", "BdddddddL"),
    ("TAX_ID", "es.nif", "Adddddddd"), ("NATIONAL_ID", "es.nif", "ddddddddL"),
    ("NATIONAL_ID", "fr.nir", "1dd0d75dddddddd"), ("NATIONAL_ID", "fr.nir", "2dd3ddddddddddd"),
    ("TAX_ID", "it.codicefiscale", "LLLLLLddAddAdddL"), ("NATIONAL_ID", "mx.curp", "LELLdd0d1dHDFLLLdd"),
    ("TAX_ID", "in_.pan", "LLLPLddddL"), ("TAX_ID", "cl.rut", "ddddddddd"), ("TAX_ID", "eu.vat", "FRddddddddddd"),
    ("TAX_ID", "eu.vat", "DEddddddddd"), ("TAX_ID", "ch.uid", "CHEddddddddd"), ("TAX_ID", "nl.btw", "dddddddddB0d"),
    ("NATIONAL_ID", "pt.cc", "dddddddddLLd"), ("NATIONAL_ID", "fi.hetu", "0d0ddd+dddL"),
)  # fmt: skip


def drawn(scheme: Scheme) -> Iterator[str]:
    """Numbers that the scheme accepts, as many of them with a date inside as without."""
    draw = Random(scheme.module)
    lengths = [length for length in range(7, 19) if scheme.form.fullmatch("0" * length)]
    for turn in range(60_000):
        text = "".join(draw.choice("0123456789") for _ in range(lengths[turn % len(lengths)]))
        text = dated(text, draw) if turn % 3 else text
        yield from (end for n in range(100) if scheme.valid(end := f"{text[:-2]}{n:02d}"))


def dated(text: str, draw: Random) -> str:
    day = date(1940, 1, 1) + timedelta(days=draw.randrange(25_000))
    shown = day.strftime(draw.choice(("%y%m%d", "%d%m%y", "%Y%m%d")))
    at = draw.randrange(max(1, len(text) - len(shown) + 1))
    place = draw.choice(("110101", "310101", text[:6])) if at == 6 else text[:at]
    return (place + shown + text[at + len(shown) :])[: len(text)]


def no_others(number: str, scheme: Scheme) -> bool:
    """Whether it has no check digit of another scheme of its type, whose number it is then taken for."""
    alike = (other for other in schemes() if other.type == scheme.type and other.module not in LAYOUTS)
    return not any(other.checked and other.form.fullmatch(number) and other.valid(number) for other in alike)


@pytest.mark.parametrize("module", LAYOUTS)
def test_in_the_layout_that_is_its_own_not_even_a_number_with_anothers_check_digit_is_accepted(module: str) -> None:
    scheme = next(scheme for scheme in schemes() if scheme.module == module)
    groups, mark = LAYOUTS[module][0], "/" if module == "de.stnr" else "-"
    numbers = islice((number for number in drawn(scheme) if len(number) == sum(groups)), EACH)

    made = [pseudonym(scheme.type, laid_out(number, groups, mark), KEY) for number in numbers]

    assert len(made) == EACH
    assert not [new for new in made if scheme.valid(new)]


def laid_out(number: str, groups: tuple[int, ...], mark: str) -> str:
    signs = iter(number)
    return mark.join("".join(islice(signs, size)) for size in groups)


@pytest.mark.parametrize("scheme", schemes(), ids=lambda scheme: scheme.module)
def test_no_scheme_accepts_the_stand_in_of_one_of_its_numbers(scheme: Scheme) -> None:
    numbers = list(islice((n for n in drawn(scheme) if scheme.module not in LAYOUTS or no_others(n, scheme)), EACH))

    made = [pseudonym(scheme.type, number, KEY) for number in numbers]

    assert len(numbers) == EACH
    assert not [new for new in made if scheme.valid(new)]


@pytest.mark.parametrize("mark", ["", " ", "-", "/", "."])
@pytest.mark.parametrize(("module", "groups"), [(module, groups) for module in LAYOUTS for groups in LAYOUTS[module]])
def test_nor_does_one_that_goes_by_form_in_any_layout(module: str, groups: tuple[int, ...], mark: str) -> None:
    scheme = next(scheme for scheme in schemes() if scheme.module == module)
    numbers = islice((n for n in drawn(scheme) if len(n) == sum(groups) and no_others(n, scheme)), EACH)
    written = [laid_out(number, groups, mark) for number in numbers]

    made = [pseudonym(scheme.type, number, KEY) for number in written]

    assert all(map(scheme.form.fullmatch, written))
    assert len(written) == EACH
    assert not [new for new in made if scheme.valid(new)]


@pytest.mark.parametrize(("kind", "module", "form"), LETTERED)
def test_nor_do_those_whose_numbers_may_hold_letters(kind: str, module: str, form: str) -> None:
    draw, valid = Random(form), checksum(module)
    letters = {"d": "0123456789", "L": "ABCDEFGHJKLMNPQRSTVWXYZ"}
    tails = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if form[-1] == "L" else [f"{n:02d}" for n in range(100)]
    texts = ("".join(draw.choice(letters.get(c, c)) for c in form) for _ in range(20_000))
    numbers = list(islice((end for t in texts for tail in tails if valid(end := t[: -len(tail)] + tail)), EACH))

    made = [pseudonym(kind, number, KEY) for number in numbers]

    assert len(numbers) == EACH
    assert not [new for new in made if valid(new)]


def signs(text: str) -> str:
    return re.sub(r"[ .-]", "", text).upper()


@settings(deadline=None, max_examples=60)
@given(st.from_regex(r"4[0-9]{14}", fullmatch=True))
def test_one_card_is_one_card_in_every_layout(digits: str) -> None:
    card = digits + luhn.calc_check_digit(digits)
    fours = [card[at : at + 4] for at in range(0, 16, 4)]

    made = [pseudonym("CREDIT_CARD", mark.join(fours), KEY) for mark in ("", " ", "-", ".")]

    assert len({signs(text) for text in made}) == 1
    assert [re.sub(r"\d", "0", text) for text in made] == [mark.join(["0000"] * 4) for mark in ("", " ", "-", ".")]


@settings(deadline=None, max_examples=60)
@given(st.from_regex(r"[0-9]{18}", fullmatch=True))
def test_one_account_is_one_account_in_every_layout(body: str) -> None:
    account = "DE" + iban.calc_check_digits("DE00" + body) + body
    spaced = " ".join(account[at : at + 4] for at in range(0, 22, 4))

    made = {signs(pseudonym("IBAN_CODE", text, KEY)) for text in (account, spaced, account.lower(), spaced.lower())}

    assert len(made) == 1


@settings(deadline=None, max_examples=60)
@given(st.from_regex(r"[1-8][0-9]{8,12}", fullmatch=True), st.sampled_from(["NATIONAL_ID", "TAX_ID", "BANK_ACCOUNT"]))
def test_one_number_is_one_number_in_every_layout(number: str, kind: str) -> None:
    texts = (number, f"{number[:4]}-{number[4:]}", f"{number[:3]} {number[3:6]} {number[6:]}")

    assert len({signs(pseudonym(kind, text, KEY)) for text in texts}) == 1


def test_the_last_sign_of_a_number_tells_nothing() -> None:
    kept = [text for n in range(1_000) if pseudonym("EMPLOYEE_ID", text := f"E{n:05d}", KEY)[-1] == text[-1]]

    assert 50 < len(kept) < 170


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("DEUTDEFF", "[A-Z]{4}DE[A-Z]{2}"),
        ("DEUTDEFF500", "[A-Z]{4}DE[A-Z]{2}[0-9]{3}"),
        ("BARCGB22XXX", "[A-Z]{4}GB[0-9]{2}XXX"),
        ("barcgb22", "[a-z]{4}gb[0-9]{2}"),
    ],
)
def test_a_bank_code_keeps_its_shape_its_country_and_its_head_office(text: str, form: str) -> None:
    made = pseudonym("BIC", text, KEY)

    assert re.fullmatch(form, made)
    assert made[:4] != text[:4]
    assert made[:8].upper() == pseudonym("BIC", text[:8].upper(), KEY)


def test_branches_of_one_bank_do_not_merge() -> None:
    branches = ["XXX", "", *(f"{a}{b}C" for a in "ABXYZ" for b in "ABXYZ"), *(f"{n:03d}" for n in range(50))]

    made = {pseudonym("BIC", f"DEUTDEFF{branch}", KEY) for branch in branches}

    assert len(made) == len(branches)
    assert len({text[:8] for text in made}) == 1


def test_a_resident_number_of_an_unlisted_place_breaks_nothing() -> None:
    text = "Resident number 610539198403129718 was given."

    assert isinstance(find(text, PiiPolicy()), list)


@pytest.mark.parametrize(("country", "length"), [("ES", 24), ("BE", 16), ("NO", 15)])
def test_not_even_the_check_digits_alone_accept_the_stand_in_of_an_account(country: str, length: int) -> None:
    draw = Random(country)
    bodies = ["".join(draw.choice("0123456789") for _ in range(length - 4)) for _ in range(300)]
    accounts = [f"{country}{iban.calc_check_digits(f'{country}00{body}')}{body}" for body in bodies]

    made = [pseudonym("IBAN_CODE", account, KEY) for account in accounts]

    assert not [one for one in made if iban.is_valid(one, check_country=False)]
    assert len(set(made)) == len(accounts)


def _french(body: str) -> str:
    return f"{body}{97 - int(body + '00') % 97:02d}"


def _spanish(body: str) -> str:
    return body[:8] + ccc.calc_check_digits(f"{body[:8]}00{body[8:18]}") + body[8:18]


ACCOUNTS: dict[str, tuple[int, Callable[[str], str], Callable[[str], bool]]] = {
    "a French RIB": (21, _french, lambda made: int(made) % 97 == 0),
    "a Spanish CCC": (18, _spanish, ccc.is_valid),
    "a Portuguese NIB": (19, lambda body: f"{body}{98 - int(body) * 100 % 97:02d}", lambda made: int(made) % 97 == 1),
    "a Belgian account": (
        10, lambda body: f"{body}{int(body) % 97 or 97:02d}", lambda made: int(made[-2:]) == (int(made[:-2]) % 97 or 97)
    ),
}  # fmt: skip


@pytest.mark.parametrize("account", ACCOUNTS)
def test_the_stand_in_of_a_national_account_number_is_nobodys_account(account: str) -> None:
    length, completed, is_valid = ACCOUNTS[account]
    draw = Random(account)
    numbers = [completed("".join(draw.choices("0123456789", k=length))) for _ in range(400)]

    assert all(map(is_valid, numbers))
    assert not [made for number in numbers if is_valid(made := pseudonym("BANK_ACCOUNT", number, KEY))]
