"""The stages that go on from production: what is new since it learnt, what is fair to measure by, one more training.

Beside the fresh adapter, never instead of it: which of both people are asked about is the gate's to say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from flows import console
from flows.house import House
from flows.stage import Done, Inputs, Stage
from flows.training.continuing import Forerunner, Left, WhyNot, judged, measurable, objection
from flows.walk.anchoring import and_fisher, file_of
from flows.walk.learnt import HELD_OUT, SUITES, compared_with, fair_pairs, learnt_by, set_apart
from flows.walk.licences import admit, admit_to_train
from flows.walk.replaying import with_replay
from flows.walk.selecting import learnt
from flows.walk.stages import train_dpo
from governance.foreseeing import asks_for_pairs
from governance.integrity import memorization
from registry.database.store import Registry
from registry.decisions.dossier import read
from registry.decisions.grounds import refuse_if_revoked
from registry.errors import DigestMismatch, Erased, LicenceRefused, Refused, Revoked
from registry.records import (
    Adapter,
    Base,
    Dataset,
    Digest,
    Evidence,
    Release,
    TrainingRun,
    ValidatedBatch,
)  # fmt: skip
from registry.tables import read_table, write_table

DELTA = Stage("delta", Dataset)
TRAIN = Stage("train on", TrainingRun)
ABOUT = Stage("continued", Evidence)


@dataclass(frozen=True)
class Continued:
    """Production's adapter trained on with `dataset`. `measured` is what all candidates are fairly measured by.

    `compared` tells how many rows were new, known and gone; `preferred` is preference training on `pairs` behind it,
    and `weighed` are those pairs with only the held-out ones that are fair.
    """

    before: Forerunner
    run: TrainingRun
    dataset: Dataset
    measured: Dataset
    compared: Evidence
    preferred: TrainingRun | None = None
    pairs: Dataset | None = None
    weighed: Dataset | None = None

    @property
    def runs(self) -> frozenset[Digest]:
        """The trainings of this retraining that went on from production."""
        return frozenset(one.digest for one in (self.run, self.preferred) if one)


def go_on(
    house: House,
    base: Base,
    made: tuple[ValidatedBatch, Dataset],
    fisher: Evidence | None = None,
    leak_test_now: bool = False,
) -> Continued | None:
    """Production's adapter, trained on what it has not learnt yet. None, told why, where only the fresh one may be.

    `made` is what documents offer and the questions that were built from it; `fisher` is for `sft.ewc`. What fails
    here costs the fresh adapter nothing.
    """
    if not house.pipeline.continual.enabled:
        return None
    try:
        continued = _gone_on(house, base, made, fisher, leak_test_now)
    except (Refused, Erased, DigestMismatch) as error:
        continued = Left(WhyNot.TRAINING_FAILED, error.message)
    if isinstance(continued, Left):
        _say(continued)
        return None
    return continued


def _say(left: Left) -> None:
    console.warn(f"not continued ({left.reason}): {left.sentence}")


def prefer(house: House, base: Base, pairs: Dataset | None, continued: Continued | None) -> Continued | None:
    """With the preference training behind it that the fresh one has, on the same pairs; what fails there is told, and
    costs none of both. None, told why, where no pair is left that is fair to measure by."""
    if continued is None or pairs is None:
        return continued
    weighed = _weighed(house, continued.before, pairs)
    if isinstance(weighed, Left):
        _say(weighed)
        return None
    continued = replace(continued, pairs=pairs, weighed=weighed)
    try:
        return replace(continued, preferred=train_dpo(house, base, pairs, continued.run))
    except (Refused, Erased, DigestMismatch) as error:
        console.warn(f"no preference training behind what goes on: {error.message}")
        return continued


def _weighed(house: House, before: Forerunner, pairs: Dataset) -> Dataset | Left:
    """The pairs with those held out that are fair; why not, where policy asks for some and production learnt all."""
    try:
        weighed = fair_pairs(house, before, pairs)
    except (Refused, Erased, DigestMismatch) as error:
        return Left(WhyNot.TRAINING_FAILED, error.message)
    left = measurable(before, (pairs.held_out.rows, weighed.held_out.rows), 1)
    return left if left and weighed is not pairs and asks_for_pairs(house.policy.gate) else weighed


def _gone_on(
    house: House, base: Base, made: tuple[ValidatedBatch, Dataset], fisher: Evidence | None, leak_test_now: bool
) -> Continued | Left:
    before = _before(house, base, leak_test_now)
    if isinstance(before, Left):
        return before
    ready = _ready(house, before, *made)
    if isinstance(ready, Left):
        return ready
    measured, compared = ready
    dataset = with_replay(house, base, learnt(house, _delta(house, before, measured)), made[1].train.rows)
    return Continued(before, _trained(house, base, (before, dataset), fisher), dataset, measured, compared)


def record_growth(house: House, continued: Continued, subject: Adapter) -> Evidence:
    """What was new to the adapter that it goes on from, as evidence about it."""
    evidence = continued.compared.model_copy(update={"subject": subject.digest})
    inputs = Inputs((continued.compared, continued.before.adapter, subject))
    return house.once(ABOUT, inputs, lambda _: Done(evidence))


def _ready(
    house: House, before: Forerunner, valid: ValidatedBatch, questions: Dataset
) -> tuple[Dataset, Evidence] | Left:
    """What to measure by, and how production compares with what is offered now."""
    compared = compared_with(house, before, valid, questions)
    counts = {figure.name: int(figure.value) for figure in compared.figures}
    if left := judged(before, counts["new"], counts["gone"], counts[SUITES]):
        return left
    measured = set_apart(house, before, questions) if counts[HELD_OUT] else questions
    sides = questions.held_out.rows, measured.held_out.rows
    return measurable(before, sides, house.policy.gate.minimum_headline) or (measured, compared)


def in_force(house: House) -> Release | Left:
    """What is in production by serving's own rule. Raises IntegrityError."""
    from registry.audit.clock import require_clock
    from registry.release.past import moment
    from registry.trust.seen import trust_of

    alias, now = house.pipeline.alias, datetime.now(UTC)
    with Registry.open(house.workspace.registry, house.actor) as registry:
        if registry.current(alias) is None:
            return Left(WhyNot.NOTHING_RELEASED, f"nothing is in {alias} yet")
        trust = trust_of(house.workspace, now)
        require_clock(registry, trust)
        meant = moment(registry, [trust], alias, now)
    return meant.release if meant.refusal is None else Left(WhyNot.NOT_IN_FORCE, meant.refusal.message)


def _before(house: House, base: Base, leak_test_now: bool) -> Forerunner | Left:
    """What is in production, if it may be gone on from. Raises IntegrityError."""
    release = in_force(house)
    if isinstance(release, Left):
        return release
    with Registry.open(house.workspace.registry, house.actor) as registry:
        before = _forerunner(registry, release.adapter)
        try:
            refuse_if_revoked(read(registry, release.adapter))
        except Revoked as error:  # nobody could approve what goes on from it
            return Left(WhyNot.REVOKED_BEFORE, error.message)
    return objection(before, base, house.pipeline.sft) or _refused(house, base, before, leak_test_now) or before


def _forerunner(registry: Registry, adapter: Adapter) -> Forerunner:
    from registry.lineage.provenance import provenance_of

    runs = provenance_of(registry, adapter).runs
    found = registry.many(run.dataset for run in runs).values()
    return Forerunner(adapter, runs, tuple(one for one in found if isinstance(one, Dataset)))


def _refused(house: House, base: Base, before: Forerunner, leak_test_now: bool) -> Left | None:
    """What policy has against it: licences of what it learnt, and a leak test that says nothing about it."""
    policy = house.policy
    if leak_test_now or policy.memorization.when == "every_run" or memorization.TYPE in policy.gate.required:
        return Left(WhyNot.LEAK_TEST, "a leak test is asked for, which trains from the base model alone")
    try:
        admit(house, base, before.datasets)
    except LicenceRefused as error:
        return Left(WhyNot.LICENCE_REFUSED, error.message)
    return None


def _delta(house: House, before: Forerunner, measured: Dataset) -> Dataset:
    """New rows, and behind them a share of the known ones; another share for each adapter that is gone on from."""

    def work(scratch: Path) -> Done[Dataset]:
        from flows.datasets.card import with_card

        artifacts = house.workspace.artifacts
        table = read_table(measured.train, artifacts)
        rows = table.take(_drawn(house, before, table["id"].to_pylist()))
        held_out = read_table(measured.held_out, artifacts)
        made = Dataset(
            purpose="sft", train=write_table(rows, artifacts, scratch, "delta"), held_out=measured.held_out,
            licences=_counts(rows["licence"].to_pylist(), held_out["licence"].to_pylist()),
            origins=_counts(rows["origin"].to_pylist(), held_out["origin"].to_pylist()), rejected=(),
        )  # fmt: skip
        return Done(with_card(made, artifacts, scratch))

    inputs = Inputs((measured, before.adapter), (house.pipeline.continual,), (str(house.pipeline.sft.seed),))
    return house.once(DELTA, inputs, work)


def _drawn(house: House, before: Forerunner, ids: Sequence[str]) -> list[int]:
    """Places of the new rows, then of the known ones that are drawn."""
    from flows.datasets.delta import Offer, delta, history

    found = delta(learnt_by(house, before), ids, Offer(frozenset()))
    new, share = frozenset(found.new), house.pipeline.continual.history
    again = history(found.known, share, before.adapter.digest, house.pipeline.sft.seed)
    return [n for wanted in (new, again) for n, one in enumerate(ids) if one in wanted]


def _counts(*names: Sequence[str]) -> dict[str, int]:
    return dict(sorted(Counter(name for side in names for name in side).items()))


def _trained(house: House, base: Base, material: tuple[Forerunner, Dataset], fisher: Evidence | None) -> TrainingRun:
    """From production's weights, held to the base as the fresh one is; resumes after a kill."""
    before, dataset = material

    def work(scratch: Path) -> Done[TrainingRun]:
        from flows.training.runs import train_on

        admit_to_train(house, base, (dataset, *before.datasets))
        origin, place = (base, before.runs[-1]), (house.workspace.artifacts, scratch)
        with console.training("train on", scratch) as report:
            return Done(train_on(dataset, origin, house.pipeline.sft, place, report, file_of(house, fisher)))

    parents = and_fisher((base, dataset, before.adapter), fisher)
    return house.once(TRAIN, Inputs(parents, (house.pipeline.sft.keyed,)), work)
