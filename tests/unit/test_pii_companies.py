"""Companies in other languages, by the legal form behind their name."""

from __future__ import annotations

import pytest

from governance.pii.detect import find
from governance.pii.naming.companies import by_legal_form
from governance.pii.settings import PiiPolicy

NAMED = {
    "Der Vertrag mit der Siemens AG und der Müller & Söhne GmbH & Co. KG endet.": [
        "Siemens AG", "Müller & Söhne GmbH & Co. KG",
    ],
    "Die Firma Kunze OHG, der Sportverein Grün-Weiß Köln e.V. und die BASF SE": [
        "Kunze OHG", "Sportverein Grün-Weiß Köln e.V.", "BASF SE",
    ],
    "L'entreprise L'Oréal S.A. et la société d'Assurances Mutuelles du Nord SA ont signé.": [
        "L'Oréal S.A.", "d'Assurances Mutuelles du Nord SA",
    ],
    "la empresa Construcciones Hermanos Ruiz S.L. y Telefónica S.A. firmaron": [
        "Construcciones Hermanos Ruiz S.L.", "Telefónica S.A.",
    ],
    "la ditta Fratelli Bianchi S.r.l. e la Officine Verdi S.p.A. di Bergamo": [
        "Fratelli Bianchi S.r.l.", "Officine Verdi S.p.A.",
    ],
    "Bakkerij Jansen B.V. en Koninklijke Philips N.V. uit Utrecht": [
        "Bakkerij Jansen B.V.", "Koninklijke Philips N.V.",
    ],
}  # fmt: skip


@pytest.mark.parametrize("text", NAMED)
def test_a_legal_form_tells_a_company(text: str) -> None:
    assert [text[span.start : span.end] for span in by_legal_form(text)] == NAMED[text]


@pytest.mark.parametrize(
    "text",
    [
        "LA EMPRESA SE OBLIGA A PAGAR EL PRECIO",
        "Das Paket wiegt 20 KG.",
        "Die Gesellschaft AG und der Beschluss AG",
        "die deutsche AG",
        "un contrat de type SA",
    ],
)
def test_a_legal_form_alone_tells_none(text: str) -> None:
    assert list(by_legal_form(text)) == []


def test_a_company_in_a_letter_is_found_and_its_chairman_stays_a_person() -> None:
    text = (
        "Sehr geehrte Damen und Herren, wir kündigen hiermit den Vertrag mit der Norddeutschen Wollkämmerei AG. Bitte "
        "wenden Sie sich an Herrn Krüger."
    )
    found = [(text[span.start : span.end], span.type) for span in find(text, PiiPolicy())]

    assert found == [("Norddeutschen Wollkämmerei AG", "ORGANIZATION"), ("Krüger", "PERSON")]
