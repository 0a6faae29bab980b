"""Texts of other languages keep their words and lose their people: nouns with capital letters are no names.

The pages are written for this test; people in them stand between ⟦ and ⟧.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from governance.pii.detect import find
from governance.pii.settings import PiiPolicy
from governance.pii.words.vocabulary import is_word

POLICY = PiiPolicy()
PAGES = Path(__file__).with_name("pages")
MOST_MASKED_IN_VAIN = 0.02
LONE = {
    "de": "Das Institut hat die Unterlagen erhalten und wird sie prüfen. Der Antrag von {} wurde im Oktober abgelehnt.",
    "fr": "L'établissement a reçu le dossier et va l'examiner. La demande de {} a été rejetée en octobre.",
    "it": "La banca ha ricevuto i documenti e li esaminerà. La domanda di {} è stata respinta in ottobre.",
    "es": "La entidad ha recibido los documentos y los examinará. La solicitud de {} fue rechazada en octubre.",
    "nl": "De bank heeft de stukken ontvangen en zal die bekijken. Volgens {} is de controle afgerond en klaar.",
}


def read(language: str) -> tuple[str, set[int]]:
    """A page, and the places of the people in it."""
    text, people = "", set[int]()
    for number, piece in enumerate(re.split("[⟦⟧]", (PAGES / f"{language}.txt").read_text("utf-8"))):
        people |= set(range(len(text), len(text) + len(piece))) if number % 2 else set()
        text += piece
    return text, people


def masked(text: str) -> set[int]:
    return {i for s in find(text, POLICY) if s.type in POLICY.replace for i in range(s.start, s.end)}


@pytest.mark.parametrize("language", ["de", "fr", "it", "es", "nl"])
def test_a_page_of_regulation_keeps_its_words_and_loses_its_people(language: str) -> None:
    text, people = read(language)

    covered = masked(text)

    words = [word.span() for word in re.finditer(r"\w+", text)]
    in_vain = [text[start:end] for start, end in words if start in covered and start not in people]
    assert len(in_vain) < MOST_MASKED_IN_VAIN * len(words), in_vain
    assert {i for i in people if text[i].isalpha()} <= covered


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("de", "Gehringer"), ("de", "Cichorius"), ("de", "Hans-Dieter Kabus"), ("de", "Iretioluwa Ojo"),
        ("fr", "Bruneau"), ("fr", "Bonnet"), ("fr", "Jędrzej Fac"), ("fr", "Amadou Cissé"),
        ("it", "Foscari"), ("it", "Cipolla"), ("it", "Katica Filar"), ("it", "Arkadiusz Imiołczyk"),
        ("es", "Guijarro"), ("es", "Valls"), ("es", "Niyazi Hüseynli"), ("es", "Asilə Axundzadə"),
        ("nl", "van Nes"), ("nl", "van der Plas"), ("nl", "Groen"), ("nl", "Feden Gülen"),
    ],
)  # fmt: skip
def test_a_name_without_a_title_is_masked_in_other_languages(language: str, name: str) -> None:
    text = LONE[language].format(name)
    start = text.index(name)

    assert {i for i in range(start, start + len(name)) if text[i].isalpha()} <= masked(text)


def test_a_compound_is_a_word_by_its_parts_and_a_name_is_none() -> None:
    assert all(is_word(word, "de") for word in ("Verordnung", "Geschäftsorganisation", "Liquiditätsdeckungsquote"))
    assert is_word("Datenschutz-Grundverordnung", "de")
    assert not any(is_word(word, "de") for word in ("Yıldırım", "Brandstätter", "Szczepański"))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Mme Solenne Grandperret née Kerjean, s'associe à la demande.", "Kerjean"),
        ("Mrs Jane Smith (née Quarshie) is here.", "Quarshie"),
        ("Frau Annegret Müller geborene Hohenau wohnt in Ulm.", "Hohenau"),
        ("La signora Anna Rossi nata Bevilacqua vive qui.", "Bevilacqua"),
        ("Doña Ana Ruiz, de soltera Echevarría, vive en Sevilla.", "Echevarría"),
        ("Betreft: dhr. J.W. (Jan-Willem) van 't Hooft, geb. 21-06-1966", "J.W. (Jan-Willem) van 't Hooft"),
        ("Contact dr. P.C. (Pieter) de Boer about this.", "P.C. (Pieter) de Boer"),
        ("Met vriendelijke groet,\ndrs. F. el Bouazzaoui, huisarts", "F. el Bouazzaoui"),
    ],
)
def test_a_birth_name_and_initials_with_the_name_they_stand_for_are_masked(text: str, name: str) -> None:
    start = text.index(name)

    assert {i for i in range(start, start + len(name)) if text[i].isalpha()} <= masked(text)
