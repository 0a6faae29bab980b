"""Numbers are read as texts write them: words with their scales, compounds, ordinals, signs."""

from __future__ import annotations

import pytest

from flows.datasets.claims.quantities import counted, denies, facts


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("two million three hundred thousand and five", ["2300005"]),
        ("one hundred and fifty thousand; twenty, five; two or three", ["150000", "20", "5", "2", "3"]),
        ("1.5 million or $5bn", ["1500000", "5000000000", "dollar"]),
        ("quatre-vingt-dix-sept et soixante-douze", ["97", "72"]),
        ("am dreiundzwanzigsten tag, am dritten", ["23", "3"]),
        ("treinta y cinco mil", ["35000"]),
        ("cinquantotto e ventitré", ["58", "23"]),
        ("5-10 days, 10 -5, at -5", ["5-10", "10", "5", "-5"]),
        ("once it is signed by a third party", []),
        ("5 m wide", ["5"]),
    ],
)
def test_a_number_is_one_however_it_is_written(text: str, found: list[str]) -> None:
    assert list(facts(text)) == found


def test_units_stand_behind_numbers_and_currencies_on_either_side() -> None:
    assert counted("eur 500 within fourteen business days, 25 bps") == {
        ("500", "euro"), ("14", "day"), ("25", "basispoint"),
    }  # fmt: skip
    assert counted("500 €, $20 and 3 °c") == {("500", "euro"), ("20", "dollar"), ("3", "degree")}


@pytest.mark.parametrize("text", ["including but not limited to it", "without limitation", "non-profit", "sans-serif"])
def test_set_phrases_deny_nothing(text: str) -> None:
    assert not denies(text)


def test_words_that_go_on_and_on_are_read_too() -> None:
    assert len(list(facts("trillion " * 100_000))) < 100_000
