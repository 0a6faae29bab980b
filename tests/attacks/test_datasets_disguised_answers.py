"""A teacher's denial or number that a reader sees, spelt so that a rule might not, counts as the plain one."""

from __future__ import annotations

import pytest

from flows.datasets.claims.entailment import objection, span_of

PASSAGE = "Travellers must hand in their receipts within 45 days after they came back to the office."
ASKED = "Within how many days must receipts be handed in?"
DENIED = [
    "n\u043et", "n\u200cot", "n\u200dever", "nev\u034fer", "n\ufe0fever", "n\u0338ot", "n\u0336o\u0336t\u0336",
    "\U0001d427\U0001d428\U0001d42d", "ne\u03bder",
]  # fmt: skip


def against(answer: str) -> str:
    span = span_of(PASSAGE, PASSAGE)
    assert span is not None
    return objection(ASKED, answer, span, PASSAGE)


@pytest.mark.parametrize("denial", DENIED, ids=ascii)
def test_a_denial_in_signs_of_another_script_or_with_some_that_nobody_sees_is_one(denial: str) -> None:
    answer = f"Travellers must {denial} hand in their receipts within 45 days after they came back."

    assert against(answer) == "the answer denies what its quote does not"


@pytest.mark.parametrize("mark", ["'", "’", "‘", "\u02bc", "`", "´", "\uff07"], ids=ascii)
def test_a_denial_is_one_whatever_apostrophe_it_has(mark: str) -> None:
    answer = f"Travellers don{mark}t hand in their receipts within 45 days after they came back."

    assert against(answer) == "the answer denies what its quote does not"


@pytest.mark.parametrize("number", ["s\u0456xty days", "45 w\u0435eks", "\u0666\u0660 days"], ids=ascii)
def test_a_number_or_unit_in_signs_of_another_script_is_not_the_quotes(number: str) -> None:
    assert against(f"Travellers must hand in their receipts within {number} after they came back.") != ""


@pytest.mark.parametrize("number", ["\u0664\u0665", "\uff14\uff15", "forty\u2011five"], ids=ascii)
def test_the_quotes_own_number_may_be_written_in_other_digits(number: str) -> None:
    assert against(f"Travellers must hand in their receipts within {number} days after they came back.") == ""
