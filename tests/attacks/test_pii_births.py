"""A birth is said in many ways: labelled, told, with its place, in six languages. None of them stays."""

from __future__ import annotations

import pytest

from governance.pii.detect import find
from governance.pii.settings import PiiPolicy
from governance.pii.standins.cipher import Cipher
from governance.pii.standins.pseudonyms import key_of, placeholder, pseudonym
from governance.pii.standins.surrogates import Manner, surrogate

POLICY = PiiPolicy()


@pytest.mark.parametrize(
    ("said", "date"),
    [
        ("Herr Uwe Pfistermeier, geb. am {}, wohnhaft in Ulm", "07.05.1966"),
        ("Sie wurde geboren am {}.", "7. Mai 1966"),
        ("De heer De Vos, geboren op {}, woont in Gent.", "07-05-1966"),
        ("Geboortedatum: {}", "7 mei 1966"),
        ("La signora è nata il {}.", "07/05/1966"),
        ("Il signor Tamburo è nato a Bari il {} e vive a Roma.", "03.11.1958"),
        ("Elle est née à Lyon le {}.", "3 mai 1961"),
        ("Die am {} geborene Klägerin ist verheiratet.", "08.03.1979"),
        ("Der Erblasser wurde am {} in Worms geboren.", "12. November 1931"),
        ("Der Kläger, {} geboren, arbeitet seit 2003 hier.", "12.11.1981"),
        ("Die Mandantin ist am {} zu Bad Ems geboren.", "3. Mai 1970"),
        ("La trabajadora nació el día {} en Lugo.", "3 de mayo de 1980"),
        ("La ricorrente nasceva a Bari il {}.", "04/05/1981"),
        ("We hold your date of birth as {} on our file.", "4 May 1961"),
        ("The Member's birth date is recorded as {}.", "4 May 1961"),
        ("Date de naissance : {}", "3 mai 1961"),
        ("Fecha de nacimiento: {}", "3 de mayo de 1961"),
        ("Doña Ana, nacida el {}", "03/05/1961"),
        ("Place and date of birth: Ulm, {}", "7 May 1966"),
        ("DOB - {}", "07/05/1966"),
        ("She was born in New York on {}.", "3 May 1961"),
        ("Ihr Geburtsdatum, der {}, ist uns bekannt.", "12.04.1958"),
        ("Ihr Geburtsdatum ist der {}.", "12.04.1958"),
        ("His date of birth, the {}, is on file.", "12/04/1958"),
        ("Sa date de naissance, le {}, est connue.", "12/04/1958"),
        ("Il est né, le {}, à Lyon.", "12/04/1958"),
        ("Su fecha de nacimiento, el {}, consta.", "12/04/1958"),
        ("La sua data di nascita, il {}, risulta.", "12/04/1958"),
        ("Zijn geboortedatum, de {}, is bekend.", "12-04-1958"),
        ("D.O.B.: {}", "l2/O4/1958"),
        ("Né le : {}", "I2.O4.l9S8"),
        ("Patient born {} in Leeds", "12/04/19l8"),
        ("Patient: Ellis, Josephine   DoB: {}   Sex: F", "11-Sep-1948"),
        ("DoB {}", "11.Sep.48"),
        ("He was born {}.", "4 May 61"),
        ("DOB: {}", "04MAY1961"),
        ("BDAY:{}", "19770308"),
        ("Date of birth ........... {}", "23/07/1979"),
        ('{{"pin": "4821", "dob":"{}"}}', "1990-1-2"),
        ("Geb.-Dat.: {}", "03.11.1951"),
        ("She was born on\n{} in Ulm.", "3 May\n1970"),
        ("Frau Weber, geboren\nam {}, wohnt hier.", "3.\nMai 1970"),
        ("whose date of\nbirth is {} as we know", "3 May 1970"),
        ("Name: Ola Nordmann\nBirth: {}", "11-Sep-48"),
        ("first,last,birth,dx\nOla,Nordmann,{},Crohn", "11-Sep-48"),
        ("dhr. Kees-Jan de Wit, kamer 14, geb.dat. {}.", "03-04-1941"),
        ("Annegret von Stetten, * {} in Ulm", "03.11.1951"),
        ("Annegret von Stetten (*{})", "3. November 1951"),
        ("Date of birth: {}", "12 05 1990"),
        ("DOB: {} Sex: F", "12 05 1990"),
        ("Geburtsdatum: {}", "12,05,1990"),
        ("Data di nascita: {}", "12.V.1990"),
        ("Date of birth: {}", "12 XI 1990"),
        ("Geboortedatum: {}", "12 mei '90"),
        ("DOB: {}", "12.5.'90"),
        ("Name,DOB,City\nAnna Weber,{},Paris\nJohn Smith,,Rome", "12 05 1990"),
        ("| # | Heir | DOB | % |\n|---|---|---|---|\n| 1 | daughter | {} | 40 |", "02.06.1999"),
    ],
)
def test_a_birth_is_found_whole(said: str, date: str) -> None:
    text = said.format(date)

    births = [text[s.start : s.end] for s in find(text, POLICY) if s.type == "DATE_OF_BIRTH"]

    assert births == [date]


@pytest.mark.parametrize("said", ["See the note of *03.11.1951* and others.", "Opening hours:\n* 03.11.2024 closed"])
def test_a_star_beside_another_date_makes_no_birth(said: str) -> None:
    assert not [s for s in find(said, POLICY) if s.type == "DATE_OF_BIRTH"]


def test_letters_without_one_digit_are_no_date_of_birth() -> None:
    said = "The boy, born is/il/So 3, was there."

    assert not [s for s in find(said, POLICY) if s.type == "DATE_OF_BIRTH"]


def test_a_birth_misread_by_a_scanner_is_moved_whole() -> None:
    made = surrogate("DATE_OF_BIRTH", "l2/O4/1958", Cipher(b"k" * 32), Manner(days=40))

    assert made == "22/05/1958"


@pytest.mark.parametrize(
    ("said", "moved"),
    [
        ("12 / 05 / 1990", "29 / 11 / 1991"), ("12 .05 .1990", "29 .11 .1991"), ("1990. 05. 12.", "1991. 11. 29."),
        ("1990 - 05 - 12", "1991 - 11 - 29"), ("11-Sep-48", "31-Mar-50"), ("4 May 61", "21 November 62"),
        ("May 4, 61", "November 21, 62"), ("11.Sep.48", "31.Mar.50"), ("12.Mai.1990", "29.November.1991"),
        ("12/Mai/90", "29/November/91"), ("4 May 1961 at 12:30", "21 November 1962 at 12:30"),
        ("1990-05-12 00:00:00", "1991-11-29 00:00:00"),
    ],
)  # fmt: skip
def test_nothing_of_a_date_of_birth_stays_beside_what_was_moved(said: str, moved: str) -> None:
    made = surrogate("DATE_OF_BIRTH", said, Cipher(b"k" * 32), Manner(days=566))

    assert made == moved


@pytest.mark.parametrize("said", ["12th day of May, 1990", "12/05-1990", "5/III/1990", "3. května 1990", "12,05,1990"])
def test_a_date_of_birth_that_is_moved_in_part_alone_becomes_a_placeholder(said: str) -> None:
    key, manner = key_of(b"k" * 32), Manner(days=566)

    assert pseudonym("DATE_OF_BIRTH", said, key, manner) == placeholder("DATE_OF_BIRTH", said, key)


@pytest.mark.parametrize(
    "said", ["15.-17.03.2021", "March 15-17, 2021", "5th, 6th and 7th of May 1990", "15/16 March 2021"]
)
def test_days_that_share_a_month_do_not_tell_by_how_many_days_a_document_moved(said: str) -> None:
    assert surrogate("DATE_TIME", said, Cipher(b"k" * 32), Manner(days=566)) is None


@pytest.mark.parametrize(
    ("said", "moved"),
    [
        ("12 months to 30 June 2011", "12 months to 16 January 2013"),
        ("30 Tage ab 3. Mai 1990", "30 Tage ab 20. November 1991"),
        ("2020-02-29T10:00:00+01:00", "2021-09-17T10:00:00+01:00"),
    ],
)
def test_a_duration_and_a_time_stay_beside_a_date(said: str, moved: str) -> None:
    assert surrogate("DATE_TIME", said, Cipher(b"k" * 32), Manner(days=566)) == moved


@pytest.mark.parametrize("said", ["delivery in 10 business days", "reply within 3 days", "ready in 2 working weeks"])
def test_a_duration_is_no_address(said: str) -> None:
    assert not [s for s in find(said, POLICY) if s.type == "STREET_ADDRESS"]


@pytest.mark.parametrize(
    ("text", "born"),
    [
        ("Re: Margaret Okafor, 14/02/1957, 12 Elm Road, Leeds LS1 4AB", "14/02/1957"),
        ("Anna Müller (12.03.1961) wurde am 04.05.2024 entlassen.", "12.03.1961"),
        ("Mr John Barton 12/03/1961 was seen in clinic on 4 May 2024.", "12/03/1961"),
        ("Jürgen Schäfer\n14.08.1949\nAhornweg 3, 71229 Leonberg", "14.08.1949"),
        ("Margaret Okafor, 14-Feb-1957, attended.", "14-Feb-1957"),
        ("Rosa Weber (1957-02-14)", "1957-02-14"),
        ("Betr.: Müller, Anna, 12.03.61, stationär vom 01.02.2024", "12.03.61"),
        ("Patientin: Emma Klein, 03.04.2019, Vorstellung am 02.05.2024", "03.04.2019"),
        ("Thomas Berger, 01.02.2008, Schüler. Gespräch am 03.03.2024.", "01.02.2008"),
        ("Thomas Berger, 01.02.2008, Schüler. Gespräch am 3. März 2024.", "01.02.2008"),
        ("Re: John Barton, February 14, 1957", "February 14, 1957"),
        ("Re: Rosa Weber, 14 February 1957", "14 February 1957"),
        ("Max Brandt, 14. August 1949, wohnt in Leonberg.", "14. August 1949"),
        ("Dolores Cruz (14 de febrero de 1957)", "14 de febrero de 1957"),
        ("Rosa Weber, 1957/02/14", "1957/02/14"),
        ("Rosa Weber - 14/02/1957 - 67 y", "14/02/1957"),
        ("Frau Yildirim, 12.03.1961, wurde entlassen.", "12.03.1961"),
        ("Patient : Hugo Blanchet (03/05/2019), vu le 12/03/2024", "03/05/2019"),
        ("Patient name: Lily Evans, 03/04/2018", "03/04/2018"),
        ("Paziente Bianchi Marco 03/04/2018", "03/04/2018"),
        ("Enfant : Léo Blanchet, 03/05/2019", "03/05/2019"),
    ],
)
def test_the_day_straight_behind_a_name_is_that_of_a_birth(text: str, born: str) -> None:
    found = {text[s.start : s.end]: s.type for s in find(text, POLICY)}

    assert found.get(born) == "DATE_OF_BIRTH"


@pytest.mark.parametrize(
    "text",
    [
        "Approved: John Barton, 12/03/2024. Effective 01/04/2024.",
        "Kay Mann 05/15/1999 10:44 AM\nTo: Ann Sole",
        "Signed by Tom Baker, 14.02.2006. Filed on 15.02.2006.",
        "From Tom Baker, 12/03/24",
        "Signed: Robert Hale, 12/05/1999. Approved by Carl Weiss 1999-12-31",
        "Firmado por Juan Pérez Gómez, 12/03/1998, ante el notario.",
        "Unterschrift: Sabine Krause, 1. Februar 1999",
        "München, 12. März 1999\nSehr geehrte Damen und Herren",
        "Milano, 12/03/1999\nEgregio Signore",
        "Ernst Young, 1 May 1999 – 3 June 2003\nMorgan Stanley, March 1, 1998 to May 2, 2003",
        "Rosa Luxemburg, March 5, 1871",
    ],
)
def test_the_day_of_a_signature_or_a_mail_is_none(text: str) -> None:
    assert not [s for s in find(text, POLICY) if s.type == "DATE_OF_BIRTH"]


@pytest.mark.parametrize("text", ["Rosa Weber, 20-45-98, 12345678", "Pay Tom Baker 60-83-71.", "Jenkins 9.0.65 runs."])
def test_a_sort_code_and_a_version_behind_a_name_are_no_days(text: str) -> None:
    assert not [s for s in find(text, POLICY) if s.type == "DATE_OF_BIRTH"]
