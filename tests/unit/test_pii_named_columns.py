"""A table without a header is read by what its columns hold: among names, a name that no list has is one too."""

from __future__ import annotations

import pytest

from governance.pii.cells.grids import grid
from governance.pii.detect import find
from governance.pii.settings import PiiPolicy

PEOPLE = ("Anna Weber", "Bob Jones", "Quillian Oxbrett", "Maria Rossi", "Peter Hughes", "Zorvan Thackwood")
SURNAMES = ("Weber", "Jones", "Oxbrett", "Rossi", "Hughes", "Smith")
GIVEN = ("Anna", "Bob", "Maria", "Peter", "Jim", "Lucy")
MARKS = [",", ";", "\t", "|"]


def typed(text: str) -> list[str]:
    return [text[span.start : span.end] for span in grid(text).typed if span.type == "PERSON"]


@pytest.mark.parametrize("mark", MARKS)
def test_in_a_column_of_names_every_cell_is_one(mark: str) -> None:
    text = "\n".join(mark.join((str(n), name, "approved", f"{n}.50")) for n, name in enumerate(PEOPLE))

    assert typed(text) == list(PEOPLE)
    assert set(PEOPLE) <= {text[span.start : span.end] for span in find(text, PiiPolicy()) if span.type == "PERSON"}


@pytest.mark.parametrize("mark", MARKS)
def test_surnames_and_given_names_may_have_columns_of_their_own(mark: str) -> None:
    text = "\n".join(mark.join((*pair, "open", "A4")) for pair in zip(SURNAMES, GIVEN, strict=True))

    assert sorted(typed(text)) == sorted((*SURNAMES, *GIVEN))


@pytest.mark.parametrize("mark", MARKS)
def test_a_column_of_something_else_with_a_name_in_it_stays(mark: str) -> None:
    words = ("Bank", "Insurer", "Weber", "Broker", "Custodian", "Trustee")
    text = "\n".join(mark.join((str(n), word, "London", "Low")) for n, word in enumerate(words))

    assert typed(text) == []


def test_a_category_that_is_called_like_somebody_is_no_column_of_people() -> None:
    text = "\n".join(f"{n};{'Grant' if n % 2 else 'Florence'};open;4" for n in range(8))

    assert typed(text) == []


@pytest.mark.parametrize("header", ["Ref;Approver;State;Sum", "Ref;Signed off;Phase;Sum", "Surname;Xyz;IBAN;Phone"])
def test_the_line_that_names_the_columns_is_no_row(header: str) -> None:
    text = "\n".join([header, *(f"{n};{name};open;4" for n, name in enumerate(PEOPLE))])

    assert typed(text) == list(PEOPLE)
