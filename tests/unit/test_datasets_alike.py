"""Which two answers say the same but for their form."""

from __future__ import annotations

import pytest

from flows.datasets.claims.alike import nearly_the_same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It rains", "It rain"),
        ("The party pays a fee.", "The parties pay a fee"),
        ("Send the notice to the office", "Send notice to office"),
        ("The agreement ends in May.", "The agreemnt ends in May."),
        ("He recieved the notice.", "He received the notice."),
        ("ＩＴ rains", "it rain"),
    ],
)
def test_a_form_alone_sets_no_answers_apart(one: str, other: str) -> None:
    assert nearly_the_same(one, other)
    assert nearly_the_same(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3 days", "8 days"),
        ("Within 3 days", "Within 3.5 days"),
        ("On 3 June 2024", "On 3 July 2024"),
        ("Within one day", "Within two days"),
        ("yes", "no"),
        ("A", "B"),
        ("Option A", "Option"),
        ("fee", "fees"),
        ("It is allowed", "It is not allowed"),
        ("It can be sold", "It can't be sold"),
        ("They do pay", "They don't pay"),
        ("The tenant pays", "The landlord pays"),
        ("It is made in Iran", "It is made in Iraq"),
        ("Ask the county", "Ask the country"),
        ("Under Article 5a it ends", "Under Article 5as it ends"),
        ("A typical case", "An atypical case"),
        ("It holds sulphate", "It holds sulphite"),
        ("The fee is due", "The fee was due"),
        ("", "It rains"),
    ],
)
def test_any_other_word_number_or_label_does(one: str, other: str) -> None:
    assert not nearly_the_same(one, other)
    assert not nearly_the_same(other, one)
