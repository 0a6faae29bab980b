"""A file that does not say its encoding is read in the one whose signs are in place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.ingest import formats, plain
from flows.ingest.latin import ENCODINGS, encoding_of

TEXTS = {
    "cp1252": (
        "Fläche 120 m², § 5 Abs. 3, 25 °C, 20 €",
        "Zitat: „Gut“ – so heißt’s…",
        "l’œuvre d’Œdipe, été",
        "El año, ¿qué? ¡Sí! nº 5, 3ª",
        "MÜLLER & SÖHNE, GÖTTINGEN",
        "Müller®, Größe ½ m, ±5, ×3",
        "Ærø, Ålborg, Søren Kjærgård",
        "Gonçalves, João, ação",
        "Le président-directeur général, Émile Zélandé, a signé l'accord à Évian",
    ),
    "cp850": (
        "Jörg",
        "Özdemir",
        "MÜLLER & SÖHNE, GÖTTINGEN",
        "één café, coördinatie, Curaçao",
        "perché è così, città, più",
        "Ærø, Ålborg, Søren Kjærgård",
        "El señor Peña Núñez firmó en Cádiz",
    ),
    "mac_roman": (
        "Jörg",
        "JÜRGEN MÜLLER",
        "perché è così, città, più",
        "The client’s “fee” is £500 – payable within 14 days. Café Müller is exempt.",
        "El señor Peña Núñez firmó en Cádiz",
    ),
    "cp1250": ("Umowę podpisał Łukasz Wiśniewski w Łodzi, ul. Świętokrzyska 12.",),
    "cp852": ("Umowę podpisał Łukasz Wiśniewski w Łodzi, ul. Świętokrzyska 12.",),
    "cp1254": ("Sözleşmeyi İstanbul'da Işıl Yılmaz imzaladı, Beşiktaş mahallesi.",),
}


@pytest.mark.parametrize(("encoding", "text"), [(name, text) for name, texts in TEXTS.items() for text in texts])
def test_a_latin_text_is_read_as_it_was_written(encoding: str, text: str) -> None:
    assert plain.decode(text.encode(encoding)) == text


def test_a_table_of_an_old_host_keeps_its_names() -> None:
    asked, answer = "Wer hilft Frau Jörgensen-Müller in Zürich?", "Jürgen Köhler ist zuständig."

    unit = formats.read(f"prompt;completion\r\n{asked};{answer}\r\n".encode("cp850"), ".csv", 1_000, {}).units[0]

    assert (unit.prompt, unit.completion) == (asked, answer)


@pytest.mark.parametrize(("encoding", "text"), [
    ("cp1253", "Η σύμβαση υπεγράφη από τον Γιώργο Παπαδόπουλο"), ("shift_jis", "契約は山田太郎が署名しました。"),
])  # fmt: skip
def test_another_script_is_not_taken_for_latin(encoding: str, text: str) -> None:
    assert encoding_of(text.encode(encoding)) is None
    assert plain.decode(text.encode(encoding)) == text


@given(st.binary(max_size=200))
def test_any_bytes_are_of_a_known_encoding_or_none(data: bytes) -> None:
    assert encoding_of(data) in (*ENCODINGS, None)
