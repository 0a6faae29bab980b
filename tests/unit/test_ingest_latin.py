"""A file that does not say its encoding is read in the one whose signs are in place."""

from __future__ import annotations

from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.ingest import formats, plain
from flows.ingest.latin import EASTERN, ENCODINGS, encoding_of

TEXTS = {
    "cp1252": (
        "Fläche 120 m², § 5 Abs. 3, 25 °C, 20 €",
        "Layers of 5 µm; width (µm), 3 µg/l, 0.4 µmol",
        "20µm",
        "Verbrauch 100 m³, Fläche 20 m², Hubraum 1600 cm³",
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
        "Ávila, Ángel, 5 Álamos",
    ),
    "mac_roman": (
        "Jörg",
        "JÜRGEN MÜLLER",
        "perché è così, città, più",
        "The client’s “fee” is £500 – payable within 14 days. Café Müller is exempt.",
        "El señor Peña Núñez firmó en Cádiz",
    ),
    "cp1250": (
        "Umowę podpisał Łukasz Wiśniewski w Łodzi, ul. Świętokrzyska 12.",
        "Oferta ACME®: usługa główna, cena w dół",
    ),
    "cp852": ("Umowę podpisał Łukasz Wiśniewski w Łodzi, ul. Świętokrzyska 12.",),
    "iso8859_2": (
        "Umowę podpisał Łukasz Wiśniewski w Łodzi, ul. Świętokrzyska 12.",
        "Smlouvu podepsal Jiří Dvořák z Plzně, Žižkova třída 5, příští středu.",
        "Zmluvu podpísal Ľubomír Kováč z Košíc, ďalší podpis príde neskôr od spoločníčky.",
    ),
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


def written(language: str, encoding: str) -> list[tuple[bytes, str]]:
    """The sentences that spaCy ships in a language, one by one and together, where the encoding has their signs."""
    sentences = import_module(f"spacy.lang.{language}.examples").sentences
    bare = [sentence.encode(encoding, "ignore").decode(encoding) for sentence in (*sentences, "\n".join(sentences))]
    return [(text.encode(encoding), text) for text in bare if not text.isascii()]


@pytest.mark.parametrize("encoding", ["cp1252", "cp850", "mac_roman", "cp1254"])
@pytest.mark.parametrize("language", ["ca", "da", "de", "es", "fi", "fr", "it", "lb", "nb", "nn", "pt", "sv", "tr"])
def test_no_text_of_another_part_of_europe_is_taken_for_iso_8859_2(language: str, encoding: str) -> None:
    texts = written(language, encoding)

    assert texts
    assert "iso8859_2" not in {encoding_of(data) for data, _ in texts}


@pytest.mark.parametrize("language", ["cs", "hr", "hu", "pl", "ro", "sk", "sl"])
def test_no_text_of_the_windows_code_page_of_eastern_europe_is_taken_for_iso_8859_2(language: str) -> None:
    texts = written(language, "cp1250")

    assert texts
    assert all(data.decode("iso8859_2") == text for data, text in texts if encoding_of(data) == "iso8859_2")


@given(st.binary(max_size=200))
def test_any_bytes_are_of_a_known_encoding_or_none(data: bytes) -> None:
    assert encoding_of(data) in (*ENCODINGS, *EASTERN, None)
