"""Labels, column headers, mail headers and signatures say what their values are, in six languages."""

from __future__ import annotations

import pytest

from governance.pii.detect import find_together
from governance.pii.fields.forms import forms
from governance.pii.settings import DIRECT, PiiPolicy
from governance.pii.text.pieces import CHUNK_CHARS
from governance.pii.words.labels import label


def found(text: str) -> set[tuple[str, str]]:
    return {(span.type, text[span.start : span.end]) for span in forms(text)}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("DOB", "DATE_OF_BIRTH"), ("Date of birth (dd/mm/yyyy)", "DATE_OF_BIRTH"), ("date_of_birth", "DATE_OF_BIRTH"),
        ("DateOfBirth", "DATE_OF_BIRTH"), ("The patient's date of birth", "DATE_OF_BIRTH"), ("Surname", "PERSON"),
        ("Customer name", "PERSON"), ("Home address", "STREET_ADDRESS"), ("Kontonummer", "BANK_ACCOUNT"),
        ("Geburtsdatum", "DATE_OF_BIRTH"), ("Straße und Hausnummer", "STREET_ADDRESS"), ("Prénom", "PERSON"),
        ("Numéro de téléphone", "PHONE_NUMBER"), ("Nº de cuenta", "BANK_ACCOUNT"), ("Apellidos", "PERSON"),
        ("Codice fiscale", "TAX_ID"), ("Cognome", "PERSON"), ("Achternaam", "PERSON"), ("BSN", "NATIONAL_ID"),
    ],
)  # fmt: skip
def test_pii_labels_are_known_however_they_are_written(name: str, kind: str) -> None:
    known = label(name)

    assert known is not None
    assert known.type == kind


@pytest.mark.parametrize("name", ["Product name", "Name of the rule", "Subject", "Total", "File name"])
def test_pii_labels_of_other_things_say_nothing(name: str) -> None:
    assert label(name) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Surname: smith\nDOB: 1 March 1984", {("PERSON", "smith"), ("DATE_OF_BIRTH", "1 March 1984")}),
        ("Nachname: Weber\nGeburtsdatum: 12. März 1984\nKontonummer: 0532013000",
         {("PERSON", "Weber"), ("DATE_OF_BIRTH", "12. März 1984"), ("BANK_ACCOUNT", "0532013000")}),
        ("Nom de famille : Durand\nNé le : 3 août 1990\nTéléphone : 06 12 34 56 78",
         {("PERSON", "Durand"), ("DATE_OF_BIRTH", "3 août 1990"), ("PHONE_NUMBER", "06 12 34 56 78")}),
        ("Apellidos: García López\nDirección: Calle Mayor 5, 28013 Madrid\nDNI: 12345678-Z",
         {("PERSON", "García López"), ("STREET_ADDRESS", "Calle Mayor 5, 28013 Madrid"),
          ("NATIONAL_ID", "12345678-Z")}),
        ("Cognome:\tRossi\nCodice fiscale:\tRSSMRA85T10A562S\nData di nascita:\t10 dicembre 1985",
         {("PERSON", "Rossi"), ("TAX_ID", "RSSMRA85T10A562S"), ("DATE_OF_BIRTH", "10 dicembre 1985")}),
        ("Achternaam: van den Berg\nGeboortedatum: 2 mei 1971\nRekeningnummer: 41 73 76 371",
         {("PERSON", "van den Berg"), ("DATE_OF_BIRTH", "2 mei 1971"), ("BANK_ACCOUNT", "41 73 76 371")}),
    ],
    ids=["en", "de", "fr", "es", "it", "nl"],
)  # fmt: skip
def test_pii_a_label_types_its_value_in_six_languages(text: str, expected: set[tuple[str, str]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    "table",
    [
        "Surname,Department,DOB\nweber,Sales,1984-03-01\n\"de la Cruz\",HR,02/03/1991",
        "Surname;Department;DOB\nweber;Sales;1984-03-01\nde la Cruz;HR;02/03/1991",
        "Surname\tDepartment\tDOB\nweber\tSales\t1984-03-01\nde la Cruz\tHR\t02/03/1991",
        "| Surname | Department | DOB |\n|---|:--:|---|\n| weber | Sales | 1984-03-01 |\n"
        "| de la Cruz | HR | 02/03/1991 |",
        "Surname      Department   DOB\nweber        Sales        1984-03-01\nde la Cruz   HR           02/03/1991",
        "Surname: weber; Department: Sales; DOB: 1984-03-01\nSurname: de la Cruz; Department: HR; DOB: 02/03/1991",
        '[{"surname": "weber", "dept": "Sales", "dob": "1984-03-01"},\n'
        ' {"surname": "de la Cruz", "dept": "HR", "dob": "02/03/1991"}]',
        "<surname>weber</surname><dob>1984-03-01</dob>\n<surname>de la Cruz</surname><dob>02/03/1991</dob>",
    ],
    ids=["csv", "semicolons", "tabs", "markdown", "spaces", "pairs", "json", "xml"],
)  # fmt: skip
def test_pii_a_column_header_types_every_cell_below_it(table: str) -> None:
    assert found(table) == {
        ("PERSON", "weber"),
        ("PERSON", "de la Cruz"),
        ("DATE_OF_BIRTH", "1984-03-01"),
        ("DATE_OF_BIRTH", "02/03/1991"),
    }


def test_pii_a_header_reaches_the_last_row_of_a_table_longer_than_any_piece() -> None:
    rows = "\n".join(f"2026-01-01,{number},okoye" for number in range(5_000))

    text = f"Joined,Salary,Surname\n{rows}\n"

    assert len(text) > 2 * CHUNK_CHARS
    assert sum(text[span.start : span.end] == "okoye" for span in forms(text)) == 5_000


def test_pii_a_table_read_line_by_line_keeps_its_header() -> None:
    text = "Staff no;Surname;Salary\n4711x;okoye;31000\n0815y;lindqvist;29000"

    (spans,) = find_together([text], PiiPolicy(), by_line=True)

    assert {"4711x", "okoye", "0815y", "lindqvist"} <= {text[s.start : s.end] for s in spans if s.type in DIRECT}


def test_pii_a_label_above_its_value_types_it() -> None:
    assert found("Full name\nAnna Maria Rossi\n\nDate of birth:\n\n12/03/1980\n") == {
        ("PERSON", "Anna Maria Rossi"),
        ("DATE_OF_BIRTH", "12/03/1980"),
    }


def test_pii_who_trades_under_another_name_is_found() -> None:
    text = "**Defendant:** Percival Stoat t/a Stoat Roofing"

    assert [(span.type, text[span.start : span.end]) for span in forms(text)] == [("PERSON", "Percival Stoat")]


def test_pii_every_person_of_a_list_is_found() -> None:
    text = "Participants: John Smith (CFO), Mary Jones and Bob Lee\nMember name: Weber, Anna"

    names = {name for _, name in found(text)}

    assert names == {"John Smith", "Mary Jones", "Bob Lee", "Weber, Anna"}


@pytest.mark.parametrize(
    "text",
    [
        "Date of birth: see above",
        "First name: required",
        "Surname: the name as it stands in the passport",
        "Name: of the rule",
        "Name: Market Rules",
        "Cap: 5%",
        "Via: HTTP proxy",
        "Address: as set out in Schedule 2",
        "Company: any Authorised Person",
        "Account number: unknown",
        "Members,Custodian,Fee\nYes,No,3",
        "The applicant must state name, address, date of birth and nationality, and\nsign, date, send and keep it.",
        "Phone: none",
    ],
)
def test_pii_a_value_that_cannot_be_what_its_label_says_is_left_alone(text: str) -> None:
    assert found(text) == set()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("From: Jane Doe\nTo: Smith, John; Karl Müller <k@m.example>\nSubject: x",
         {"Jane Doe", "Smith, John", "Karl Müller"}),
        ("Von: Petra Schulz\nGesendet: Montag\nAn: Otto Klein\nBetreff: x", {"Petra Schulz", "Otto Klein"}),
        ("De : Jean Petit\nEnvoyé : lundi\nÀ : Anne Roux\nObjet : x", {"Jean Petit", "Anne Roux"}),
        ("from : pat clynes @ x 06 / 28\nto : j lloyd / hou / ect @ ect , gary hanks / hou @ ect\nsubject : x",
         {"pat clynes", "j lloyd", "gary hanks"}),
        ("On Mon, Jan 5, 2026 at 3:00 PM, Jane Roe <jane@x.example> wrote:\n> Hi", {"Jane Roe"}),
        ("Am 05.01.2026 um 15:00 schrieb Karl Otto:\n> Hallo", {"Karl Otto"}),
        ("Le lun. 5 janv. 2026 à 15:00, Jean Petit <j@p.example> a écrit :", {"Jean Petit"}),
        ("El lun, 5 ene 2026 a las 15:00, Ana Gil (<a@g.example>) escribió:", {"Ana Gil"}),
        ("Il giorno lun 5 gen 2026 alle ore 15:00 Marco Riva <m@r.example> ha scritto:", {"Marco Riva"}),
        ("Op ma 5 jan. 2026 om 15:00 schreef Jan de Wit <j@w.example>:", {"Jan de Wit"}),
        ("Text.\n\n-- \nPetra Schulz\nLeiterin Recht", {"Petra Schulz"}),
        ("Mit freundlichen Grüßen\n\nDr. Petra Schulz\nLeiterin Recht", {"Petra Schulz"}),
        ("Bien cordialement,\nJean-Luc Moreau", {"Jean-Luc Moreau"}),
    ],
)  # fmt: skip
def test_pii_people_in_mail_headers_quotes_and_signatures_are_found(text: str, names: set[str]) -> None:
    assert {value for kind, value in found(text) if kind == "PERSON"} == names


def test_pii_the_firm_below_a_signature_is_found() -> None:
    assert ("ORGANIZATION", "Nordlicht GmbH") in found("Viele Grüße\nPetra Schulz\nLeiterin Recht\nNordlicht GmbH")


def test_pii_from_and_to_without_a_letter_around_them_are_no_people() -> None:
    assert found("From: London\nTo: Paris\n") == set()


def test_pii_the_user_of_a_log_line_is_found() -> None:
    text = "2026-03-02 10:22:51 INFO login ok user=leslie_hut ip=10.0.0.1"

    assert found(text) == {("USERNAME", "leslie_hut")}
