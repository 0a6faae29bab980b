"""Names that are everyday words, in tables: only the column says that `Will` and `May` are people."""

from __future__ import annotations

import pytest

from governance.pii.detect import find
from governance.pii.settings import PiiPolicy

POLICY = PiiPolicy()


def _found(text: str, kind: str) -> list[str]:
    return [text[span.start : span.end] for span in find(text, POLICY) if span.type == kind]


def test_names_that_are_verbs_and_months_go_from_their_columns() -> None:
    names = _found("first_name,last_name\nWill,Chase\nMay,Long\nSummer,Bishop", "PERSON")

    assert names == ["Will", "Chase", "May", "Long", "Summer", "Bishop"]


def test_a_label_without_a_value_still_says_nothing() -> None:
    assert _found("Surname: see above\nFirst name: required\nDate: none", "PERSON") == []


@pytest.mark.parametrize("ruler", ["", "\n| --- | --- | --- |"])
def test_one_known_column_makes_a_header_and_no_person_of_the_column_beside_it(ruler: str) -> None:
    table = f"| Surname | Branch | Balance |{ruler}\n| Weber | Ulm | 1200 |\n| Chase | Bath | 90 |"

    assert _found(table, "PERSON") == ["Weber", "Chase"]


def test_the_same_names_beside_the_label_are_no_header() -> None:
    assert "Weber" in _found("Surname | Weber | Anna\nBranch | Ulm | Bath", "PERSON")
