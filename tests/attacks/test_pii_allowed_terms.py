"""Terms that a policy allows stay where somebody has every type replaced, and nothing else stays with them."""

from __future__ import annotations

import pytest

from governance.pii.detect import find
from governance.pii.settings import PiiPolicy
from governance.pii.text.spans import Span, outside, places, terms
from governance.policy import load_policy
from tests.bench.pii_terms import EXAMPLES, documents

STRICT = PiiPolicy(replace=PiiPolicy().entities)


def found(text: str, policy: PiiPolicy = STRICT) -> list[str]:
    return [text[span.start : span.end] for span in find(text, policy)]


def test_every_allowed_term_of_the_shipped_documents_survives_where_all_but_links_is_replaced() -> None:
    policy = load_policy(EXAMPLES / "policy.yaml").pii
    links = ("URL", "URL_USER")
    strict = policy.model_copy(update={"replace": tuple(kind for kind in policy.entities if kind not in links)})
    replaced = total = 0

    for text in documents(60):
        spans = find(text, strict)
        inside_links = [(span.start, span.end) for span in spans if span.type in links]
        allowed = [Span(*place, "", 0.0) for place in places(text, terms(policy.allow))]
        for term in outside(allowed, inside_links):
            total += 1
            replaced += any(s.start < term.end and s.end > term.start for s in spans if s.type in strict.replace)

    assert total > 300
    assert replaced == 0


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("The Abu Dhabi Global Market (ADGM) said so.", []),
        ("Ask the FSRA and/or the ADGM.", []),
        ("Ask the FSRA or HM Treasury about it.", ["HM Treasury"]),
        ("HM Treasury, the FSRA and Deutsche Bank AG met.", ["HM Treasury", "Deutsche Bank AG"]),
        ("Employer: Abu Dhabi Global Market (ADGM)", []),
    ],
)
def test_of_a_body_only_what_is_not_allowed_is_masked(text: str, left: list[str]) -> None:
    assert found(text) == left


def test_a_person_whose_surname_is_an_allowed_term_is_masked_whole() -> None:
    assert found("Ms Jane Falcon called.", PiiPolicy(allow=("Falcon",))) == ["Jane Falcon"]


@pytest.mark.parametrize("number", ["DE89370400440532013000", "4532015112830366", "1HGCM82633A004352"])
def test_a_number_that_its_check_proves_is_never_freed(number: str) -> None:
    assert found(f"It is {number} here.", PiiPolicy(allow=(number,))) == [number]
