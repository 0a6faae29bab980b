"""A quote that is cut to change a number or to lose a denial bears out no answer."""

from __future__ import annotations

import pytest

from flows.datasets.claims.entailment import objection, span_of


def refused(passage: str, quote: str, answer: str) -> str:
    span = span_of(quote, passage)
    assert span is not None
    return objection("What do the rules of the branch say of this?", answer, span)


@pytest.mark.parametrize(
    ("passage", "quote", "answer"),
    [
        (
            "The cash limit for branch staff is EUR 5000 in any one week of the year.",
            "The cash limit for branch staff is EUR 50",
            "The cash limit for branch staff is EUR 50.",
        ),
        (
            "In all 1500 branches of the bank must report to the head office.",
            "500 branches of the bank must report to the head office",
            "500 branches must report to the head office of the bank.",
        ),
        (
            "The base rate for staff loans is 2.75 percent in this year.",
            "The base rate for staff loans is 2",
            "The base rate for staff loans is 2.",
        ),
    ],
)
def test_a_quote_that_cuts_a_number_bears_out_no_part_of_it(passage: str, quote: str, answer: str) -> None:
    assert "not in its quote" in refused(passage, quote, answer)


def test_a_cut_number_is_in_no_passage_where_the_quote_differs_by_a_sign_too() -> None:
    passage = "The cash limit for branch staff is EUR 5000 in any one week of the year."

    assert span_of("The cash limits for branch staff is EUR 50", passage) is None
    assert span_of("The cash limits for branch staff is EUR 5000", passage) is not None


@pytest.mark.parametrize(
    ("passage", "quote", "answer"),
    [
        (
            "Gifts are a risk. Under no circumstances are employees allowed to accept gifts from suppliers.",
            "employees allowed to accept gifts from suppliers",
            "Employees are allowed to accept gifts from suppliers.",
        ),
        (
            "It is not the case that clients of the bank may withdraw funds early.",
            "clients of the bank may withdraw funds early",
            "Clients of the bank may withdraw funds early.",
        ),
        (
            "Staff may sell the notes of the bank\nunless the board objects.",
            "Staff may sell the notes of the bank",
            "Staff may sell the notes of the bank.",
        ),
    ],
)
def test_a_denial_in_the_sentence_that_a_quote_is_cut_from_counts(passage: str, quote: str, answer: str) -> None:
    assert refused(passage, quote, answer) == "its quote denies what the answer does not"


@pytest.mark.parametrize(
    ("passage", "quote", "answer"),
    [
        (
            "Nobody travels first class. Travellers hand in receipts within 45 days. No claim is paid later.",
            "Travellers hand in receipts within 45 days",
            "Receipts are handed in within 45 days.",
        ),
        (
            "If you do not wish to receive mail, you can tell the service desk at any time.",
            "you can tell the service desk at any time",
            "You can tell the service desk at any time.",
        ),
        (
            "Costs, including without limitation fares, are paid by the finance desk within 30 days.",
            "are paid by the finance desk within 30 days",
            "Costs are paid by the finance desk within 30 days.",
        ),
        (
            "It is not said that staff may sell the notes early.\n\nHere staff may sell the notes early.",
            "staff may sell the notes early",
            "Staff may sell the notes early.",
        ),
    ],
)
def test_a_part_of_a_sentence_that_denies_nothing_bears_out_its_answer(passage: str, quote: str, answer: str) -> None:
    assert refused(passage, quote, answer) == ""
