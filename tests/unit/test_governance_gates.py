"""The gate passes an adapter only on whole, fitting and sufficient evidence."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.evaluation.run import accuracy_figure
from governance.foreseeing import foreseen, foreseen_of_probe
from governance.gates import decide
from governance.policy import GatePolicy, Policy, ProofPolicy
from registry.records import Evidence, Figure, Verdict

ADAPTER, BASE, CURRENT = "a" * 64, "b" * 64, "c" * 64
POLICY = Policy()
Change = Callable[[list[Evidence], list[Evidence], list[Evidence]], object]


def accuracy(kind: str, subject: str, value: float, n: int | None = 300, half: float = 0.05) -> Evidence:
    low, high = max(0.0, value - half), min(1.0, value + half)
    figure = Figure(name="accuracy", value=value, low=low, high=high, n=n)
    return Evidence(type=kind, subject=subject, figures=(figure, Figure(name="majority", value=0.2, n=n)))


def unchecked(kind: str, subject: str, **values: float | str) -> Evidence:
    """Evidence that no validation has seen, as a hostile or broken writer might leave it."""
    fields = {"name": "accuracy", "value": 0.7, "low": 0.65, "high": 0.75, "n": 300, **values}
    figure = Figure.model_construct(**fields)  # type: ignore[arg-type]
    figures = (figure, Figure(name="majority", value=0.2, n=300))
    return Evidence.model_construct(type=kind, subject=subject, figures=figures, artifact=None)


def scrubbed(subject: str = ADAPTER) -> Evidence:
    return Evidence(type="pii.scrub", subject=subject, figures=(Figure(name="PERSON", value=12),))


def proof(low: float = 0.93, rate_low: float = 1.0, own: float | None = None) -> list[Evidence]:
    """Recall and residual figures, as a run records them."""
    shares = [("direct", low), *([("own direct", own)] if own is not None else [])]
    recall = tuple(Figure(name=name, value=min(1.0, v + 0.02), low=v, high=1.0, n=900) for name, v in shares)
    rate = Figure(name="per_100k_characters", value=rate_low + 2, low=rate_low, high=rate_low + 4, n=50)
    return [
        Evidence(type="pii.recall", subject=ADAPTER, figures=recall),
        Evidence(type="pii.residual", subject=ADAPTER, figures=(rate,)),
    ]


def licensed(subject: str = ADAPTER, **refused: float) -> Evidence:
    uses = {"train": 0.0, "serve_internal": 0.0, "serve_external": 2.0, **refused}
    figures = tuple(Figure(name=f"refused.{use}", value=value) for use, value in uses.items())
    return Evidence(type="licences", subject=subject, figures=figures)


def unlicensed() -> Evidence:
    return Evidence(type="licences", subject=ADAPTER, figures=(Figure(name="materials", value=3.0),))


def good() -> tuple[list[Evidence], list[Evidence], list[Evidence]]:
    candidate = [
        accuracy("headline", ADAPTER, 0.70), accuracy("general", ADAPTER, 0.50), scrubbed(), *proof(), licensed(),
    ]  # fmt: skip
    base = [accuracy("headline", BASE, 0.10), accuracy("general", BASE, 0.51)]
    return candidate, base, [accuracy("headline", CURRENT, 0.69)]


def verdict_after(change: Change, policy: Policy = POLICY) -> Verdict:
    candidate, base, production = good()
    change(candidate, base, production)
    return decide(ADAPTER, candidate, base, production, policy)


def test_good_evidence_passes_and_says_why() -> None:
    candidate, base, production = good()

    verdict = decide(ADAPTER, candidate, base, production, POLICY)

    assert verdict.passed
    assert any("beats its base" in reason for reason in verdict.reasons)
    assert set(verdict.evidence) == {e.digest for e in (*candidate, *base, *production)}
    assert verdict.policy == POLICY.digest
    assert verdict.subject == ADAPTER


def test_whoever_approves_reads_which_rules_are_not_the_shipped_ones() -> None:
    weakened = Policy(gate=GatePolicy(beat_base=False, general_drop=0.2))

    told = verdict_after(lambda c, b, p: None, weakened).reasons[-1]

    assert told.startswith("The policy departs from the shipped rules: ")
    assert "gate.beat_base is no (shipped: yes)" in told
    assert "gate.general_drop is 0.2 (shipped: " in told
    assert not any("departs" in reason for reason in verdict_after(lambda c, b, p: None).reasons)


def test_a_first_adapter_needs_no_production_to_compare_with() -> None:
    candidate, base, _ = good()

    assert decide(ADAPTER, candidate, base, None, POLICY).passed


def test_order_of_evidence_changes_nothing() -> None:
    candidate, base, production = good()

    turned = decide(ADAPTER, candidate[::-1], base[::-1], production, POLICY)

    assert turned == decide(ADAPTER, candidate, base, production, POLICY)


REFUSED: dict[str, tuple[Change, str]] = {
    "no evidence at all": (lambda c, b, p: c.clear(), "no usable evidence of type headline"),
    "headline missing": (lambda c, b, p: c.pop(0), "type headline"),
    "general missing": (lambda c, b, p: c.pop(1), "type general"),
    "scrubbing missing": (lambda c, b, p: c.pop(2), "type pii.scrub"),
    "scrubbing without a figure": (
        lambda c, b, p: c.__setitem__(2, Evidence(type="pii.scrub", subject=ADAPTER, figures=())),
        "no usable evidence of type pii.scrub",
    ),
    "recall missing": (lambda c, b, p: c.pop(3), "no usable evidence of type pii.recall"),
    "second reading missing": (lambda c, b, p: c.pop(4), "no usable evidence of type pii.residual"),
    "licences missing": (lambda c, b, p: c.pop(5), "no usable evidence of type licences"),
    "licences refuse it": (lambda c, b, p: c.__setitem__(5, licensed(train=1.0)), "refuse the use train"),
    "licences do not say": (lambda c, b, p: c.__setitem__(5, unlicensed()), "not recorded whether its licences"),
    "recall too low at its lower end": (
        lambda c, b, p: c.__setitem__(3, proof(low=0.89)[0]), "at least 90.0 % is asked for at the lower end"
    ),
    "recall without the figure that counts": (
        lambda c, b, p: c.__setitem__(
            3, Evidence(type="pii.recall", subject=ADAPTER, figures=(Figure(name="PERSON", value=1.0),))
        ),
        "is no proper figure",
    ),
    "recall of NaN": (
        lambda c, b, p: c.__setitem__(3, unchecked("pii.recall", ADAPTER, name="direct", low=math.nan)),
        "no usable evidence of type pii.recall",
    ),
    "too much left": (
        lambda c, b, p: c.__setitem__(4, proof(rate_low=20.5)[1]), "A second detector still finds 22.5 places"
    ),
    "base never measured": (lambda c, b, p: b.clear(), "headline accuracy of the base model is missing"),
    "base general never measured": (lambda c, b, p: b.pop(1), "general ability of the base"),
    "production never measured": (lambda c, b, p: p.clear(), "adapter in production is missing"),
    "evidence of another adapter": (
        lambda c, b, p: c.__setitem__(0, accuracy("headline", "d" * 64, 0.9)),
        "something other than this adapter",
    ),
    "two contradicting headline measurements": (
        lambda c, b, p: c.append(accuracy("headline", ADAPTER, 0.9)),
        "2 different pieces of evidence of type headline",
    ),
    "base evidence about two models": (
        lambda c, b, p: b.__setitem__(1, accuracy("general", "d" * 64, 0.5)),
        "more than one model",
    ),
    "touching intervals": (
        lambda c, b, p: b.__setitem__(0, accuracy("headline", BASE, 0.62)),
        "does not clearly beat its base",
    ),
    "exactly equal bounds": (
        lambda c, b, p: c.__setitem__(0, accuracy("headline", ADAPTER, 0.15 + 0.05)),
        "does not clearly beat",
    ),
    "behind production": (
        lambda c, b, p: p.__setitem__(0, accuracy("headline", CURRENT, 0.75)),
        "falls behind production",
    ),
    "general ability lost": (
        lambda c, b, p: b.__setitem__(1, accuracy("general", BASE, 0.54)),
        "a drop of at most 3.0 % is allowed",
    ),
    "too few headline questions": (
        lambda c, b, p: c.__setitem__(0, accuracy("headline", ADAPTER, 0.7, n=99)),
        "measured on 99 questions; at least 100",
    ),
    "too few general questions": (
        lambda c, b, p: c.__setitem__(1, accuracy("general", ADAPTER, 0.5, n=10)),
        "measured on 10 questions; at least 50",
    ),
    "number of questions not stated": (
        lambda c, b, p: c.__setitem__(0, accuracy("headline", ADAPTER, 0.7, n=None)),
        "not a proper figure",
    ),
    "other questions than the base": (
        lambda c, b, p: b.__setitem__(0, accuracy("headline", BASE, 0.1, n=299)),
        "were not measured on the same number",
    ),
    "no interval": (
        lambda c, b, p: c.__setitem__(
            0,
            Evidence(type="headline", subject=ADAPTER, figures=(Figure(name="accuracy", value=0.7, n=300),)),
        ),
        "not a proper figure",
    ),
    "interval upside down": (
        lambda c, b, p: c.__setitem__(0, unchecked("headline", ADAPTER, low=0.8, high=0.6)),
        "not a proper figure",
    ),
    "accuracy past one": (
        lambda c, b, p: c.__setitem__(0, unchecked("headline", ADAPTER, value=1.2, high=1.3)),
        "not a proper figure",
    ),
    "NaN accuracy": (
        lambda c, b, p: c.__setitem__(0, unchecked("headline", ADAPTER, value=math.nan)),
        "no usable evidence of type headline",
    ),
    "NaN bound of the base": (
        lambda c, b, p: b.__setitem__(0, unchecked("headline", BASE, high=math.nan)),
        "base model is missing or is not a proper figure",
    ),
    "infinite production": (
        lambda c, b, p: p.__setitem__(0, unchecked("headline", CURRENT, value=-math.inf)),
        "production is missing or is not a proper figure",
    ),
    "another name for the figure": (
        lambda c, b, p: c.__setitem__(
            0,
            Evidence(type="headline", subject=ADAPTER, figures=(Figure(name="f1", value=1, n=300),)),
        ),
        "headline accuracy of the adapter is missing",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_the_gate_fails_closed(name: str) -> None:
    change, expected = REFUSED[name]

    verdict = verdict_after(change)

    assert not verdict.passed
    assert any(expected in reason for reason in verdict.reasons), verdict.reasons
    assert all(reason.endswith(".") and reason[0].isupper() for reason in verdict.reasons)


def test_a_drop_of_exactly_the_allowed_share_passes() -> None:
    verdict = verdict_after(lambda c, b, p: b.__setitem__(1, accuracy("general", BASE, 0.53)))

    assert verdict.passed


def test_the_own_sample_is_asked_for_where_policy_names_one() -> None:
    policy = Policy(proof=ProofPolicy(sample="labelled.jsonl"))

    def own(share: float | None) -> bool:
        return verdict_after(lambda c, b, p: c.__setitem__(3, proof(own=share)[0]), policy).passed

    assert (own(None), own(0.5), own(0.9)) == (False, False, True)


def test_a_policy_may_also_ask_for_preference_accuracy() -> None:
    policy = Policy(gate=GatePolicy(minimum_preference=0.6))

    missing = verdict_after(lambda c, b, p: None, policy)
    enough = verdict_after(lambda c, b, p: c.append(preferring(0.66, 0.5)), policy)
    too_low = verdict_after(lambda c, b, p: c.append(preferring(0.64, 0.5)), policy)

    assert (missing.passed, enough.passed, too_low.passed) == (False, True, False)


@pytest.mark.parametrize("by_length", [0.61, 0.9, 1.0, 1.1, None])
def test_an_adapter_that_prefers_long_answers_where_those_are_chosen_is_refused(by_length: float | None) -> None:
    policy = Policy(gate=GatePolicy(minimum_preference=0.6))

    verdict = verdict_after(lambda c, b, p: c.append(preferring(0.66, by_length)), policy)

    assert not verdict.passed
    assert "preferring answers by their length alone" in verdict.reasons[0]


def preferring(share: float, by_length: float | None) -> Evidence:
    """Preference evidence, beside what length alone reaches; None leaves that out."""
    seen = accuracy("preference", ADAPTER, share)
    if by_length is None:
        return seen
    alone = Figure.model_construct(name="by_length", value=by_length, n=seen.figures[0].n)
    return seen.model_copy(update={"figures": (*seen.figures, alone)})


@pytest.mark.parametrize(("right", "pairs"), [(1, 1), (4, 4), (7, 8)])
def test_a_few_pairs_show_no_preference(right: int, pairs: int) -> None:
    seen = Evidence(type="preference", subject=ADAPTER, figures=(accuracy_figure(right, pairs),))

    verdict = verdict_after(lambda c, b, p: c.append(seen), Policy(gate=GatePolicy(minimum_preference=0.6)))

    assert not verdict.passed
    assert "Preference accuracy is" in verdict.reasons[0]


def test_a_policy_that_asks_for_nothing_still_wants_general_ability() -> None:
    policy = Policy(gate=GatePolicy(required=(), beat_base=False))

    assert not decide(ADAPTER, [], [], None, policy).passed


def commonest(value: float, n: int | None = 300) -> Change:
    """Headline evidence where always giving the commonest answer is right so often."""
    accurate = accuracy("headline", ADAPTER, 0.70)
    figures = (accurate.figures[0], Figure.model_construct(name="majority", value=value, n=n))
    made = Evidence.model_construct(type="headline", subject=ADAPTER, figures=figures, artifact=None)
    return lambda c, b, p: c.__setitem__(0, made)


@pytest.mark.parametrize("value", [0.65, 0.7, 0.9, 1.0])
def test_an_adapter_that_may_have_learnt_the_commonest_answer_alone_is_refused(value: float) -> None:
    verdict = verdict_after(commonest(value))

    assert not verdict.passed
    assert verdict.reasons == (
        "The adapter does not clearly beat always giving the commonest answer to the headline task (70.0 %, 95 % "
        f"interval 65.0 % to 75.0 % against {value * 100:.1f} %).",
    )


def test_a_policy_may_let_the_commonest_answer_pass() -> None:
    assert verdict_after(commonest(0.9), Policy(gate=GatePolicy(beat_majority=False))).passed
    assert verdict_after(commonest(0.64)).passed


@pytest.mark.parametrize(("value", "n"), [(math.nan, 300), (-1.0, 300), (1.1, 300), (0.1, 299), (0.1, None)])
def test_how_common_the_commonest_answer_is_must_be_a_proper_share_of_the_same_questions(
    value: float, n: int | None
) -> None:
    assert any("It is not recorded how often" in reason for reason in verdict_after(commonest(value, n)).reasons)


NUMBERS = st.one_of(st.none(), st.floats(), st.floats(0, 1), st.sampled_from([0.0, 0.5, 1.0]))
FIGURES = st.builds(
    lambda name, value, low, high, n: Figure.model_construct(name=name, value=value, low=low, high=high, n=n),
    st.sampled_from(["accuracy", "majority", "f1"]), st.one_of(st.floats(), st.floats(0, 1)), NUMBERS, NUMBERS,
    st.one_of(st.none(), st.integers(), st.just(300)),
)  # fmt: skip
PIECES = st.builds(
    lambda kind, subject, figures: Evidence.model_construct(
        type=kind, subject=subject, figures=tuple(figures), artifact=None
    ),
    st.sampled_from(["headline", "general", "pii.scrub", "preference"]),
    st.sampled_from([ADAPTER, BASE, CURRENT]), st.lists(FIGURES, max_size=2),
)  # fmt: skip
MANY = st.lists(PIECES, max_size=4)


@settings(deadline=None)
@given(MANY, MANY, st.one_of(st.none(), MANY), st.booleans())
def test_whatever_the_evidence_the_gate_decides_and_never_passes_a_worse_adapter(
    candidate: list[Evidence], base: list[Evidence], production: list[Evidence] | None, start_good: bool
) -> None:
    if start_good:
        whole = good()
        candidate, base = whole[0] + candidate, whole[1] + base

    verdict = decide(ADAPTER, candidate, base, production, POLICY)

    assert verdict.reasons
    if verdict.passed:
        ours = [f for e in candidate if e.type == "headline" for f in e.figures if f.name == "accuracy"]
        theirs = [f for e in base if e.type == "headline" for f in e.figures if f.name == "accuracy"]
        assert ours[0].low is not None
        assert theirs[0].high is not None
        assert ours[0].low > theirs[0].high


def test_too_few_questions_are_told_before_training() -> None:
    assert not list(foreseen(100, 200, 0, GatePolicy()))
    assert "asks for 100 held-out questions, and there are 99" in next(foreseen(99, 200, 0, GatePolicy()))
    assert not list(foreseen(1, 200, 0, GatePolicy(minimum_headline=1)))


def test_fewer_measured_questions_than_the_gate_asks_for_are_told_before_training() -> None:
    assert list(foreseen(134, 40, 0, GatePolicy())) == [
        "the gate asks for 100 held-out questions: raise evaluate.max_rows (40)"
    ]
    assert not list(foreseen(134, 100, 0, GatePolicy()))
    assert len(list(foreseen(40, 40, 0, GatePolicy()))) == 1, "there are no more to measure"


def test_fewer_general_questions_than_the_gate_asks_for_are_told_before_training() -> None:
    assert foreseen_of_probe(49, GatePolicy()) == (
        "the gate asks for 50 questions of the general probe: raise evaluate.general_rows (49)"
    )
    assert not foreseen_of_probe(50, GatePolicy())


@pytest.mark.parametrize("asked", [{"minimum_preference": 0.0}, {"required": ("headline", "preference")}])
def test_preference_evidence_that_cannot_come_is_told_before_training(asked: dict[str, Any]) -> None:
    policy = GatePolicy(**asked)

    assert "no pair can be held out for it: set dpo.enabled: true" in next(foreseen(100, 200, 0, policy))
    assert not list(foreseen(100, 200, 1, policy))


def test_a_least_preference_that_too_few_pairs_could_never_show_is_told_before_training() -> None:
    policy = GatePolicy(minimum_preference=0.7)
    told = {pairs: bool(list(foreseen(100, 200, pairs, policy))) for pairs in range(1, 30)}

    assert told == {pairs: (accuracy_figure(pairs, pairs).low or 0) < 0.7 for pairs in told}
    assert told[8]
    assert not told[9]


def test_a_clean_reading_of_little_text_passes_and_is_said_to_prove_little() -> None:
    candidate, base, production = good()
    rate = Figure(name="per_100k_characters", value=0.0, low=0.0, high=71.6, n=8)
    candidate[4] = Evidence(type="pii.residual", subject=ADAPTER, figures=(rate,))

    verdict = decide(ADAPTER, candidate, base, production, POLICY)

    assert verdict.passed
    assert (
        "A second detector still finds 0.0 places in 100,000 characters, 95 % interval 0.0 to 71.6; at most 20 are "
        "allowed at the lower end. The interval reaches beyond that: too little text was read to prove much."
    ) in verdict.reasons
