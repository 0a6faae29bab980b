"""The stages that go on from production: what is new since it learnt, what is fair to measure by, one more training.

Beside the fresh adapter, never instead of it: which of both people are asked about is the gate's to say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from flows import console
from flows.anchoring import and_fisher, file_of
from flows.house import House, suites_of
from flows.licences import admit
from flows.replaying import with_replay
from flows.stage import Done, Inputs, Stage
from flows.stages import train_dpo
from flows.training.continuing import Forerunner, Left, WhyNot, judged, measurable, objection
from governance.gates import CONTINUED
from governance.integrity import memorization
from registry.database.store import Registry
from registry.errors import DigestMismatch, Erased, LicenceRefused, Refused
from registry.records import (
    Adapter,
    Base,
    Dataset,
    Digest,
    Evidence,
    Figure,
    Reason,
    Rejected,
    Release,
    TrainingRun,
    ValidatedBatch,
)  # fmt: skip
from registry.tables import read_table, write_table

if TYPE_CHECKING:
    from flows.datasets.delta import Unit

COMPARE = Stage("compare", Evidence, 2)
APART = Stage("set apart", Dataset, 2)
DELTA = Stage("delta", Dataset)
TRAIN = Stage("train on", TrainingRun)
ABOUT = Stage("continued", Evidence)
HELD_OUT = "held out but learnt"
SUITES = "learnt but in a suite"


@dataclass(frozen=True)
class Continued:
    """Production's adapter trained on with `dataset`. `measured` is what all candidates are fairly measured by.

    `compared` tells how many rows were new, known and gone; `preferred` is preference training on `pairs` behind it.
    """

    before: Forerunner
    run: TrainingRun
    dataset: Dataset
    measured: Dataset
    compared: Evidence
    preferred: TrainingRun | None = None
    pairs: Dataset | None = None

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
        console.warn(f"not continued ({continued.reason}): {continued.sentence}")
        return None
    return continued


def prefer(house: House, base: Base, pairs: Dataset | None, continued: Continued | None) -> Continued | None:
    """With the preference training behind it that the fresh one has, on the same pairs; what fails here is told, and
    costs none of both."""
    if continued is None:
        return None
    try:
        return replace(continued, preferred=train_dpo(house, base, pairs, continued.run), pairs=pairs)
    except (Refused, Erased, DigestMismatch) as error:
        console.warn(f"no preference training behind what goes on: {error.message}")
        return continued


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
    dataset = with_replay(house, base, _delta(house, before, measured), made[1].train.rows)
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
    compared = _compared(house, before, valid, questions)
    counts = {figure.name: int(figure.value) for figure in compared.figures}
    if left := judged(before, counts["new"], counts["gone"], counts[SUITES]):
        return left
    measured = _set_apart(house, before, questions) if counts[HELD_OUT] else questions
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


def _compared(house: House, before: Forerunner, valid: ValidatedBatch, questions: Dataset) -> Evidence:
    """How many rows are new, known and gone, and how many it has learnt of held-out ones and of suites' questions."""
    suites, asked = suites_of(house)

    def work(_: Path) -> Done[Evidence]:
        from flows.datasets.delta import delta, of_suites, offered

        artifacts = house.workspace.artifacts
        train = [str(one) for one in read_table(questions.train, artifacts)["id"].to_pylist()]
        learnt, section = _learnt(house, before), house.pipeline.build
        found = delta(learnt, train, offered(valid.rows, section, artifacts))
        counts = {
            "new": len(found.new), "known": len(found.known), "gone": len(found.gone),
            HELD_OUT: len(_held_out_learnt(house, learnt, questions)),
            SUITES: len(of_suites(learnt, suites, section.contamination_share)),
        }  # fmt: skip
        figures = tuple(Figure(name=name, value=float(count)) for name, count in counts.items())
        return Done(Evidence(type=CONTINUED, subject=questions.digest, figures=figures))

    return house.once(COMPARE, Inputs((questions, valid, before.adapter), (house.pipeline.build,), asked), work)


def _learnt(house: House, before: Forerunner) -> list[Unit]:
    """Every row that led to it. Raises Erased, DigestMismatch."""
    tables = [read_table(one.train, house.workspace.artifacts) for one in before.datasets]
    return [row for table in tables for row in table.to_pylist()]


def _held_out_learnt(house: House, learnt: list[Unit], questions: Dataset) -> frozenset[str]:
    from flows.datasets.delta import learnt_of

    held_out = read_table(questions.held_out, house.workspace.artifacts).to_pylist()
    return learnt_of(held_out, learnt, house.pipeline.build.contamination_share)


def _set_apart(house: House, before: Forerunner, questions: Dataset) -> Dataset:
    """The dataset without the held-out rows whose questions production has learnt."""

    def work(scratch: Path) -> Done[Dataset]:
        from flows.datasets.card import with_card

        artifacts, seen = house.workspace.artifacts, _held_out_learnt(house, _learnt(house, before), questions)
        table = read_table(questions.held_out, artifacts)
        ids = table["id"].to_pylist()
        kept = table.filter([one not in seen for one in ids])
        fair = questions.model_copy(update={
            "held_out": write_table(kept, artifacts, scratch, "measured"),
            "rejected": (*questions.rejected, *(_contaminated(one) for one in ids if one in seen)),
        })  # fmt: skip
        return Done(with_card(fair, artifacts, scratch))

    extra = (str(house.pipeline.build.contamination_share),)
    return house.once(APART, Inputs((questions, before.adapter), extra=extra), work)


def _contaminated(row: str) -> Rejected:
    return Rejected(what="row", place=row, reason=Reason.CONTAMINATED, detail="production has learnt its question")


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

    found = delta(_learnt(house, before), ids, Offer(frozenset()))
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

        admit(house, base, (dataset, *before.datasets))
        origin, place = (base, before.runs[-1]), (house.workspace.artifacts, scratch)
        with console.bar("train on") as report:
            return Done(train_on(dataset, origin, house.pipeline.sft, place, report, file_of(house, fisher)))

    parents = and_fisher((base, dataset, before.adapter), fisher)
    return house.once(TRAIN, Inputs(parents, (house.pipeline.sft,)), work)
