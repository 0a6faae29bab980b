"""Contracts, credit files and minutes keep what is nobody's: figures, clauses, departments, words of the law.

Beside each stands somebody of whom nothing may stay.
"""

from __future__ import annotations

import pytest

from governance.pii.detect import find
from governance.pii.settings import PiiPolicy

POLICY = PiiPolicy()


def masked(text: str) -> str:
    """`text` with `_` for each sign that is replaced."""
    signs = list(text)
    for span in find(text, POLICY):
        if span.type in POLICY.replace:
            signs[span.start : span.end] = "_" * (span.end - span.start)
    return "".join(signs)


def stays(said: str, text: str) -> bool:
    return said in masked(text)


@pytest.mark.parametrize(
    "said",
    ["31.2 / 28.0 / 22.4", "12.5 / 13.5", "(31.2) (28.0) (22.4)"],
)
def test_figures_of_several_years_are_no_phone(said: str) -> None:
    assert stays(said, f"Base Case and Bank Case: EBITDA {said} in millions, as before.")


@pytest.mark.parametrize("number", ["01.44.18.82.37", "0161 496 0337", "(212) 555-0147", "+39 02 8844 1122"])
def test_a_phone_beside_them_is_masked(number: str) -> None:
    assert not stays(number[-4:], f"EBITDA 31.2 / 28.0 / 22.4. Phone: {number}")


GERMAN = "Der Kreditausschuss hat die Vorlage der Hausbank gestern geprüft und genehmigt. "
ITALIAN = "Il consiglio ha esaminato la relazione della banca e ne ha preso atto. "
SPANISH = "El comité ha examinado el informe del banco y lo ha aprobado por mayoría. "
FRENCH = "Le conseil a examiné le rapport de la banque et en a pris acte. "
ENGLISH = "The committee has read the report of the bank and has taken note of it. "


@pytest.mark.parametrize(
    ("around", "said"),
    [
        (GERMAN, "Dazu gelten die Mandatsbedingungen, Ziffer 7, und Stufe 3."),
        (GERMAN, "Betriebsmittelkredit 150 TEUR, Avallinie 50 TEUR und ein Rating von 8 (Vorjahr 7)."),
        (GERMAN, "Grundschuld Augsburg Blatt 8812 als Sicherheit."),
        (ITALIAN, "Bilancio al 31 dicembre 2023, ai sensi del D.Lgs. 81/2015."),
        (ITALIAN, "Il responsabile firma al punto 6 e al livello 4."),
        (SPANISH, "Aporta Escritura de Compraventa, Modelo 100 del impuesto."),
        (FRENCH, "Un appartement de type T3, lot 14."),
        (ENGLISH, "A home not lived in for more than 60 days is empty."),
    ],
)
def test_a_numbered_part_an_amount_or_a_day_is_no_address(around: str, said: str) -> None:
    assert stays(said, around + said)


@pytest.mark.parametrize(
    ("around", "said", "address"),
    [
        (GERMAN, "Der Bürge wohnt Am Krähenberg 4, 34131 Kassel.", "Krähenberg 4, 34131"),
        (GERMAN, "Nach Ziffer 7 geht Post an die Lindenstraße 12, 70597 Stuttgart.", "Lindenstraße 12, 70597"),
        (ITALIAN, "Il socio abita in via dei Mille 44, 70126 Bari.", "Mille 44, 70126"),
        (SPANISH, "La socia vive en la calle Sueca, 41, 46006 Valencia.", "Sueca, 41, 46006"),
        (FRENCH, "Il habite 18 rue des Lilas, 29000 Quimper.", "18 rue des Lilas, 29000"),
        (ENGLISH, "She lives at 1200 N.W. 57 Avenue, Miami, FL 33126.", "1200 N.W. 57 Avenue, Miami, FL 33126"),
        (ENGLISH, "The branch is at al. Jerozolimskie 65, Warszawa.", "Jerozolimskie 65"),
        (ENGLISH, "He has lived at 12 Mount Road, Leeds LS2 8AB.", "12 Mount Road, Leeds LS2 8AB"),
    ],
)
def test_an_address_beside_them_is_masked(around: str, said: str, address: str) -> None:
    assert set(masked(around + said)[(around + said).index(address) :][: len(address)]) == {"_"}


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("From: Payroll Helpdesk\nTo: Anna Weber\nSubject: Payslip", "Payroll Helpdesk"),
        ("Da: Anna Weber\nA: Luca Rossi; Ufficio Sinistri\nOggetto: Sinistro", "Ufficio Sinistri"),
        ("Von: Anna Weber\nAn: Verteiler Schaden Kfz\nBetreff: Frist", "Verteiler Schaden Kfz"),
        ("De: Ana Ruiz\nPara: Departamento Jurídico\nAsunto: Plazo", "Departamento Jurídico"),
        (f"{GERMAN}\nAnsprechpartner: Abteilung Kreditrisikomanagement", "Abteilung Kreditrisikomanagement"),
        ("Prepared by: Credit Risk Analytics\nApproved by: Ines Vale", "Credit Risk Analytics"),
    ],
)
def test_a_department_that_writes_or_signs_is_nobody(text: str, unit: str) -> None:
    assert stays(unit, text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("From: Payroll Helpdesk\nTo: Anna Weber\nSubject: Payslip", "Anna Weber"),
        ("Da: Ufficio Sinistri\nA: Luca Rossi; Ornella Muti\nOggetto: Sinistro", "Ornella Muti"),
        (f"{GERMAN}\nAnsprechpartner: Abteilung Kreditrisikomanagement, Herr Stein", "Stein"),
        ("Prepared by: Credit Risk Analytics\nApproved by: Ines Vale", "Ines Vale"),
    ],
)
def test_who_stands_beside_a_department_is_masked(text: str, name: str) -> None:
    assert all(not stays(word, text) for word in name.split())


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("Die Vereinbarung tritt am 1. Mai in Kraft und bleibt es.", "in Kraft"),
        ("Der Zeuge arbeitet als Koch in einer Kantine.", "als Koch"),
        ("Das Fest fand im Sommer statt.", "im Sommer"),
    ],
)
def test_a_word_that_is_a_surname_as_well_is_one_where_a_name_may_stand(said: str, word: str) -> None:
    assert stays(word, GERMAN + said)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Der Zeuge sprach mit Kraft über den Vertrag.", "Kraft"),
        ("Herr Koch arbeitet als Koch.", "Koch"),
        ("Laut Frau Sommer fand das Fest im Sommer statt.", "Sommer"),
    ],
)
def test_a_surname_that_is_a_word_as_well_is_masked(said: str, name: str) -> None:
    assert said.index(name) in [i for i, sign in enumerate(masked(GERMAN + said)[len(GERMAN) :]) if sign == "_"]


@pytest.mark.parametrize(
    ("around", "said"),
    [
        (ITALIAN, "Modalità di pagamento: Bonifico."),
        (ITALIAN, "Attività svolta: Lavoro Agile."),
        (ITALIAN, "Persona Politicamente Esposta: NO."),
        (ITALIAN, "L'Assemblea delibera la nomina dell'Organo di Controllo."),
        (FRENCH, "Loyer révisé Annuellement selon l'indice."),
    ],
)
def test_words_that_the_dictionary_lacks_are_words(around: str, said: str) -> None:
    assert stays(said, around + said)


@pytest.mark.parametrize(
    ("around", "said", "name"),
    [
        (ITALIAN, "La Modalità è stata proposta da Serena D'Amico.", "D'Amico"),
        (ITALIAN, "La quota è di Ludovica Dell'Acqua.", "Dell'Acqua"),
        (ITALIAN, "Il perito Lorenzo Cantù ha scritto.", "Cantù"),
        (FRENCH, "Le bail est signé par Aude Clément.", "Clément"),
    ],
)
def test_names_with_such_endings_are_masked(around: str, said: str, name: str) -> None:
    assert not stays(name, around + said)


@pytest.mark.parametrize(
    ("around", "said", "name"),
    [
        (GERMAN, "Nach seinen Angaben hat sein Neffe Ronny das Wohnmobil verkauft.", "Ronny"),
        (GERMAN, "Ihr Schwager Detlev Pauli hat gebürgt.", "Detlev Pauli"),
        (ITALIAN, "Suo nipote Loris ha ritirato i contanti.", "Loris"),
        (SPANISH, "Su cuñada Maitane retiró el dinero.", "Maitane"),
    ],
)
def test_a_relative_is_masked(around: str, said: str, name: str) -> None:
    assert all(not stays(word, around + said) for word in name.split())


@pytest.mark.parametrize(
    ("around", "said"), [(GERMAN, "Der Neffe Kunde der Bank ist."), (GERMAN, "Als Enkel Erbe wurde er genannt.")]
)
def test_a_relative_before_a_word_has_no_name(around: str, said: str) -> None:
    assert stays(said, around + said)


def test_a_hearing_keeps_who_asks() -> None:
    text = "Q. Please state your name.\nA. Barnaby Coe.\nQ. Mr. Coe, who came?\nA. Marcus Bell and Rosa Diaz did."

    said = masked(text)

    assert said.count("Q. ") == 2
    assert not any(name in said for name in ("Barnaby", "Coe", "Marcus", "Bell", "Rosa", "Diaz"))


def test_a_letter_that_stands_for_somebody_is_masked() -> None:
    assert not stays("K.", "Mrs K. has signed the lease.")
