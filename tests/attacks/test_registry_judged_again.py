"""Production goes to another adapter and back while a candidate waits: what the gate says last is what counts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flows.house import House, open_house
from flows.status.standing import status_of
from flows.walk.candidates import gate
from governance import gates
from governance.gates import decide
from governance.integrity.memorization import TYPE, Exposed, figures
from registry.database.store import Registry
from registry.decisions import approvals
from registry.decisions.cases import Case
from registry.decisions.dossier import read
from registry.errors import GateRefused
from registry.records import Adapter, Base, Evidence, Figure, Verdict
from registry.release import releases
from tests.registered import Place, place_today

PIPELINE = "documents: documents\nbase_model: base\nsigning_key: eve\n"
POLICY = """
gate:
  {required: [headline], beat_base: false, beat_majority: false, minimum_headline: 1, minimum_general: 1,
   production_tolerance: 0.05}
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    made = place_today(tmp_path, monkeypatch)
    made.workspace.pipeline.write_text(PIPELINE)
    made.workspace.policy.write_text(POLICY)
    return made


def measured(registry: Registry, subject: Adapter | Base, accuracy: float) -> tuple[Evidence, ...]:
    figure = Figure(name="accuracy", value=accuracy, low=accuracy - 0.1, high=accuracy + 0.1, n=100)
    found = tuple(Evidence(type=kind, subject=subject.digest, figures=(figure,)) for kind in ("headline", "general"))
    for one in found:
        registry.add(one, (subject.digest,), "evaluate")
    return found


def base_of(place: Place) -> Base:
    with place.registry() as registry:
        return registry.all(Base)[0]


def released(place: Place, registry: Registry, seed: int) -> Adapter:
    adapter = place.adapter(registry, seed, "released")
    place.approve(registry, adapter)
    place.promote(registry, adapter)
    return adapter


def stricter_than(house: House) -> House:
    gate = house.policy.gate.model_copy(update={"minimum_headline": 1000})
    return replace(house, policy=house.policy.model_copy(update={"gate": gate}))


def leak_tested(registry: Registry, subject: Adapter, told: bool) -> Evidence:
    """Evidence of a leak test whose control told all; the adapter as well, or nothing."""
    levels = [(n, repeats) for repeats in (0, 1, 10, 100) for n in range(20)]
    control = [Exposed(n, repeats, 6.0, 6.0, greedy=True) for n, repeats in levels]
    pipeline = [Exposed(n, repeats, 1.0, 1.0, greedy=told and repeats > 0) for n, repeats in levels]
    evidence = Evidence(type=TYPE, subject=subject.digest, figures=figures(control, pipeline))
    registry.add(evidence, (subject.digest,), "leak test")
    return evidence


def test_a_leak_that_is_found_after_the_release_is_judged(place: Place) -> None:
    house = open_house(place.workspace.root)
    with place.registry() as registry:
        adapter = place.adapter(registry, 1, "candidate")
        evidence = (*measured(registry, registry.all(Base)[0], 0.5), *measured(registry, adapter, 0.8))
    assert gate(house, base_of(place), [adapter], evidence) == [adapter.version]
    with place.registry() as registry:
        case = Case(adapter, house.policy.digest, "fit for use")
        for name in ("rita", "paul"):
            approvals.approve(registry, case, place.by(name))
        releases.promote(registry, place.workspace, case, place.by("olaf"))
        leaky, tight = leak_tested(registry, adapter, told=True), leak_tested(registry, adapter, told=False)

    for _ in range(2):
        with pytest.raises(GateRefused, match="does not keep secrets repeated 100 times"):
            gate(house, base_of(place), [adapter], (*evidence, leaky))
    with place.registry() as registry, pytest.raises(GateRefused, match="does not keep secrets"):
        approvals.approve(registry, case, place.by("rob"))

    assert gate(house, base_of(place), [adapter], (*evidence, tight)) == [adapter.version], "a larger test may clear it"


def test_a_gate_that_judges_otherwise_since_an_upgrade_is_heard(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = open_house(place.workspace.root)
    with place.registry() as registry:
        adapter = place.adapter(registry, 1, "candidate")
        evidence = (*measured(registry, registry.all(Base)[0], 0.5), *measured(registry, adapter, 0.8))
    assert gate(house, base_of(place), [adapter], evidence) == [adapter.version]

    def stricter(*known: Any) -> Verdict:
        return decide(*known).model_copy(update={"passed": False, "reasons": ("It is not believed any more.",)})

    monkeypatch.setattr(gates, "decide", stricter)

    with pytest.raises(GateRefused, match="not believed any more"):
        gate(house, base_of(place), [adapter], evidence)


@pytest.mark.parametrize("falls_behind", [False, True], ids=["the other one", "the first one"])
def test_the_gates_last_word_counts_though_it_said_the_same_before(place: Place, falls_behind: bool) -> None:
    """It falls behind one of the two that are in production in turn."""
    accuracies = (0.9, 0.8) if falls_behind else (0.8, 0.9)
    house = open_house(place.workspace.root)
    with place.registry() as registry:
        first = released(place, registry, 1)
        candidate = place.adapter(registry, 2, "candidate")
        base = registry.all(Base)[0]
        evidence = (*measured(registry, base, 0.5), *measured(registry, candidate, 0.8))
        evidence += measured(registry, first, accuracies[0])

    def judged() -> bool:
        try:
            return gate(house, base, [candidate], evidence) == [candidate.version]
        except GateRefused:
            return False

    said = [judged()]
    with place.registry() as registry:
        second = released(place, registry, 3)
        evidence += measured(registry, second, accuracies[1])
    said.append(judged())
    with place.registry() as registry:
        releases.rollback(registry, place.workspace, place.case(first), place.by("olaf"))
    said += [judged(), judged()]

    assert said == [not falls_behind, falls_behind, not falls_behind, not falls_behind]
    with place.registry() as registry:
        case = Case(candidate, house.policy.digest, "as the gate says now")
        verdicts = read(registry, candidate).verdicts(house.policy.digest)
        assert [(one.passed, one.against[-1], one.after) for one in verdicts] == [
            (said[0], first.digest, 0), (said[1], second.digest, 0), (said[2], first.digest, 3),
        ]  # fmt: skip
        if falls_behind:
            with pytest.raises(GateRefused, match="falls behind"):
                approvals.approve(registry, case, place.by("rita"))
        else:
            for name in ("rita", "paul"):
                approvals.approve(registry, case, place.by(name))
            releases.promote(registry, place.workspace, case, place.by("olaf"))
            assert registry.newest() is not None


@pytest.mark.parametrize("approved", [False, True])
def test_a_policy_that_is_put_back_leaves_no_refusal_of_the_other_one_behind(place: Place, approved: bool) -> None:
    house = open_house(place.workspace.root)
    with place.registry() as registry:
        adapter = place.adapter(registry, 1, "candidate")
        evidence = (*measured(registry, registry.all(Base)[0], 0.5), *measured(registry, adapter, 0.8))
    gate(house, base_of(place), [adapter], evidence)
    for name in ("rita", "paul") if approved else ():
        with place.registry() as registry:
            approvals.approve(registry, Case(adapter, house.policy.digest, "as the gate says now"), place.by(name))
    with pytest.raises(GateRefused):
        gate(stricter_than(house), base_of(place), [adapter], evidence)
    assert status_of(place.workspace, adapter.version) == "refused"

    assert gate(house, base_of(place), [adapter], evidence) == [adapter.version]

    assert status_of(place.workspace, adapter.version) == ("approved" if approved else "candidate")


def test_nor_does_it_of_one_that_was_released_and_is_kept_to_roll_back_to(place: Place) -> None:
    house = open_house(place.workspace.root)
    with place.registry() as registry:
        first = place.adapter(registry, 1, "candidate")
        evidence = (*measured(registry, registry.all(Base)[0], 0.5), *measured(registry, first, 0.8))
    gate(house, base_of(place), [first], evidence)
    case = Case(first, house.policy.digest, "as the gate says now")
    with place.registry() as registry:
        for name in ("rita", "paul"):
            approvals.approve(registry, case, place.by(name))
        releases.promote(registry, place.workspace, case, place.by("olaf"))
        evidence += measured(registry, released(place, registry, 2), 0.8)
    with pytest.raises(GateRefused):
        gate(stricter_than(house), base_of(place), [first], evidence)
    assert status_of(place.workspace, first.version) == "refused"

    for _ in range(2):
        assert gate(house, base_of(place), [first], evidence) == [first.version]

    assert status_of(place.workspace, first.version) == "approved"
    with place.registry() as registry:
        assert len(read(registry, first).verdicts(house.policy.digest)) == 2
