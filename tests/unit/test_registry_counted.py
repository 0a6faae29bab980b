"""One thing is said as one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from registry.counted import counted
from registry.pages.labels import label
from registry.records import Decision
from tests.unit.test_registry_store import document_set


@pytest.mark.parametrize(
    ("number", "words", "said"),
    [
        (0, ("event",), "0 events"), (1, ("event",), "1 event"), (2, ("event",), "2 events"),
        (1, ("box", "boxes"), "1 box"), (12, ("box", "boxes"), "12 boxes"),
    ],
)  # fmt: skip
def test_a_number_agrees_with_its_noun(number: int, words: tuple[str, ...], said: str) -> None:
    assert counted(number, *words) == said


def test_a_record_of_one_says_so() -> None:
    assert label(document_set(1)) == "1 document, 0 rejected"


def test_a_decision_without_a_reason_says_so() -> None:
    then = datetime(2026, 11, 29, tzinfo=UTC)
    given = Decision(
        decision="approve", adapter="1" * 64, evidence=(), policy="2" * 64, principal="rita", reason="",
        issued=then, expires=then,
    )  # fmt: skip

    assert label(given) == "approve by rita: no reason given"
