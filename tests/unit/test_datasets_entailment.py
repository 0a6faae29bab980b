"""An answer that turns its quote round is refused, whichever way."""

from __future__ import annotations

import pytest

from flows.datasets.claims.entailment import objection

QUOTE = "members may not trade in a closed period without leave of the board."


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What may members do in a closed period?", "Members may trade in a closed period."),
        ("Who gives leave in a closed period?", "Members trade with leave of the board."),
    ],
)
def test_an_answer_that_drops_the_denial_of_its_quote_is_refused(question: str, answer: str) -> None:
    assert objection(question, answer, QUOTE) == "its quote denies what the answer does not"


def test_an_answer_that_adds_a_denial_is_refused() -> None:
    assert objection("Who may trade?", "Nobody may trade.", "members may trade.") != ""


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("May members trade in a closed period?", "They may not trade without leave of the board."),
        ("What is needed to trade although members may not?", "Leave of the board in a closed period."),
    ],
)
def test_an_answer_that_keeps_the_denial_or_was_asked_about_it_follows(question: str, answer: str) -> None:
    assert objection(question, answer, QUOTE) == ""


@pytest.mark.parametrize("answer", ["…", "§§", "Ok"])
def test_an_answer_that_says_nothing_is_refused(answer: str) -> None:
    assert objection("What may members do?", answer, QUOTE) == "the answer says nothing"


TERMS = "claims are paid within 30 days and bear interest of 14 % unless they are waived by the board."


@pytest.mark.parametrize(
    ("answer", "follows"),
    [
        ("Claims are paid within 14 days and bear interest of 30 percent, unless waived.", False),
        ("Claims are paid within 30 days and bear interest of 14 percent, unless waived.", True),
        ("Unless waived, claims bear interest of 14 per cent and are paid within 30 days.", True),
        ("Claims are waived by the board within 30 days.", False),
    ],
)
def test_numbers_count_what_they_count_in_the_quote_and_exceptions_stay(answer: str, follows: bool) -> None:
    assert (objection("When are claims paid?", answer, TERMS) == "") is follows
