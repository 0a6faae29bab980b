"""A medicine is nobody, whatever the model takes it for; who bears its name is somebody still."""

from __future__ import annotations

import pytest

from governance.pii.detect import find
from governance.pii.naming.medicines import listed, medicines
from governance.pii.settings import PiiPolicy
from governance.pii.words import listed_names

POLICY = PiiPolicy()
TEXTS = (
    "{} 500 mg was given twice a day on the ward.", "Stop {} before surgery and restart it after two days.",
    "The patient received {} and tolerated it well.", "- {}: check the dose with a second nurse",
)  # fmt: skip
NAMES = (
    "Heparin", "Metformin", "Clarithromycin", "Losartan", "Apixaban", "Trastuzumab", "Noradrenaline", "Codeine",
    "Clexane", "Xanax", "Omeprazol", "Amoxicilina", "Héparine", "Amoxicillin/Clavulanate", "CARBIMAZOLE",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_medicine_stands_as_it_is(name: str) -> None:
    said = [text.format(name) for text in TEXTS]

    assert [(text, span) for text in said for span in find(text, POLICY) if name in text[span.start : span.end]] == []


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("Dr Metformin saw her on the ward.", "Metformin"),
        ("Anna Heparin asked for her file.", "Anna Heparin"),
        ("J. Losartan asked for her file.", "J. Losartan"),
        ("Mrs Librium called the ward, and Librium asked for her file.", "Librium"),
        ("Name: Xanax\nDate of birth: 3 May 1970", "Xanax"),
    ],
)
def test_who_bears_the_name_of_a_medicine_is_masked(text: str, who: str) -> None:
    found = [text[span.start : span.end] for span in find(text, POLICY) if span.type == "PERSON"]

    assert found == [who] * text.count(who)


def test_no_name_of_people_is_a_medicine() -> None:
    assert listed() & listed_names.every() == frozenset()
    assert len(listed()) > 10_000


def test_medicines_in_a_row_are_one_place() -> None:
    text = "Amoxicillin/Clavulanate, Heparin and warfarin, then water"

    assert [text[start:end] for start, end in medicines(text)] == ["Amoxicillin/Clavulanate, Heparin and warfarin"]
