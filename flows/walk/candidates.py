"""The last stages of the walk: describe the adapter, measure it, let the gate decide, sign."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Literal

from flows import console
from flows.house import House
from flows.stage import Done, Inputs, Stage
from flows.status.standing import AFTER_REFUSAL
from flows.training.continuing import Left
from flows.walk.continuing import Continued, in_force, record_growth
from flows.walk.licences import admit, record_licences
from flows.walk.privacy import Proof, record_proof
from governance.gates import in_order
from registry.commands.session import signatory
from registry.database.store import Registry
from registry.errors import GateRefused
from registry.records import (
    Adapter,
    Base,
    Dataset,
    Digest,
    Evidence,
    Figure,
    Record,
    ScrubbedSet,
    TrainingRun,
    Verdict,
)  # fmt: skip

ADAPTER = Stage("adapter", Adapter, 2)
EVIDENCE = Stage("evaluate", Evidence, 5)
GATE = Stage("gate", Verdict)
Kind = Literal["headline", "general"]
KINDS: tuple[Kind, ...] = ("headline", "general")


def register(
    house: House,
    base: Base,
    tuned: tuple[TrainingRun, Dataset],
    preferred: tuple[TrainingRun | None, Dataset | None],
    continued: Continued | None = None,
) -> tuple[Adapter, ...]:
    """The SFT adapter, the DPO adapter made from it and those that go on from production, where there are such:
    described, checked, signed."""
    run, questions = tuned
    adapters = [_described(house, base, run, (questions,))]
    if preferred[0] is not None and preferred[1] is not None:
        adapters.append(_described(house, base, preferred[0], (questions, preferred[1])))
    if continued is not None:
        learnt, before = (continued.dataset,), continued.before.datasets
        adapters.append(_described(house, base, continued.run, learnt, before))
        if continued.preferred is not None and continued.pairs is not None:
            adapters.append(_described(house, base, continued.preferred, (*learnt, continued.pairs), before))
    for subject in adapters:
        _sign(house, subject)
    return tuple(adapters)


def evaluate(
    house: House,
    base: Base,
    rows: tuple[Dataset, Dataset | None],
    adapters: Sequence[Adapter],
    proof: Proof,
    continued: Continued | None = None,
) -> tuple[Evidence, ...]:
    """Base, adapters and production on the held-out rows and the general probe; which of two answers the adapters
    prefer; how well they were scrubbed; what their licences ask.

    `rows` are questions, and pairs where there are such.
    """
    dataset, pairs = rows
    kinds = KINDS if house.pipeline.evaluate.general_rows else ("headline",)
    measured = [_measured(house, base, None, dataset, kind) for kind in kinds]
    for subject in adapters:
        measured += [_measured(house, base, subject, dataset, kind) for kind in kinds]
        measured += _preferred(house, base, subject, pairs)
        measured.append(_privacy(house, proof.scrubbed, subject))
        measured += (*record_proof(house, proof, subject), *_spent(house, subject), record_licences(house, subject))
        if continued is not None and subject.run in continued.runs:
            measured.append(record_growth(house, continued, subject))
    serving = _in_production(house)
    if serving and serving[1] not in adapters:
        measured += [_measured(house, *serving, dataset, kind) for kind in kinds]
    return tuple(measured)


def gate(house: House, base: Base, adapters: Sequence[Adapter], evidence: Sequence[Evidence]) -> list[str]:
    """Policy decides about each, on signed evidence; the versions that pass, first the one to ask people about.

    Raises GateRefused when none does.
    """
    _vouch(house, evidence)
    verdicts = [_verdict(house, base, subject, evidence) for subject in adapters]
    if not any(verdict.passed for verdict in verdicts):
        last, reasons = adapters[-1].version, " ".join(verdicts[-1].reasons)
        raise GateRefused(f"no candidate meets the policy; {last}: {reasons}", AFTER_REFUSAL)
    passed = {verdict.subject for verdict in verdicts if verdict.passed}
    latest_first = [subject for subject in reversed(adapters) if subject.digest in passed]
    versions = {subject.digest: subject.version for subject in latest_first}
    return [versions[digest] for digest in in_order(list(versions), evidence)]


def _described(
    house: House, base: Base, run: TrainingRun, datasets: Sequence[Dataset], before: Sequence[Dataset] = ()
) -> Adapter:
    """What would be served: weights that are finite and servable, with the licences of all they learnt from.

    `before` are the data sets of the runs that it goes on from.
    """

    def work(scratch: Path) -> Done[Adapter]:
        from flows.training.describe import describe

        admit(house, base, (*datasets, *before))
        licences: Counter[str] = Counter()
        for dataset in (*datasets, *before):
            licences.update(dataset.licences)
        named = (house.pipeline.adapter, dict(sorted(licences.items())))
        return Done(describe(named, run, base, house.workspace.artifacts))

    inputs = Inputs((base, run, *datasets), (house.policy.licences,), (house.pipeline.adapter,))
    return house.once(ADAPTER, inputs, work)


def _measured(house: House, base: Base, subject: Adapter | None, dataset: Dataset, kind: Kind) -> Evidence:
    from flows.evaluation.measure import suite_digest

    section = house.pipeline.evaluate

    def work(scratch: Path) -> Done[Evidence]:
        from flows.evaluation.measure import measure

        place = (house.workspace.artifacts, scratch)
        with console.bar(f"evaluate {kind}") as report:
            return Done(measure(kind, (base, subject), dataset, section, place, report))

    rests_on = (base, subject, dataset if kind == "headline" else None)  # the probe is the same whatever is learnt
    parents: tuple[Record, ...] = tuple(one for one in rests_on if one is not None)
    return house.once(EVIDENCE, Inputs(parents, (section,), (kind, suite_digest())), work)


def _preferred(house: House, base: Base, subject: Adapter, pairs: Dataset | None) -> Sequence[Evidence]:
    """Reward accuracy on the pairs that nobody was trained on; nothing where there are none."""
    section = house.pipeline.evaluate
    if pairs is None or not pairs.held_out.rows or not section.preference_rows:
        return ()

    def work(scratch: Path) -> Done[Evidence]:
        from flows.evaluation.preferred import preferred

        artifacts, parent = house.workspace.artifacts, _run(house, subject.run).parent
        began = artifacts.verified(_run(house, parent).weights) if parent else None
        weights = (artifacts.verified(subject.weights), began)
        with console.bar("evaluate preference") as report:
            place = (artifacts, scratch)
            return Done(preferred(pairs.held_out, (subject.digest, base), weights, section, place, report))

    inputs = Inputs((base, subject, pairs), (section,), ("preference", "by length"))
    return (house.once(EVIDENCE, inputs, work),)


def _privacy(house: House, scrubbed: ScrubbedSet, subject: Adapter) -> Evidence:
    """What the scrubber found in the documents that the adapter learnt from."""
    figures = tuple(Figure(name=name, value=float(count)) for name, count in sorted(scrubbed.entities.items()))
    total = Figure(name="found", value=float(sum(scrubbed.entities.values())), n=scrubbed.units.rows)
    evidence = Evidence(type="pii.scrub", subject=subject.digest, figures=(total, *figures))
    return house.once(EVIDENCE, Inputs((scrubbed, subject), (), ("pii.scrub",)), lambda _: Done(evidence))


def _spent(house: House, subject: Adapter) -> Sequence[Evidence]:
    """Epsilon and delta of an adapter that was trained with differential privacy, for each row of its data."""
    section = house.pipeline.sft
    if section.privacy is None:
        return ()
    run = _run(house, subject.run)

    def work(_: Path) -> Done[Evidence]:
        from flows.training.private import budget

        spent = asdict(budget(section, run.rows))
        figures = tuple(Figure(name=name, value=float(value), n=run.rows) for name, value in spent.items())
        return Done(Evidence(type="pii.dp", subject=subject.digest, figures=figures))

    return (house.once(EVIDENCE, Inputs((run, subject), (section.keyed,), ("pii.dp",)), work),)


def _run(house: House, digest: Digest) -> TrainingRun:
    with Registry.open(house.workspace.registry, house.actor) as registry:
        run = registry.get(digest)
    assert isinstance(run, TrainingRun)
    return run


def _verdict(house: House, base: Base, subject: Adapter, evidence: Sequence[Evidence]) -> Verdict:
    """Policy decides, against the base and against what is in production now.

    What was already released under this policy is not judged again, unless a leak test speaks against it: it must stay
    ready to roll back to.
    """
    from governance.gates import decide, leaks

    with Registry.open(house.workspace.registry, house.actor) as registry:
        releases = registry.releases(house.pipeline.alias)
        said = [verdict for verdict in registry.all(Verdict) if verdict.subject == subject.digest]
    known = [verdict for verdict in said if verdict.policy == house.policy.digest]
    released = any(release.adapter.digest == subject.digest for release in releases)
    tells = leaks(subject.digest, evidence, house.policy.memorization)
    stands = bool(known) and released and known[-1].passed and not tells
    if stands and known[-1] == said[-1]:
        return known[-1]
    serving = releases[-1].adapter.digest if releases else None
    production = tuple(e for e in evidence if e.subject == serving) if _in_production(house) else None
    own = tuple(e for e in evidence if e.subject == subject.digest)
    of_base = tuple(e for e in evidence if e.subject == base.digest)
    compared = tuple(dict.fromkeys((base.digest, *([serving] if serving else []))))
    decided = decide(subject.digest, own, of_base, production, house.policy).model_copy(update={"against": compared})
    verdict = _last_word(known[-1] if stands else decided, said)
    inputs = Inputs((subject, *own, *of_base, *(production or ())), (house.policy,), (verdict.digest,))
    return house.once(GATE, inputs, lambda _: Done(verdict))


def _last_word(verdict: Verdict, said: Sequence[Verdict]) -> Verdict:
    """The registry goes by the last of what was `said`, under whatever policy: what was said before that, as where
    production was rolled back or a policy put back, is said once more."""
    before = [one.model_copy(update={"after": 0}) for one in said]
    verdict = verdict.model_copy(update={"after": 0})
    if verdict not in before:
        return verdict
    return said[-1] if verdict == before[-1] else verdict.model_copy(update={"after": len(said)})


def _in_production(house: House) -> tuple[Base, Adapter] | None:
    """What the alias means now: a retrained adapter is compared with it on the same questions.

    None where serving would refuse it: its weights may be erased, and there is nothing to fall behind.
    """
    release = in_force(house)
    return None if isinstance(release, Left) else (release.base, release.adapter)


def _vouch(house: House, measured: Sequence[Evidence]) -> None:
    """The pipeline's signature over every figure that the gate looks at."""
    from registry.decisions.evidence import sign_evidence

    by = signatory(house.workspace, house.pipeline.signing_key)
    with Registry.open(house.workspace.registry, house.actor) as registry:
        sign_evidence(registry, measured, by)


def _sign(house: House, subject: Adapter) -> None:
    """The pipeline's signature over the adapter's files, in the OpenSSF Model Signing format."""
    from registry.signatures.adapters import sign_adapter

    by = signatory(house.workspace, house.pipeline.signing_key)
    with Registry.open(house.workspace.registry, house.actor) as registry:
        sign_adapter(registry, house.workspace, subject, by)
