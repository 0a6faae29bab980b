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


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Dear Hope,\n\nthank you for your letter.", "Hope"),
        ("Hi Will, can you check the invoice?", "Will"),
        ("Dear Mrs Guest,\nyour rent is due.", "Guest"),
        ('{"prompt": "Reply", "completion": "Dear Grace, your rent is due."}', "Grace"),
        ('{"prompt": "Reply", "completion": "Letter:\\n\\nDear May,\\nyour rent is due."}', "May"),
        ("Adam Driver lives here. Driver paid.", "Driver paid"),
        ("Mr Driver came. The car is his.", "Driver"),
        ("Dr. Kind hat den Vertrag unterschrieben.", "Kind"),
        ("Liebe Sabine,\nwir treffen uns um neun.", "Sabine"),
    ],
)
def test_who_is_addressed_by_a_name_that_is_a_word_is_masked(text: str, name: str) -> None:
    place = text.index(name)

    assert any(s.start <= place < s.end and s.type == "PERSON" for s in find(text, PiiPolicy()))


@pytest.mark.parametrize(
    "text",
    [
        "Dear Tenant,\nyour rent is due.", '"Dear Policyholder,\nwe write to you', "Dear Trustees,\nplease note.",
        "Dear Colleagues,\nplease note.", "Hi All,\nplease note.", "Liebe Mieter,\ndas Wasser wird abgestellt.",
        "Liebe Kollegen,\ndie Kantine ist zu.", "Estimado Cliente:\nle escribimos.", "Dear Sirs,\nwe act.",
        "(1) Desmond Quill (the \"Landlord\")\n3. THE TENANT COVENANTS WITH THE LANDLORD\nThe Landlord may insure.",
    ],
)  # fmt: skip
def test_a_role_is_nobody(text: str) -> None:
    found = [text[s.start : s.end] for s in find(text, PiiPolicy()) if s.type == "PERSON"]

    assert [said for said in found if "Quill" not in said] == []
