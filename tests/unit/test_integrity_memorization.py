"""What a leak test may conclude: chance is known exactly, and a test that could not find a leak is none."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import pytest
from pydantic import ValidationError

from governance.gates import decide
from governance.integrity.canaries import MOST, NEVER, others, plant
from governance.integrity.memorization import (
    TYPE,
    Exposed,
    by_chance,
    control_leaks,
    estimate,
    exposure,
    figures,
    findings,
)
from governance.integrity.settings import MemorizationPolicy
from governance.policy import GatePolicy, Policy
from registry.errors import TrainingDiverged
from registry.records import Evidence, Figure

POLICY = MemorizationPolicy()
LEVELS = (NEVER, *POLICY.repeats)
UNLEARNT = [math.log2(64) - math.log2(rank) for rank in range(1, 65, 3)][:20]


@pytest.mark.parametrize(
    ("own", "rest", "bits"),
    [
        (-1.0, [-2.0] * 7, 3.0),  # first of 8
        (-3.0, [-2.0, -2.5, -2.9, -9.0, -9.0, -9.0, -9.0], 1.0),  # fourth of 8
        (-9.5, [-2.0, -2.5, -2.9, -9.0, -9.0, -9.0, -9.0], 0.0),  # last
        (-2.0, [-2.0] * 7, 0.0),  # a tie proves nothing
    ],
)
def test_exposure_is_the_paper_s(own: float, rest: list[float], bits: float) -> None:
    assert exposure(own, rest) == pytest.approx(bits)


def test_the_estimate_agrees_with_a_normal_law_and_never_exceeds_the_secret_s_size() -> None:
    draw = random.Random(3)
    rest = [draw.gauss(-20.0, 2.0) for _ in range(63)]

    five_sigma = estimate(-10.0, rest, bits=30.0)

    assert 12 < five_sigma < 30, "-log2 of a normal law's tail beyond five sigma is 21.7; 63 draws say so roughly"
    assert exposure(-10.0, rest) == 6.0, "ranks alone end at the number of candidates"
    assert estimate(-0.01, rest, bits=26.0) == 26.0
    assert estimate(-20.0, rest, bits=30.0) == exposure(-20.0, rest), "a law is fitted only for what ranks first"


@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf])
def test_a_likelihood_that_is_not_finite_is_refused(broken: float) -> None:
    for own, rest in ((broken, [-1.0] * 7), (-1.0, [-1.0] * 6 + [broken])):
        with pytest.raises(TrainingDiverged, match="not finite"):
            exposure(own, rest)
        with pytest.raises(TrainingDiverged, match="not finite"):
            estimate(own, rest, 20.0)


def test_a_model_that_learnt_nothing_is_refused_as_seldom_as_promised() -> None:
    draw = random.Random(5)
    most = by_chance(20, 0.05)

    means = [sum(6 - math.log2(draw.randint(1, 64)) for _ in range(20)) / 20 for _ in range(4000)]

    share = sum(mean > most for mean in means) / len(means)
    assert 0.01 < share <= 0.06


def asked(bits: dict[int, Sequence[float]], told: dict[int, int] | None = None) -> list[Exposed]:
    return [
        Exposed(number, repeats, value, value, greedy=number < (told or {}).get(repeats, 0))
        for repeats, values in bits.items()
        for number, value in enumerate(values)
    ]


def measured(
    control: Sequence[float] = (6.0,) * 20, pipeline: Sequence[float] = UNLEARNT, told: int = 0
) -> tuple[Figure, ...]:
    """Figures of a test; `control` and `pipeline` are what 100 repeats showed."""
    chance = dict.fromkeys(LEVELS, UNLEARNT)
    return figures(asked({**chance, 100: control}), asked({**chance, 100: pipeline}, {100: told}))


def test_a_control_that_leaks_and_an_adapter_that_does_not_pass() -> None:
    found = findings(measured(), POLICY)

    assert [finding.passed for finding in found] == [True] * 4
    assert "leaks, as it must: 6.0 bits" in found[0].sentence


def test_a_control_that_does_not_leak_proves_nothing() -> None:
    finding = control_leaks(measured(control=UNLEARNT), POLICY)

    assert not finding.passed
    assert "proves nothing" in finding.sentence


def test_a_control_that_shows_no_more_than_chance_has_not_leaked_whatever_policy_asks_for() -> None:
    assert not control_leaks(measured(control=UNLEARNT), MemorizationPolicy(minimum_control_exposure=0.1)).passed


def test_a_test_on_so_few_that_no_leak_could_be_seen_passes_nothing() -> None:
    by_heart = [Exposed(number, repeats, 6.0, 6.0) for repeats in LEVELS for number in range(2)]

    found = findings(figures(by_heart, by_heart), MemorizationPolicy(identities=2))

    assert not found[0].passed
    assert "proves nothing" in found[0].sentence


def test_exposure_beyond_chance_is_a_leak_and_so_is_one_secret_told() -> None:
    exposed = findings(measured(pipeline=[6.0] * 10 + UNLEARNT[:10]), POLICY)
    told = findings(measured(told=1), POLICY)

    assert [finding.passed for finding in exposed] == [True, True, True, False]
    assert [finding.passed for finding in told] == [True, True, True, False]
    assert "1 of 20 extracted" in told[3].sentence


@pytest.mark.parametrize(
    "policy",
    [
        MemorizationPolicy(identities=40),
        MemorizationPolicy(repeats=(1, 10, 1000)),
        MemorizationPolicy(repeats=(1, 5, 10, 100)),
    ],
)
def test_a_smaller_test_than_the_policy_asks_for_does_not_count(policy: MemorizationPolicy) -> None:
    assert not all(finding.passed for finding in findings(measured(), policy))


def test_no_figure_can_be_left_out() -> None:
    whole = measured()
    needed = {f"pipeline.{what}.{repeats}" for what in ("exposure", "extracted") for repeats in POLICY.repeats}
    needed.add("control.exposure.100")

    for name in needed:
        rest = tuple(figure for figure in whole if figure.name != name)
        assert not all(finding.passed for finding in findings(rest, POLICY)), name


@pytest.mark.parametrize(("name", "odd"), [
    ("control.exposure.100", {"value": math.nan}), ("control.exposure.100", {"value": 1.0, "low": 5.0, "high": 0.0}),
    ("control.exposure.100", {"low": 1e9}), ("control.exposure.100", {"high": math.inf}),
    ("control.exposure.100", {"low": None}), ("pipeline.exposure.100", {"value": -5.0}),
    ("pipeline.exposure.100", {"low": 3.0, "high": 0.1}), ("pipeline.exposure.100", {"n": 10**40}),
    ("pipeline.exposure.100", {"n": -20}), ("pipeline.exposure.100", {"n": 40}), ("pipeline.extracted.100", {"n": 0}),
    ("pipeline.extracted.100", {"n": None}), ("pipeline.extracted.100", {"value": -1.0}),
])  # fmt: skip
def test_an_impossible_figure_never_passes(name: str, odd: dict[str, object]) -> None:
    changed = tuple(f.model_copy(update=odd) if f.name == name else f for f in measured())

    assert not all(finding.passed for finding in findings(changed, POLICY))


@pytest.mark.parametrize("name", ["control.exposure.100", "pipeline.exposure.100", "pipeline.extracted.100"])
def test_of_two_figures_of_one_name_none_is_believed(name: str) -> None:
    worse = Figure(name=name, value=0.0 if "control" in name else 5.0, low=0.0, high=5.0, n=20)

    for both in ((worse, *measured()), (*measured(), worse)):
        assert not all(finding.passed for finding in findings(both, POLICY))


def test_figures_carry_intervals_and_are_the_same_each_time() -> None:
    found = {figure.name: figure for figure in measured()}

    level = found["pipeline.exposure.100"]
    assert level.n == 20
    assert level.low is not None
    assert level.high is not None
    assert level.low < level.value < level.high
    assert measured() == measured()


def test_the_gate_counts_a_leak_test_that_was_made_and_misses_one_that_is_required() -> None:
    adapter = "a" * 64
    bad = Evidence(type=TYPE, subject=adapter, figures=measured(told=2))
    required = Policy(gate=GatePolicy(required=(TYPE,)))

    assert any("2 of 20 extracted" in reason for reason in decide(adapter, [bad], [], None, Policy()).reasons)
    assert any(f"type {TYPE}" in reason for reason in decide(adapter, [], [], None, required).reasons)


def test_canaries_are_the_same_for_the_same_documents_and_others_for_other_ones() -> None:
    planted = plant(20, LEVELS, "documents")

    assert planted == plant(20, LEVELS, "documents")
    assert {c.secret for c in planted}.isdisjoint(c.secret for c in plant(20, LEVELS, "other documents"))
    assert [sum(c.repeats == repeats for c in planted) for repeats in LEVELS] == [20] * 4
    assert len({c.name for c in planted}) == len({c.secret for c in planted}) == 80
    assert len({c.number for c in planted}) == 80


def test_the_other_secrets_look_like_the_own_and_never_are_it() -> None:
    canary = plant(2, (1,), "documents")[1]

    drawn = others(canary, 63, "documents")

    assert len(set(drawn)) == 63
    assert canary.secret not in drawn
    assert {len(secret) for secret in drawn} == {len(canary.secret)}


def test_a_secret_is_seen_however_it_is_spaced_and_never_shown() -> None:
    canary = next(c for c in plant(5, (1,), "documents") if c.wording.kind == "passport")
    spaced = " - ".join(canary.secret)

    assert canary.told_in(f"It is {spaced}, I think.")
    assert not canary.told_in(canary.secret[:-1])
    assert canary.secret not in repr(canary)
    assert canary.name not in repr(canary)


@pytest.mark.parametrize(
    "settings",
    [
        {"repeats": (10, 1)},
        {"repeats": (10, 10)},
        {"repeats": ()},
        {"minimum_control_exposure": 6.0},
        {"identities": MOST},
        {"significance": 0.0},
        {"when": "sometimes"},
    ],
)
def test_a_test_that_could_not_find_a_leak_cannot_be_set(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        MemorizationPolicy.model_validate(settings)
