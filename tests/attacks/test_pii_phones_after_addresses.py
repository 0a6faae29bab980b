"""A phone number that follows an address is one number, and no end of the address."""

from __future__ import annotations

import pytest

from governance.pii.detect import find
from governance.pii.settings import PiiPolicy

POLICY = PiiPolicy()
ADDRESSES = {
    "07700 900417": "She lives at 14 Mill Lane, Leeds LS6 2AB, {}.",
    "+44 121 234 5678": "Flat 2, 7 Albion Road, Bath {}",
    "07400 123456": "I moved to 22 Kings Street and my number is {} now.",
    "(201) 555-0123": "410 Main Street, Boise, ID 83702, {}",
    "0151 23456789": "Er wohnt in der Lindenstraße 14, 50667 Köln, {}.",
    "+4915123456789": "Bergweg 3, 80331 München {}",
    "01-23-45-67-89": "5 avenue Foch, 75016 Paris {}",
    "06.12.34.56.78": "Elle habite 12 rue des Lilas, 69003 Lyon, {}.",
    "612 34 56 78": "Vive en calle Mayor 8, 28013 Madrid, {}.",
    "02 1234 5678": "via Dante 4, 10121 Torino {}",
    "06-12345678": "Hij woont aan de Kerkstraat 21, 1017 GB Amsterdam, {}.",
}


@pytest.mark.parametrize("number", ADDRESSES)
def test_it_is_found_whole(number: str) -> None:
    text = ADDRESSES[number].format(number)
    start = text.index(number)

    met = [span for span in find(text, POLICY) if span.start < start + len(number) and span.end > start]

    assert [(span.type, text[span.start : span.end]) for span in met] == [("PHONE_NUMBER", number)]


def test_the_small_words_around_it_stay() -> None:
    text = "Bei Rückfragen erreichen Sie Frau Dr. Yüksel unter 0171 5550182 oder s.yueksel@kielhorn-yueksel.example."

    assert not {"unter", "oder"} & {text[span.start : span.end] for span in find(text, POLICY)}


@pytest.mark.parametrize("address", ["22 Alder Creek Rd, Boise, ID 83702-1234", "Lindenstraße 14, 50667 Köln"])
def test_a_postcode_stays_in_its_address(address: str) -> None:
    text = f"Please write to {address}."

    assert [s.type for s in find(text, POLICY) if s.end >= text.index(address) + len(address)] == ["STREET_ADDRESS"]
