"""Does the evidence allow people to be asked? A pure decision: records in, a verdict out.

Fails closed: evidence that is missing, ambiguous, about something else, not finite or too thin
never passes. The gate only opens the door to approval; it approves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from governance.figures import BY_LENGTH, MAJORITY, accuracy, finite, high, interval, low, only, percent, rate, readable
from governance.integrity import memorization
from governance.integrity.settings import MemorizationPolicy
from governance.licences import evidence as licences
from governance.licences.settings import LicencePolicy
from governance.pii.recall.proof import DIRECT, OWN, RATE, RECALL, RESIDUAL, clean, enough
from governance.policy import GatePolicy, Policy, ProofPolicy
from governance.report.departures import departing
from registry.records import Evidence, Figure, Verdict

CONTINUED = "continual"
"""Type of the evidence about an adapter that goes on from the one in production."""
PREFERENCE = "preference"


@dataclass(frozen=True)
class Check:
    """One rule's outcome, as a whole sentence."""

    passed: bool
    sentence: str


def decide(
    adapter: str,
    candidate: Sequence[Evidence],
    base: Sequence[Evidence],
    production: Sequence[Evidence] | None,
    policy: Policy,
) -> Verdict:
    """The gate's verdict about the adapter with digest `adapter`.

    `candidate` and `base` are the evidence of the adapter and of its base model, `production` that
    of the adapter now in production (None when there is none). A failed verdict lists what failed,
    a passed one what was met. Never raises on bad evidence.
    """
    checks = (
        *check(adapter, candidate, base, production, policy.gate),
        *_scrubbing([e for e in candidate if e.subject == adapter], policy),
        *_memorization(candidate, policy.memorization),
        *_licences([e for e in candidate if e.subject == adapter], policy.licences),
    )
    passed = bool(checks) and all(c.passed for c in checks)
    used = {e.digest for e in (*candidate, *base, *(production or ())) if readable(e)}
    return Verdict(
        subject=adapter,
        policy=policy.digest,
        evidence=tuple(sorted(used)),
        passed=passed,
        reasons=(*(c.sentence for c in checks if passed or not c.passed), *(departing(policy) if passed else ())),
    )


def check(
    adapter: str,
    candidate: Sequence[Evidence],
    base: Sequence[Evidence],
    production: Sequence[Evidence] | None,
    policy: GatePolicy,
) -> tuple[Check, ...]:
    """Every rule of the gate with its outcome, in the order that a reader wants them."""
    return (
        *_evidence_there(adapter, candidate, policy),
        *_one_subject(adapter, base, production),
        *_against_base(candidate, base, policy),
        *_against_majority(candidate, policy),
        *_against_production(candidate, production, policy),
        *_general_ability(candidate, base, policy),
        *_preference(candidate, policy),
    )


def leaks(adapter: str, candidate: Sequence[Evidence], policy: MemorizationPolicy) -> bool:
    """Whether a leak test of the adapter was made and not passed."""
    return any(not one.passed for one in _memorization([e for e in candidate if e.subject == adapter], policy))


def in_order(passed: Sequence[str], evidence: Sequence[Evidence]) -> list[str]:
    """Which of the adapters that passed (digests, the last trained first) people are asked about, the best one first.

    One that goes on from production comes before fresh ones only if it clearly answers more of the headline questions
    than the first of them, by the lower end of its interval: a fresh one carries nothing along.
    """
    grown = {e.subject for e in evidence if e.type == CONTINUED}
    fresh, continued = ([one for one in passed if (one in grown) is side] for side in (False, True))
    if not fresh or not continued:
        return list(passed)
    figures = [accuracy([e for e in evidence if e.subject == side[0]], "headline") for side in (continued, fresh)]
    better = figures[0] and figures[1] and low(figures[0]) > figures[1].value
    return [*continued, *fresh] if better else [*fresh, *continued]


def _evidence_there(adapter: str, candidate: Sequence[Evidence], policy: GatePolicy) -> Iterator[Check]:
    strangers = sorted({e.type for e in candidate if e.subject != adapter})
    if strangers:
        yield Check(False, f"The evidence {', '.join(strangers)} is about something other than this adapter.")
    for kind in policy.required:
        found = {e.digest for e in candidate if e.type == kind and e.subject == adapter and readable(e)}
        if not found:
            yield Check(False, f"There is no usable evidence of type {kind}, which the policy requires.")
        elif len(found) > 1:
            yield Check(False, f"There are {len(found)} different pieces of evidence of type {kind}.")
        else:
            yield Check(True, f"Evidence of type {kind} is there.")


def _one_subject(adapter: str, base: Sequence[Evidence], production: Sequence[Evidence] | None) -> Iterator[Check]:
    if any(e.subject == adapter for e in base):
        yield Check(False, "The evidence given for the base model is about the adapter itself.")
    for name, evidence in (("the base model", base), ("production", production or ())):
        if len({e.subject for e in evidence}) > 1:
            yield Check(False, f"The evidence given for {name} is about more than one model.")


def _against_base(candidate: Sequence[Evidence], base: Sequence[Evidence], policy: GatePolicy) -> Iterator[Check]:
    ours, theirs = accuracy(candidate, "headline"), accuracy(base, "headline")
    if ours is None:
        yield Check(False, "The headline accuracy of the adapter is missing or is not a proper figure.")
        return
    yield _enough(ours, policy.minimum_headline, "headline")
    if not policy.beat_base:
        return
    if theirs is None:
        yield Check(False, "The headline accuracy of the base model is missing or is not a proper figure.")
        return
    yield _same_questions(ours, theirs, "base model", "headline")
    better = low(ours) > high(theirs)
    verb = "beats" if better else "does not clearly beat"
    yield Check(
        better,
        f"The adapter {verb} its base on the headline task ({interval(ours)} against {interval(theirs)}).",
    )


def _against_majority(candidate: Sequence[Evidence], policy: GatePolicy) -> Iterator[Check]:
    """Where nine answers of ten are alike, one that has read no question is right nine times of ten."""
    if policy.beat_majority:
        yield from _beyond(candidate, "headline", MAJORITY, "always giving the commonest answer to the headline task")


def _beyond(candidate: Sequence[Evidence], kind: str, name: str, rule: str) -> Iterator[Check]:
    """The accuracy beside the figure of that name, which a `rule` that has read nothing reaches."""
    ours, figure = accuracy(candidate, kind), only(candidate, kind, name)
    if ours is None:
        return
    if figure is None or not 0 <= figure.value <= 1 or figure.n != ours.n:
        yield Check(False, f"It is not recorded how often {rule} is right.")
        return
    better = low(ours) > figure.value
    verb = "beats" if better else "does not clearly beat"
    yield Check(better, f"The adapter {verb} {rule} ({interval(ours)} against {percent(figure.value)}).")


def _against_production(
    candidate: Sequence[Evidence], production: Sequence[Evidence] | None, policy: GatePolicy
) -> Iterator[Check]:
    if production is None:
        yield Check(True, "Nothing is in production yet, so there is nothing to fall behind.")
        return
    ours, theirs = accuracy(candidate, "headline"), accuracy(production, "headline")
    if theirs is None:
        yield Check(False, "The headline accuracy of the adapter in production is missing or is not a proper figure.")
        return
    if ours is None:
        return
    yield _same_questions(ours, theirs, "adapter in production", "headline")
    least = theirs.value - policy.production_tolerance
    good = ours.value >= least - 1e-12
    verb = "keeps up with" if good else "falls behind"
    yield Check(
        good,
        f"The adapter {verb} production on the headline task "
        f"({percent(ours.value)}; at least {percent(least)} is asked for).",
    )


def _general_ability(candidate: Sequence[Evidence], base: Sequence[Evidence], policy: GatePolicy) -> Iterator[Check]:
    ours, theirs = accuracy(candidate, "general"), accuracy(base, "general")
    if ours is None or theirs is None:
        whose = "adapter" if ours is None else "base model"
        yield Check(False, f"The general ability of the {whose} is missing or is not a proper figure.")
        return
    yield _enough(ours, policy.minimum_general, "general")
    yield _same_questions(ours, theirs, "base model", "general")
    drop = theirs.value - ours.value
    kept = drop <= policy.general_drop + 1e-12
    sentence = f"General ability went from {percent(theirs.value)} to {percent(ours.value)}"
    yield Check(kept, f"{sentence}; a drop of at most {percent(policy.general_drop)} is allowed.")


def _preference(candidate: Sequence[Evidence], policy: GatePolicy) -> Iterator[Check]:
    if policy.minimum_preference is None:
        return
    ours = accuracy(candidate, PREFERENCE)
    if ours is None:
        yield Check(False, "The preference accuracy of the adapter is missing or is not a proper figure.")
        return
    asked = f"at least {percent(policy.minimum_preference)} is asked for at the lower end"
    good = low(ours) >= policy.minimum_preference
    yield Check(good, f"Preference accuracy is {interval(ours)}; {asked}.")
    if policy.beat_majority and policy.minimum_preference > 0:
        yield from _beyond(candidate, PREFERENCE, BY_LENGTH, "preferring answers by their length alone")


def _scrubbing(candidate: Sequence[Evidence], policy: Policy) -> Iterator[Check]:
    """What the policy of today asks of the scrubbing's proof, whatever the run asked that recorded it."""
    rules = policy.proof
    names = (DIRECT, *((OWN + DIRECT,) if rules.sample is not None else ()))
    for recall in (e for e in candidate if e.type == RECALL):
        for name in names:
            figure = only([recall], RECALL, name)
            good = enough(figure, rules.minimum_recall_direct)
            said = interval(figure) if figure and finite(figure.low, figure.high) else "no proper figure"
            asked = f"at least {percent(rules.minimum_recall_direct)} is asked for at the lower end"
            yield Check(good, f"Recall of direct identifiers ({name}) is {said}; {asked}.")
    for residual in (e for e in candidate if e.type == RESIDUAL):
        figure = only([residual], RESIDUAL, RATE)
        good = clean(figure, rules.maximum_residual)
        allowed = f"at most {rules.maximum_residual:g} are allowed at the lower end"
        yield Check(good, f"A second detector still finds {rate(figure)}; {allowed}.{_thin(figure, rules)}")


def _thin(figure: Figure | None, rules: ProofPolicy) -> str:
    """A word of warning where the interval reaches beyond what is allowed: a few clean texts pass and prove little."""
    if figure is None or not clean(figure, rules.maximum_residual) or high(figure) <= rules.maximum_residual:
        return ""
    return " The interval reaches beyond that: too little text was read to prove much."


def _memorization(candidate: Sequence[Evidence], policy: MemorizationPolicy) -> Iterator[Check]:
    """Whether a leak test is required is for `gate.required` to say; one that was made must be passed."""
    for evidence in candidate:
        if evidence.type == memorization.TYPE:
            yield from (Check(f.passed, f.sentence) for f in memorization.findings(evidence.figures, policy))


def _licences(candidate: Sequence[Evidence], policy: LicencePolicy) -> Iterator[Check]:
    """Every use that adapters are made for must be allowed by everything this one is made of."""
    for evidence in (e for e in candidate if e.type == licences.TYPE):
        for use in policy.uses:
            figure = only([evidence], licences.TYPE, licences.refused(use))
            if figure is None or not finite(figure.value):
                yield Check(False, f"It is not recorded whether its licences allow the use {use}.")
            else:
                allow = "allow" if figure.value == 0 else "refuse"
                yield Check(figure.value == 0, f"The licences of what it is made of {allow} the use {use}.")


def _enough(figure: Figure, least: int, task: str) -> Check:
    n = figure.n or 0
    return Check(n >= least, f"The {task} task was measured on {n} questions; at least {least} are asked for.")


def _same_questions(ours: Figure, theirs: Figure, other: str, task: str) -> Check:
    same = ours.n == theirs.n
    verb = "were" if same else "were not"
    return Check(same, f"Adapter and {other} {verb} measured on the same number of {task} questions.")
