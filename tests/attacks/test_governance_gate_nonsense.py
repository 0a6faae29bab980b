"""Evidence that would open the gate by being about the wrong thing, or about two things."""

from __future__ import annotations

import pytest

from governance.gates import decide
from governance.policy import Policy
from registry.records import Evidence, Figure
from tests.unit.test_governance_gates import licensed, proof

ADAPTER, BASE = "a" * 64, "b" * 64
FOUND = Evidence(type="pii.scrub", subject=ADAPTER, figures=(Figure(name="found", value=1.0),))


def accuracy(value: float) -> Figure:
    return Figure(name="accuracy", value=value, low=value - 0.05, high=value + 0.05, n=200)


def evidence(kind: str, subject: str, *values: float) -> Evidence:
    majority = Figure(name="majority", value=0.2, n=200)
    return Evidence(type=kind, subject=subject, figures=(*(accuracy(value) for value in values), majority))


def passes(headline: Evidence, base: str) -> bool:
    own = (headline, evidence("general", ADAPTER, 0.5), FOUND, *proof(), licensed())
    compared = (evidence("headline", base, 0.3), evidence("general", base, 0.5))
    return decide(ADAPTER, own, compared, None, Policy()).passed


def test_sound_evidence_passes() -> None:
    assert passes(evidence("headline", ADAPTER, 0.9), BASE)


def test_an_adapter_is_not_its_own_base() -> None:
    assert not passes(evidence("headline", ADAPTER, 0.9), ADAPTER)


def test_two_accuracies_in_one_piece_of_evidence_are_none() -> None:
    assert not passes(evidence("headline", ADAPTER, 0.9, 0.1), BASE)


@pytest.mark.parametrize("kind", ["pii.recall", "pii.residual", "licences"])
def test_of_two_figures_of_one_name_neither_is_believed(kind: str) -> None:
    shown = (*proof(), licensed())
    hidden = (*proof(low=0.1, rate_low=900.0), licensed(train=5.0))
    both = [
        good.model_copy(update={"figures": (*good.figures, *bad.figures)}) if good.type == kind else good
        for good, bad in zip(shown, hidden, strict=True)
    ]
    own = (evidence("headline", ADAPTER, 0.9), evidence("general", ADAPTER, 0.5), FOUND, *both)
    compared = (evidence("headline", BASE, 0.3), evidence("general", BASE, 0.5))

    assert not decide(ADAPTER, own, compared, None, Policy()).passed
