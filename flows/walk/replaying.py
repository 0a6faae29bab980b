"""Two stages against forgetting: what the base model says of its own accord, and the training set with some of that.

The first depends on the base alone, so that it is drawn once however often documents change.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path

from flows import console
from flows.datasets.assemble import as_dataset, sieved
from flows.datasets.messages import Row
from flows.datasets.replay import BATCH, rows_beside
from flows.house import House, suites_of
from flows.stage import Done, Inputs, Stage
from flows.training.settings import SftSection
from registry.records import Base, Dataset
from registry.tables import read_table, write_table

REPLAY = Stage("replay", Dataset)
MIX = Stage("mix replay", Dataset)


def with_replay(house: House, base: Base, questions: Dataset, drawn_for: int = 0) -> Dataset:
    """The training side with `sft.replay` of its rows written by the base; as it is where that is 0.

    They are the first of those that were drawn for `drawn_for` rows, where that is more.
    Raises DatasetTooSmall, NothingToLearn, Unservable.
    """
    count = rows_beside(questions.train.rows, house.pipeline.sft.replay)
    if not count:
        return questions
    written = own_rows(house, base, max(questions.train.rows, drawn_for))

    def work(scratch: Path) -> Done[Dataset]:
        return Done(_mixed(house, questions, written, count, scratch))

    return house.once(MIX, Inputs((questions, written), extra=(str(count),)), work)


def to_draw(rows: int, section: SftSection) -> int:
    """How many rows the base shall write beside `rows` others, for replay or elastic weight consolidation.

    In whole batches: a few documents more need no new ones.
    """
    count = max(rows_beside(rows, section.replay), BATCH if section.ewc else 0)
    return -(-count // BATCH) * BATCH


def own_rows(house: House, base: Base, rows: int) -> Dataset:
    """What the base wrote itself beside `rows` others. None of it holds what every adapter is measured on, or what
    would end a training.

    Raises DatasetTooSmall, NothingToLearn, Unservable.
    """
    wanted, (suites, asked), section = to_draw(rows, house.pipeline.sft), suites_of(house), house.pipeline.sft
    share = house.pipeline.build.contamination_share

    def work(scratch: Path) -> Done[Dataset]:
        from flows.datasets.contamination import measured, without_contaminated
        from flows.datasets.learnable import learnable_by
        from flows.datasets.messages import sft_table
        from flows.datasets.split import Split
        from flows.evaluation.brought import suite_questions

        artifacts = house.workspace.artifacts
        known = measured(suite_questions(suites, house.pipeline.ingest))
        clean = partial(without_contaminated, asked=known, share=share)
        learnable = learnable_by(base, artifacts, section.max_length, "sft.max_length")
        rows, refused = sieved(_drawn(house, base, wanted, scratch), clean, learnable)
        return Done(as_dataset("sft", Split(tuple(rows), ()), refused, sft_table, (artifacts, scratch)))

    extra = (str(wanted), str(section.seed), str(section.max_length), str(share), *asked)
    return house.once(REPLAY, Inputs((base,), extra=extra), work)


def _drawn(house: House, base: Base, count: int, scratch: Path) -> list[Row]:
    from flows.base.model import load_base
    from flows.base.quiet import quietly
    from flows.datasets.replay import replay_rows, writer_of

    with quietly(), console.bar("replay") as report:
        model, tokenizer = load_base(base, house.workspace.artifacts)
        return replay_rows(writer_of(model, tokenizer, house.pipeline.sft.seed).batch, base, count, scratch, report)


def _mixed(house: House, questions: Dataset, written: Dataset, count: int, scratch: Path) -> Dataset:
    """Behind the questions: the trainer draws the order."""
    import pyarrow as pa

    from flows.datasets.card import with_card

    artifacts = house.workspace.artifacts
    rows = read_table(written.train, artifacts).slice(0, count)
    table = pa.concat_tables([read_table(questions.train, artifacts), rows])
    licences = Counter(questions.licences) + Counter(rows["licence"].to_pylist())
    mixed = questions.model_copy(update={
        "train": write_table(table, artifacts, scratch, "mixed"),
        "licences": dict(sorted(licences.items())),
        "origins": {**questions.origins, "replay": rows.num_rows},
    })  # fmt: skip
    return with_card(mixed, artifacts, scratch)
