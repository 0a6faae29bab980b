"""Contracts, credit files and minutes keep what is nobody's: figures, clauses, departments, words of the law.

Beside each stands somebody of whom nothing may stay.
"""

from __future__ import annotations

import pytest

from governance.pii.detect import find
from governance.pii.settings import PiiPolicy

POLICY = PiiPolicy()


def masked(text: str) -> str:
    """`text` with `_` for each sign that is replaced."""
    signs = list(text)
    for span in find(text, POLICY):
        if span.type in POLICY.replace:
            signs[span.start : span.end] = "_" * (span.end - span.start)
    return "".join(signs)


def stays(said: str, text: str) -> bool:
    return said in masked(text)


@pytest.mark.parametrize(
    "said",
    ["31.2 / 28.0 / 22.4", "12.5 / 13.5", "(31.2) (28.0) (22.4)"],
)
def test_figures_of_several_years_are_no_phone(said: str) -> None:
    assert stays(said, f"Base Case and Bank Case: EBITDA {said} in millions, as before.")


@pytest.mark.parametrize("number", ["01.44.18.82.37", "0161 496 0337", "(212) 555-0147", "+39 02 8844 1122"])
def test_a_phone_beside_them_is_masked(number: str) -> None:
    assert not stays(number[-4:], f"EBITDA 31.2 / 28.0 / 22.4. Phone: {number}")
