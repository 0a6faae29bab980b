"""The evidence that is shown as an example came out of a run, and would be believed by the gate."""

from __future__ import annotations

import pytest

from governance.pii.recall.proof import DIRECT, RATE, RECALL, RESIDUAL, require_clean, require_recall
from governance.pii.recall.sample import SHIPPED
from governance.policy import Policy
from registry.records import Evidence
from tests.documented import ROOT

EXAMPLES = ROOT / "docs" / "examples"
RULES = Policy().proof


def shown(kind: str) -> Evidence:
    return Evidence.model_validate_json((EXAMPLES / f"{kind}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", [RECALL, RESIDUAL])
def test_an_example_is_evidence_with_the_places_that_it_lists(kind: str) -> None:
    evidence = shown(kind)

    assert evidence.type == kind
    assert evidence.artifact is not None


def test_the_examples_meet_the_default_policy() -> None:
    require_recall(shown(RECALL), RULES.minimum_recall_direct, own=False)
    require_clean(shown(RESIDUAL), RULES.maximum_residual, ())


def test_the_example_was_measured_on_the_shipped_sample() -> None:
    direct, rate = shown(RECALL).figure(DIRECT), shown(RESIDUAL).figure(RATE)
    assert direct is not None
    assert rate is not None

    entities = {line for line in SHIPPED.read_text(encoding="utf-8").splitlines() if line}

    assert len(entities) == 179
    assert direct.n == 926
    assert (rate.n or 0) > 500
