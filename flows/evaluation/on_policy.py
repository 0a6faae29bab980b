"""The SFT adapter's own answers as preference pairs: the better one is chosen, its mistake is rejected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from flows.datasets.settings import EndpointSection
from flows.datasets.teaching.judged import Drawn, Preferred, by_judge, by_right_answer, told
from flows.evaluation.drawing import answers
from flows.evaluation.questions import Question, question_of
from flows.training.settings import DpoSection
from governance.licences.expressions import both
from registry import digests, tables
from registry.artifacts import Artifacts
from registry.progress import Progress
from registry.records import Base, Dataset, TrainingRun

ORIGIN = "on-policy"
Row = Mapping[str, Any]
"""A row of registry.tables.SFT_ROWS."""


@dataclass(frozen=True)
class Own:
    """`pairs` has the columns of `registry.tables.PREFERENCE_ROWS`; `became` counts what came of the questions."""

    pairs: pa.Table
    became: dict[str, int]


def on_policy_pairs(
    dataset: Dataset,
    adapter: tuple[Base, TrainingRun],
    section: DpoSection,
    place: tuple[Artifacts, Path],
    progress: Progress | None = None,
) -> Own:
    """At most `max_on_policy` questions of each side of `dataset`, each asked of the adapter `samples` times; a pair of
    each but ties. Whoever learns them holds out those of held-out questions: a mistake at what SFT has learnt tells
    little of others.

    The right answer is chosen and the worst of the adapter's rejected; where there is a judge, it says which of the
    written answers is best and which worst. `place` is (artifacts, scratch): what was drawn and said is kept there, so
    that a killed run ends with the same pairs. Raises TeacherUnreachable, ConfigError.
    """
    artifacts, scratch = place
    sides = [tables.read_table(side, artifacts).to_pylist() for side in (dataset.train, dataset.held_out)]
    asked = _asked(sides, section)
    rows, questions = [row for row, _ in asked], [question for _, question in asked]
    said = answers(questions, adapter, section, place, progress)
    drawn = [_drawn(question, own) for question, own in zip(questions, said, strict=True)]
    judged = zip(rows, drawn, _judged(drawn, section.judge, scratch / "judge"), strict=True)
    pairs = [_pair(row, found, None if one.closed else section.judge) for row, one, found in judged if found]
    became = {"asked": len(rows), "ties": len(rows) - len(pairs), "pairs": len(pairs)} if rows else {}
    return Own(pa.Table.from_pylist(pairs, schema=tables.PREFERENCE_ROWS), became)


def _asked(sides: Sequence[list[Row]], section: DpoSection) -> list[tuple[Row, Question]]:
    """A stable sample of each side: first questions with choices, all scored in one pass, then few that are answered by
    writing."""
    closed: list[tuple[Row, Question]] = []
    free: list[tuple[Row, Question]] = []
    for rows in sides:
        asked = [(row, question_of(row)) for row in sorted(rows, key=lambda row: digests.of_text(str(row["id"])))]
        chosen = [one for one in asked if one[1].options][: section.max_on_policy]
        closed += chosen
        written = min(section.max_written, section.max_on_policy - len(chosen))
        free += [one for one in asked if not one[1].options][:written]
    return [*closed, *free]


def _drawn(question: Question, own: Sequence[str]) -> Drawn:
    asked = "\n\n".join(message["content"] for message in question.messages)
    return Drawn(asked, question.answer, bool(question.options), tuple(own))


def _judged(drawn: Sequence[Drawn], judge: EndpointSection | None, place: Path) -> list[Preferred | None]:
    if judge is None:
        return [by_right_answer(one) for one in drawn]
    written = iter(by_judge([one for one in drawn if not one.closed], judge, place))
    return [by_right_answer(one) if one.closed else next(written) for one in drawn]


def _pair(row: Row, found: Preferred, judge: EndpointSection | None) -> dict[str, object]:
    kept = {name: row[name] for name in ("prompt", "document", "groups", "source")}
    chosen, rejected = ([{"role": "assistant", "content": text}] for text in (found.chosen, found.rejected))
    name = digests.of_json({"prompt": row["prompt"], "chosen": chosen, "rejected": rejected})[:16]
    return {
        **kept, "chosen": chosen, "rejected": rejected, "id": name, "origin": ORIGIN, "question": row["id"],
        "margin": found.margin, "teacher": f"{judge.model} told {told()}" if judge else None,
        "licence": both(row["licence"], judge.licence) if judge else row["licence"],
    }  # fmt: skip
