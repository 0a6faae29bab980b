"""Letters in other languages that the English tagger reads too: dates and addresses whole, and no word beside them."""

from __future__ import annotations

import pytest

from governance.pii.detect import find
from governance.pii.settings import PiiPolicy

POLICY = PiiPolicy()
LETTERS = {
    "de": (
        "Sehr geehrte Frau Schneider, den Betrag haben wir am 11. Februar 2026 auf das Konto DE89 3704 0044 0532 0130 "
        "00 überwiesen. Sie kündigen die Wohnung in der Lindenstraße 14, 50674 Köln, zum 31. Juli 2026. Bei Fragen "
        "erreichen Sie Herrn Krüger bis zum 20. Juni.",
        {
            ("Schneider", "PERSON"), ("11. Februar 2026", "DATE_TIME"), ("DE89 3704 0044 0532 0130 00", "IBAN_CODE"),
            ("Lindenstraße 14, 50674 Köln", "STREET_ADDRESS"), ("31. Juli 2026", "DATE_TIME"), ("Krüger", "PERSON"),
            ("20. Juni", "DATE_TIME"),
        },
    ),
    "fr": (
        "Madame Dubois, le virement a été effectué le 14 février 2026 sur le compte FR14 2004 1010 0505 0001 3M02 606. "
        "Votre conseiller est joignable au 01 42 68 53 00. Son adresse est la suivante : 25 rue de la Paix, 75002 "
        "Paris.",
        {
            ("Dubois", "PERSON"), ("14 février 2026", "DATE_TIME"), ("FR14 2004 1010 0505 0001 3M02 606", "IBAN_CODE"),
            ("01 42 68 53 00", "PHONE_NUMBER"), ("25 rue de la Paix, 75002 Paris", "STREET_ADDRESS"),
        },
    ),
    "es": (
        "Le informamos de que don Alejandro Fernández ha solicitado un préstamo. Su domicilio es: Calle Mayor 45, "
        "28013 Madrid. Teléfono: 91 523 45 67. Se acordó enviar la documentación antes del 15 de agosto.",
        {
            ("Alejandro Fernández", "PERSON"), ("Calle Mayor 45, 28013 Madrid", "STREET_ADDRESS"),
            ("91 523 45 67", "PHONE_NUMBER"), ("15 de agosto", "DATE_TIME"),
        },
    ),
    "it": (
        "Le confermiamo che Giovanni Esposito verserà l'importo entro il 30 maggio 2026. Il cliente abita in "
        "Via Garibaldi 12, 20121 Milano. Telefono 02 7200 1234.",
        {
            ("Giovanni Esposito", "PERSON"), ("30 maggio 2026", "DATE_TIME"),
            ("Via Garibaldi 12, 20121 Milano", "STREET_ADDRESS"), ("02 7200 1234", "PHONE_NUMBER"),
        },
    ),
    "nl": (
        "Wij bevestigen dat de heer Pieter van den Berg op 12 augustus 2026 het bedrag heeft overgemaakt naar rekening "
        "NL91 ABNA 0417 1643 00. Zijn adres is Keizersgracht 120, 1015 CW Amsterdam. Geboren op 4 juni 1982.",
        {
            ("Pieter van den Berg", "PERSON"), ("12 augustus 2026", "DATE_TIME"),
            ("NL91 ABNA 0417 1643 00", "IBAN_CODE"), ("Keizersgracht 120, 1015 CW Amsterdam", "STREET_ADDRESS"),
            ("4 juni 1982", "DATE_OF_BIRTH"),
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("language", LETTERS)
def test_pii_dates_and_addresses_are_found_whole_and_the_words_beside_them_stay(language: str) -> None:
    text, personal = LETTERS[language]

    found = {(text[span.start : span.end], span.type) for span in find(text, POLICY)}

    assert found == personal


def test_pii_a_person_beside_an_address_abroad_is_found_still() -> None:
    text = "Die Kaution überweisen Sie bitte an Sabine Lehmann, Hauptstr. 22a, 04109 Leipzig, und nicht an mich."

    found = [(text[span.start : span.end], span.type) for span in find(text, POLICY)]

    assert found == [("Sabine Lehmann", "PERSON"), ("Hauptstr. 22a, 04109 Leipzig", "STREET_ADDRESS")]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Bei Fragen erreichen Sie Herrn Krüger am Montag in der Filiale.", "Krüger"),
        ("Wir haben Frau Baumgärtner gestern geschrieben und die Unterlagen geschickt.", "Baumgärtner"),
        ("Nous avons écrit à Madame Lefèvre et nous attendons sa réponse.", "Lefèvre"),
        ("Abbiamo scritto alla Signora Esposito e aspettiamo la sua risposta.", "Esposito"),
    ],
)
def test_pii_whoever_is_named_after_a_title_is_found_behind_any_word(text: str, name: str) -> None:
    assert [text[span.start : span.end] for span in find(text, POLICY) if span.type == "PERSON"] == [name]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Su número de cliente 44556677 y el número de póliza 98765432 constan en el expediente.",
         ("44556677", "98765432")),
        ("Estimada señora: le confirmamos que su Número de cliente 44556677 y su póliza siguen.", ("44556677",)),
        ("Don Luis Pérez vive en la Avenida 9 de Julio 1234, 28001 Madrid, desde el año pasado.",
         ("Luis Pérez", "Avenida 9 de Julio 1234, 28001 Madrid")),
        ("Il signor Conti abita in Via 25 Aprile 10, 20121 Milano, e lavora in banca da molti anni.",
         ("Conti", "Via 25 Aprile 10, 20121", "Milano")),
    ],
)  # fmt: skip
def test_pii_what_looks_like_an_address_or_a_date_and_is_another_thing_is_masked_all_the_same(
    text: str, masked: tuple[str, ...]
) -> None:
    spans = find(text, POLICY)

    assert [value for value in masked if not any(value in text[s.start : s.end] for s in spans)] == []


def test_pii_who_lives_at_an_address_abroad_stays_a_person() -> None:
    text = "Il habite au 8 avenue Foch chez Luc Martin. Nous avons écrit à la mairie et nous attendons une réponse."

    assert ("Luc Martin", "PERSON") in {(text[span.start : span.end], span.type) for span in find(text, POLICY)}
