"""What is written so that a page shows it well, or so that nobody clicks on it, is found all the same."""

from __future__ import annotations

import time

import pytest

from governance.pii.detect import find
from governance.pii.patterns.identifiers import rules
from governance.pii.repeats import repeated
from governance.pii.scrub import scrub_text
from governance.pii.settings import PiiPolicy
from governance.pii.standins.pseudonyms import key_of
from governance.pii.text.rules import matches

POLICY = PiiPolicy()
GROUPS = ("4532", "0151", "1283", "0366")
IBAN = ("DE89", "3704", "0044", "0532", "0130", "00")
EMPHASIS = (
    "**{}** ", "*{}* ", "__{}__ ", "_{}_ ", "`{}` ", "~~{}~~ ", "<b>{}</b> ", "<em>{}</em>", "**{}**",
    "'{}' ", "***{}***-",
)  # fmt: skip
MARKS = (" ", "-", "*", " · ", " ** ", ":", "+", "~", "_")


def of_type(kind: str, text: str) -> list[str]:
    return [text[span.start : span.end] for span in find(text, POLICY) if span.type == kind]


def scrubbed(text: str) -> str:
    return scrub_text(text, POLICY, key_of(b"k" * 32))[0]


@pytest.mark.parametrize("emphasis", EMPHASIS)
@pytest.mark.parametrize(("kind", "groups"), [("CREDIT_CARD", GROUPS), ("IBAN_CODE", IBAN)], ids=["card", "iban"])
def test_a_number_whose_groups_are_emphasised_is_found_whole(emphasis: str, kind: str, groups: tuple[str, ...]) -> None:
    text = f"It was paid with {''.join(map(emphasis.format, groups)).strip(' -')} on Monday."

    (found,) = of_type(kind, text)

    assert all(group in found for group in groups)


@pytest.mark.parametrize("mark", MARKS)
def test_a_card_with_marks_between_its_groups_is_found_whole(mark: str) -> None:
    assert of_type("CREDIT_CARD", f"It was paid with {mark.join(GROUPS)} then.") == [mark.join(GROUPS)]


def test_a_sum_of_products_is_no_card() -> None:
    assert not of_type("CREDIT_CARD", "2**10 = 1024, 12*34*56 = 22848, and 1_000_000 rows; 4532*0151*1283*0367")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("IP_ADDRESS", "10[.]4[.]7[.]9"), ("IP_ADDRESS", "10(.)4(.)7(.)9"), ("IP_ADDRESS", "10[dot]4[dot]7[dot]9"),
        ("EMAIL_ADDRESS", "jane.roe[at]acme-bank[dot]org"), ("EMAIL_ADDRESS", "jane.roe[@]acme-bank[.]org"),
        ("EMAIL_ADDRESS", "jane.roe(at)acme-bank(dot)org"), ("EMAIL_ADDRESS", "jane.roe@acme-bank[.]org"),
        ("URL_USER", "hxxps://files[.]acme-bank[.]org/users/jane"), ("URL_USER", "hxxp[:]//acme-bank.org/~jane"),
        ("URL_USER", "hXXps[://]acme-bank[.]org/people/jane.roe"),
    ],
)  # fmt: skip
def test_an_address_that_was_defanged_is_found_whole(kind: str, value: str) -> None:
    assert of_type(kind, f"The report came from {value} yesterday.") == [value]


@pytest.mark.parametrize("before", ["", "https://", "https://www."])
@pytest.mark.parametrize(
    "link",
    [
        "wa.me/447700900123", "t.me/janeroe", "linkedin.com/in/jane-roe-12", "github.com/janeroe", "x.com/janeroe",
        "facebook.com/jane.roe.5", "instagram.com/janeroe", "tiktok.com/@janeroe", "xing.com/profile/Jane_Roe",
        "facebook.com/profile.php?id=100004", "x.com/janeroe/status/1234", "reddit.com/user/janeroe", "paypal.me/jroe",
    ],
)  # fmt: skip
def test_a_link_to_somebodys_profile_is_personal(before: str, link: str) -> None:
    assert of_type("URL_USER", f"My page is {before}{link}, have a look.") == [before + link]


@pytest.mark.parametrize("link", ["github.com/features", "github.com/pytorch/pytorch", "x.com/search?q=a", "t.me/"])
def test_a_link_to_a_services_own_page_or_to_a_published_work_is_nobodys(link: str) -> None:
    assert not of_type("URL_USER", f"See https://{link} for that.")


@pytest.mark.parametrize(
    "said",
    [
        "Das Passwort lautet {}", "Das Kennwort ist jetzt: {}", "Das Passwort für das Portal lautet {}",
        "Mot de passe : {}", "Le mot de passe est {}", "La contraseña es {}", "Contraseña: {}",
        "La clave de acceso es {}", "La password è {}", "La parola chiave era {}", "Het wachtwoord is {}",
        "Het wachtwoord luidt {}", "The password is {}", "Password for the wifi: {}", "the password was {}",
    ],
)  # fmt: skip
def test_a_password_that_is_announced_is_a_secret(said: str) -> None:
    assert of_type("SECRET", said.format("Winter-2024x") + ".") == ["Winter-2024x"]


@pytest.mark.parametrize("said", ["The password is required.", "Das Passwort ist falsch.", "La clave es incorrecta."])
def test_what_is_said_of_a_password_is_no_secret(said: str) -> None:
    assert not of_type("SECRET", said)


ZONES = {
    "passport": "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10",
    "card": "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<",
    "small": "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6",
}
"""The specimens of ICAO 9303, parts 4 to 6."""


@pytest.mark.parametrize("change", [("", ""), ("L898902C36", "L898902C35"), ("\n", "\n> "), ("\n", " ")])
@pytest.mark.parametrize("zone", ZONES.values(), ids=ZONES)
def test_of_a_machine_readable_zone_nothing_is_left(zone: str, change: tuple[str, str]) -> None:
    made = scrubbed(f"The scan says:\n\n{zone.replace(*change)}\n\nMs Eriksson came on Monday.")

    assert not any(said in made for said in ("ERIKSSON", "Eriksson", "ANNA", "L898902", "D231458907", "740812"))


@pytest.mark.parametrize("zone", ZONES.values(), ids=ZONES)
def test_only_a_zone_whose_check_digits_are_right_is_sure(zone: str) -> None:
    wrong = zone.replace("740812", "740813")

    assert [max(span.score for span in find(text, POLICY)) == 1.0 for text in (zone, wrong)] == [True, False]


@pytest.mark.parametrize("mark", ["-", ".", ", ", "/", "  ", "\n", "\n- ", " - ", "; "])
@pytest.mark.parametrize("iban", ["DE89370400440532013000", "MT84MALT011000012345MTLCAST001S", "NO9386011117947"])
def test_an_account_that_is_spelt_sign_by_sign_is_found_whole(iban: str, mark: str) -> None:
    assert of_type("IBAN_CODE", f"It is {mark.join(iban)}\nThat is all of it.") == [mark.join(iban)]


def test_letters_and_numbers_in_a_list_are_no_account() -> None:
    text = (
        "Choose A, B, C or D; E, 8, 9, 3, 7, 0, 4, 0, 0, 4, 4, 0, 5, 3, 2, 0, 1, 3, 0, 0, 1. See b-e-1-2-3-4-5-6-7-8-9"
    )

    assert not of_type("IBAN_CODE", text)


@pytest.mark.parametrize("bait", ["d e 1 2 ", "A,B,1,2,3,4,5,6,7,8,9,0,", "DE, ", "d-e-1-"])
def test_signs_without_end_keep_nobody_busy(bait: str) -> None:
    (iban,) = (rule for rule in rules() if rule.type == "IBAN_CODE")
    began = time.process_time()

    assert not list(matches(iban, (bait * 25_000)[:50_000]))
    assert time.process_time() - began < 1


NUMBERS = [
    ("Passport", "C01X00T47", ("c01x00t47", "C01X 00T47", "C01X-00T47", "c01x\n00t47")),
    ("Customer no.", "ZK-77123", ("ZK77123", "zk 77123", "ZK_77123", "ZK/77123")),
    ("MRN:", "MX44170923", ("MX 4417 0923", "mx-4417-0923", "MX4417 0923")),
    ("Employee number", "E-12345", ("e12345", "E 12345")),
]
"""What a label types once stands elsewhere without one."""


@pytest.mark.parametrize(("said", "value", "again"), [(*number, one) for *number, rest in NUMBERS for one in rest])
def test_a_known_number_that_is_spelt_otherwise_gets_the_same_stand_in(said: str, value: str, again: str) -> None:
    made = scrubbed(f"{said} {value}.\n\nShe handed {again} back.").removeprefix(said).removesuffix(" back.")

    new, newer = ("".join(filter(str.isalnum, one)).lower() for one in made.split(".\n\nShe handed "))
    assert new == newer != "".join(filter(str.isalnum, value)).lower()


@pytest.mark.parametrize("other", ["C01X00T471", "XC01X00T47", "C01X, 00T47", "C01X00", "00T47"])
def test_what_only_holds_a_known_number_or_a_part_of_it_stays(other: str) -> None:
    assert f"She gave part {other} back." in scrubbed(f"Passport C01X00T47 was shown.\n\nShe gave part {other} back.")


def test_a_text_of_many_numbers_that_begin_alike_keeps_nobody_busy() -> None:
    numbers = {f"{'1' * 26}{number:04d}": "CUSTOMER_ID" for number in range(2_000, 4_000)}
    began = time.process_time()

    assert not list(repeated("1 " * 20_000, numbers))
    assert time.process_time() - began < 2
