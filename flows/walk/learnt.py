"""The stages that ask what production has learnt: of what is offered now, and of what candidates are measured by."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from flows.house import House, suites_of
from flows.stage import Done, Inputs, Stage
from flows.training.continuing import Forerunner
from governance.gates import CONTINUED
from registry.records import Dataset, Evidence, Figure, Reason, Rejected, ValidatedBatch
from registry.tables import read_table, write_table

if TYPE_CHECKING:
    from flows.datasets.messages import Unit

COMPARE = Stage("compare", Evidence, 3)
APART = Stage("set apart", Dataset, 3)
HELD_OUT = "held out but learnt"
SUITES = "learnt but in a suite"


def compared_with(house: House, before: Forerunner, valid: ValidatedBatch, questions: Dataset) -> Evidence:
    """How many rows are new, known and gone, and how many it has learnt of held-out ones and of suites' questions."""
    suites, asked = suites_of(house)

    def work(_: Path) -> Done[Evidence]:
        from flows.datasets.delta import delta, of_suites, offered
        from flows.evaluation.brought import suite_questions

        artifacts = house.workspace.artifacts
        train = [str(one) for one in read_table(questions.train, artifacts)["id"].to_pylist()]
        learnt, section = learnt_by(house, before), house.pipeline.build
        found = delta(learnt, train, offered(valid.rows, section, artifacts))
        counts = {
            "new": len(found.new), "known": len(found.known), "gone": len(found.gone),
            HELD_OUT: len(_held_out_learnt(house, learnt, questions)),
            SUITES: len(of_suites(learnt, suite_questions(suites, house.pipeline.ingest), section.contamination_share)),
        }  # fmt: skip
        figures = tuple(Figure(name=name, value=float(count)) for name, count in counts.items())
        return Done(Evidence(type=CONTINUED, subject=questions.digest, figures=figures))

    return house.once(COMPARE, Inputs((questions, valid, before.adapter), (house.pipeline.build,), asked), work)


def learnt_by(house: House, before: Forerunner, *purposes: str) -> list[Unit]:
    """Every row that led to it, or those of data sets of these purposes. Raises Erased, DigestMismatch."""
    among = [one for one in before.datasets if not purposes or one.purpose in purposes]
    tables = [read_table(one.train, house.workspace.artifacts) for one in among]
    return [row for table in tables for row in table.to_pylist()]


def _held_out_learnt(house: House, learnt: list[Unit], questions: Dataset) -> frozenset[str]:
    from flows.datasets.delta import learnt_of

    held_out = read_table(questions.held_out, house.workspace.artifacts).to_pylist()
    return learnt_of(held_out, learnt, house.pipeline.build.contamination_share)


def fair_pairs(house: House, before: Forerunner, pairs: Dataset) -> Dataset:
    """Without held-out pairs whose like production was preference-trained on; their questions it may have learnt, as
    the fresh one has."""
    seen = _held_out_learnt(house, learnt_by(house, before, "preference"), pairs)
    return set_apart(house, before, pairs, "preference") if seen else pairs


def set_apart(house: House, before: Forerunner, questions: Dataset, *purposes: str) -> Dataset:
    """The dataset without the held-out rows whose questions production has learnt, from data sets of these purposes."""

    def work(scratch: Path) -> Done[Dataset]:
        from flows.datasets.card import with_card

        artifacts = house.workspace.artifacts
        seen = _held_out_learnt(house, learnt_by(house, before, *purposes), questions)
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
