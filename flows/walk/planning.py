"""Before a run: what its trainings would take, with nothing written to the registry.

Finished stages are looked up. Where the rows are not built yet, they are read and built aside, without scrubbing, which
changes their words but hardly their number or length; they are gone when the plan is made.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from flows import console
from flows.datasets.replay import BATCH, rows_beside
from flows.house import suites_of
from flows.training.planning.plan import Plan, steps_of, tokens_seen, warmed
from flows.training.selection import selected
from flows.training.settings import DpoSection, LoraSection, SftSection
from flows.walk import stages
from flows.walk.anchoring import weigh_base
from flows.walk.foreseeing import forewarn, forewarn_of_tests, most_examples
from flows.walk.licences import admit
from flows.walk.replaying import own_rows, to_draw
from flows.walk.shelf import NotYet, Shelf, built
from registry.artifacts import Artifacts
from registry.database.store import Registry
from registry.records import Base, Dataset, Table
from registry.tables import read_table
from registry.workspace import key_directory

if TYPE_CHECKING:
    import pyarrow as pa

    from flows.datasets.assemble import Sieve
    from flows.search.speed import Pace


def plan_run(shelf: Shelf) -> tuple[Plan, ...]:
    """SFT's plan and, where they are enabled, what the base's own rows and weighing it take, and the most that DPO and
    going on can.

    Raises Unservable, LicenceRefused, NothingToLearn, DoesNotFit, ConfigError for an epsilon that no noise ends at, and
    whatever reading documents, building rows and loading the base model raise.
    """
    from flows.datasets.learnable import learnable_by

    shelf.workspace.scratch.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=shelf.workspace.scratch, prefix="plan-") as directory:
        place = Path(directory)
        base, store = _base(shelf, place)
        found = built(shelf)
        admit(shelf, base, (found[0],) if found else ())
        sieve = learnable_by(base, store, shelf.pipeline.sft.max_length, "sft.max_length")
        dataset, units = found or _built_aside(shelf, place, sieve)
        kept = shelf.workspace.artifacts if found else _aside(place)
        rows = read_table(dataset.train, kept)
        table = _with_replay(selected(rows, shelf.pipeline.sft.learn_from), shelf.pipeline.sft.replay)
        first = (_tune if shelf.pipeline.tune.enabled else _sft)(shelf, table, base, (store, place))
        drawn = _draw(shelf, base, rows.num_rows, store)
        known = _is_weighed(shelf, base, dataset if found else None)
        weighed = () if known else (_weigh(shelf, table, base, (store, place)),)
        preferred = _dpo(shelf, base, rows, (store, most_examples(shelf, units, dataset, kept)))
        return (first, *drawn, *weighed, *preferred, *_continued(shelf, base, table.num_rows, preferred))


def _base(shelf: Shelf, place: Path) -> tuple[Base, Artifacts]:
    """The base model, and the store that holds it."""
    from flows.base.model import resolve_base

    try:
        return stages.base_model(shelf), shelf.workspace.artifacts
    except NotYet:
        store = Artifacts(place / "base")
        console.doing("plan: reading the base model")
        stated, policy = shelf.pipeline.base_licence, shelf.policy.licences
        return resolve_base(stages.base_name(shelf), store, licence=stated, policy=policy), store


def _aside(place: Path) -> Artifacts:
    """The store of what is built for the plan alone."""
    return Artifacts(place / "rows")


def _built_aside(shelf: Shelf, place: Path, learnable: Sieve) -> tuple[Dataset, Table]:
    from flows.datasets.sft import build_sft
    from flows.evaluation.brought import suite_questions
    from flows.ingest.ingest import ingest
    from flows.walk.licences import require_trainable, under_their_licences
    from governance.validation import validate, validate_sides
    from registry.erasure.forgotten import NOTHING, forgotten

    store, erased = _aside(place), NOTHING
    if shelf.written:
        with Registry.open(shelf.workspace.registry, shelf.actor) as registry:
            erased = forgotten(registry, key_directory())
    folders = under_their_licences(shelf.pipeline.documents, shelf.pipeline.ingest, shelf.policy.licences)
    with console.bar("plan: reading documents") as report:
        read = ingest(folders, shelf.pipeline.ingest, (store, place), erased, report)
    require_trainable(read.batch, store, shelf.policy.licences)
    untaught = shelf.pipeline.build.model_copy(update={"teacher": None})  # nothing here is scrubbed: nobody may read it
    console.doing("plan: building rows")
    units = validate(read.batch.units, "documents", store, place, shelf.policy.data).rows
    asked = suite_questions(suites_of(shelf)[0], shelf.pipeline.ingest)
    dataset = build_sft(units, untaught, store, place, asked, learnable)
    dataset, _ = validate_sides(dataset, store, place, shelf.policy.data)
    console.foretold(read.batch, dataset)
    console.left_out(dataset, "sft.max_length")
    forewarn(shelf, units, dataset, store)
    forewarn_of_tests(shelf, units, store)
    return dataset, units


def _with_replay(table: pa.Table, share: float) -> pa.Table:
    """As many rows as will be trained on; the base's own are not written yet, and ours stand for them."""
    count = rows_beside(table.num_rows, share)
    return table.take([*range(table.num_rows), *(n % table.num_rows for n in range(count))])


def _sft(shelf: Shelf, table: pa.Table, base: Base, held: tuple[Artifacts, Path]) -> Plan:
    from flows.rendering.render import check_learnable
    from flows.search.speed import measured
    from flows.training.planning.room import elsewhere, room_for
    from flows.training.private import budget

    section, (store, place) = warmed(shelf.pipeline.sft, table.num_rows), held
    console.doing("plan: counting tokens")
    room = room_for(table, base, store)
    check_learnable(room.rows, table["id"].to_pylist(), section.max_length, room.ends)
    peak, work = room.peak(section), room.work(section)
    if section.privacy is not None:
        budget(section, work.rows)
    pace = _pace(shelf, base, "sft")
    if pace is None:
        with console.bar("plan: measuring steps") as report:
            pace = measured(table, base, section, (store, place), report)
    plan = Plan(
        method="sft", rows=work.rows, passes=round(section.passes_in(work.rows, work.steps), 4), steps=work.steps,
        tokens=work.tokens, peak_bytes=peak,
        free_bytes=None if elsewhere(section) else room.free,
        seconds=round(pace.seconds(work.tokens), 1), basis=pace.basis, error=pace.error,
    )  # fmt: skip
    return _priced(plan, shelf.pipeline.price_per_hour)


def _draw(shelf: Shelf, base: Base, rows: int, store: Artifacts) -> tuple[Plan, ...]:
    """What it takes until the base has written its own rows beside `rows` others; nothing where it has, or need not."""
    wanted = to_draw(rows, shelf.pipeline.sft)
    if not wanted:
        return ()
    try:
        own_rows(shelf, base, rows)
        return ()
    except NotYet:
        pace = _pace_of_draws(shelf, base, store)
    plan = Plan(
        method="replay", rows=wanted, steps=None, tokens=None, peak_bytes=None, free_bytes=None,
        seconds=round(pace.fixed_s + pace.step_s * wanted, 1), basis=pace.basis, error=pace.error, at_most=True,
    )  # fmt: skip
    return (_priced(plan, shelf.pipeline.price_per_hour),)


def _pace_of_draws(shelf: Shelf, base: Base, store: Artifacts) -> Pace:
    from flows.search.speed import drawing, remembered_draws

    known = None
    if shelf.written:
        with Registry.open(shelf.workspace.registry, shelf.actor) as registry:
            known = remembered_draws(registry, base)
    if known is None:
        console.doing("plan: the base writes a batch of rows, which may take minutes")
    return known or drawing(base, shelf.pipeline.sft.seed, store)


def _is_weighed(shelf: Shelf, base: Base, dataset: Dataset | None) -> bool:
    """Whether nothing asks what the base hangs on, or it was measured already."""
    if not shelf.pipeline.sft.ewc:
        return True
    try:
        return dataset is not None and weigh_base(shelf, base, dataset) is not None
    except NotYet:
        return False


def _weigh(shelf: Shelf, table: pa.Table, base: Base, held: tuple[Artifacts, Path]) -> Plan:
    """The base reads rows that it has not written yet, and ours stand for them."""
    from flows.search.speed import weighing

    console.doing("plan: measuring how the base is weighed")
    pace = weighing(table, base, shelf.pipeline.sft, held)
    plan = Plan(
        method="weigh base", rows=BATCH, steps=None, tokens=None, peak_bytes=None, free_bytes=None,
        seconds=round(pace.fixed_s + pace.step_s * BATCH, 1), basis=pace.basis,
    )  # fmt: skip
    return _priced(plan, shelf.pipeline.price_per_hour)


def _tune(shelf: Shelf, table: pa.Table, base: Base, held: tuple[Artifacts, Path]) -> Plan:
    """A search with its training takes what it is given; passes are those of the training, as far as it leaves any.

    Raises DatasetTooSmall where no trial could be judged, DoesNotFit where not even one pass fits.
    """
    from flows.search.auto import Asked, foreseen, passes_left

    pipeline = shelf.pipeline
    asked = Asked(table, base, pipeline.sft, pipeline.tune, pipeline.build.seed)
    with console.bar("plan: measuring steps") as report:
        far = foreseen(asked, held, report)
    passes = passes_left(pipeline.tune, table.num_rows, far.row_s, far.search_s)
    plan = Plan(
        method="tune and sft", rows=table.num_rows, passes=passes, steps=None, tokens=None, peak_bytes=None,
        free_bytes=None, seconds=pipeline.tune.budget, basis="the budget",
    )  # fmt: skip
    return _priced(plan, shelf.pipeline.price_per_hour)


def _dpo(shelf: Shelf, base: Base, rows: pa.Table, held: tuple[Artifacts, int]) -> tuple[Plan, ...]:
    """How many pairs there will be is known after SFT. `held` is the base's store, and how many examples there can be.

    Two answers to each question, as long as its own, stand for them. Raises NothingToLearn, DoesNotFit.
    """
    from flows.training.planning.room import room_for_twice

    (store, count), rank = held, shelf.pipeline.sft.lora_r
    if not count:
        return ()
    section = warmed(shelf.pipeline.dpo, count)
    most = _most(shelf, (section.method, count), section, _pace(shelf, base, section.method))
    if not section.max_on_policy:
        return (most,)
    room = room_for_twice(rows, base, store)
    sizes = [row.cut(section.max_length).size for row in room.rows]
    pair = 2 * sum(sizes) / len(sizes)
    tokens = tokens_seen(count, round(pair * count * section.answers_together / 2), section, steps_of(count, section))
    peak = room.require_pairs(section, rank)
    return (most.model_copy(update={"tokens": tokens, "peak_bytes": peak, "free_bytes": room.free}),)


def _continued(shelf: Shelf, base: Base, rows: int, preferred: tuple[Plan, ...]) -> tuple[Plan, ...]:
    """What is new to production is known once the rows are compared: at most all of them."""
    if not shelf.pipeline.continual.enabled:
        return ()
    first = _most(shelf, ("continued sft", rows), shelf.pipeline.sft, _pace(shelf, base, "sft"))
    return (first, *(one.model_copy(update={"method": f"continued {one.method}"}) for one in preferred))


def _most(shelf: Shelf, what: tuple[str, int], section: LoraSection, pace: Pace | None) -> Plan:
    """The plan of a training whose rows are not known yet; `what` is its name and the most rows that it can have."""
    (method, rows), steps = what, steps_of(what[1], section)
    plan = Plan(
        method=method, rows=rows, steps=steps, tokens=None, peak_bytes=None, free_bytes=None,
        seconds=round(pace.step_s * steps, 1) if pace else None,
        basis=pace.basis if pace else "no earlier run", error=pace.error if pace else None, at_most=True,
    )  # fmt: skip
    return _priced(plan, shelf.pipeline.price_per_hour)


def _pace(shelf: Shelf, base: Base, method: str) -> Pace | None:
    from flows.search.speed import remembered

    if not shelf.written:
        return None
    section: DpoSection | SftSection = shelf.pipeline.sft if method == "sft" else shelf.pipeline.dpo
    with Registry.open(shelf.workspace.registry, shelf.actor) as registry:
        return remembered(registry, base, method, section)


def _priced(plan: Plan, price: float | None) -> Plan:
    if price is None or plan.seconds is None:
        return plan
    return plan.model_copy(update={"cost": round(plan.seconds / 3600 * price, 4)})
