"""A subject whom the documents spell otherwise than the request does is shown before anybody says that it is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from governance.pii.settings import PiiPolicy
from governance.pii.subjects import Subject, find_subject
from tests.walked import Place, muniment

PAIRS = [
    ("José Núñez", "Jose Nunez"), ("Jose Nunez", "José Núñez"), ("Jürgen Müller", "Juergen Mueller"),
    ("Juergen Mueller", "Jurgen Muller"), ("Søren Kjær", "Soren Kjaer"), ("Łukasz Wałęsa", "Lukasz Walesa"),
    ("José Núñez", "jose.nunez@acme.example"),
]  # fmt: skip
POLICY = PiiPolicy()


def row(text: str, of: str = "d" * 64) -> dict[str, object]:
    return {
        "document": of, "unit": 1, "path": "letter.md", "kind": "text", "text": text, "prompt": None,
        "completion": None, "chosen": None, "rejected": None, "choices": None, "turns": None, "groups": [],
        "source": "",
    }  # fmt: skip


@pytest.mark.parametrize(("asked", "written"), PAIRS)
def test_another_spelling_is_named_as_related(asked: str, written: str) -> None:
    found = find_subject([row(f"Please ask {written} about your leave.")], Subject(asked), POLICY)

    assert found.units.keys() | found.related == {"d" * 64}


@pytest.mark.parametrize("written", ["Vasquez, Teodora", "VASQUEZ Teodora", "Teodora\u00a0Vasquez", "Vasquez;Teodora"])
def test_the_surname_first_is_the_same_person(written: str) -> None:
    found = find_subject([row(f"Present: {written} (item 4)")], Subject("Teodora Vasquez"), POLICY)

    assert found.units == {"d" * 64: {1}}


def test_another_name_is_not_related() -> None:
    found = find_subject([row("Please ask Josefine Nussbaum about your leave.")], Subject("José Núñez"), POLICY)

    assert not found.units
    assert not found.related


def test_who_asks_in_another_spelling_is_told_where_to_look(erasable_once: Place, tmp_path: Path) -> None:
    ended = muniment(erasable_once.copy(tmp_path), "erase", "Téodora Vásquez-Lindqvist")

    assert ended.code == 3
    assert "spell it otherwise" in ended.err
    assert "letter.md" in ended.err
