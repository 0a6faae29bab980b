"""The candidate row of a training set, and its form in TRL's conversational formats."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pyarrow as pa

from registry import digests
from registry.records import Reason, Rejected
from registry.tables import PREFERENCE_ROWS, SFT_ROWS, turns_of

Origin = Literal["imported", "rated", "extractive", "taught", "on-policy", "replay"]
MADE: frozenset[Origin] = frozenset(("extractive", "taught"))
"""From the documents."""
_UNASKED: frozenset[Origin] = MADE | {"replay"}
_UNMEASURED: tuple[frozenset[Origin], ...] = (_UNASKED | {"rated"}, _UNASKED, _UNASKED - {"extractive"})
"""Beside questions of files also likes measure nothing: whoever may ask and like could choose the measure. Beside
likes it is questions that no person asked; and ever those that stand in no document either."""
Unit = Mapping[str, Any]
"""A row of registry.tables.UNITS."""
Message = dict[str, str]
Said = tuple[str, str]
"""Role and text of an earlier turn."""


@dataclass(frozen=True)
class Row:
    """One row before it has a side. `answers` is (completion,) for SFT, (chosen, rejected) for preference, of which one
    is empty where an answer was rated alone.

    `before` is what was said before the prompt, the user first. `shape` is the structure that an extractive row was
    read from. `teacher` wrote the row, resting on the document's words in `evidence`; or it judged an on-policy pair,
    which has a `margin` and the id of the `question` that was asked.
    """

    prompt: str
    answers: tuple[str, ...]
    origin: Origin
    document: str
    place: str
    groups: tuple[str, ...]
    licence: str
    source: str
    choices: tuple[str, ...] | None = None
    before: tuple[Said, ...] = ()
    shape: str = ""
    teacher: str = ""
    evidence: str = ""
    question: str = ""
    margin: float | None = None
    id: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", row_id(self.before, self.prompt, self.answers))

    @property
    def asked(self) -> str:
        """All that the answer follows: the earlier turns and the prompt."""
        return "\n\n".join([*(text for _, text in self.before), self.prompt])

    @property
    def paired(self) -> bool:
        """Whether it has a better answer and a worse one."""
        return len(self.answers) > 1 and all(self.answers)

    def refused(self, reason: Reason, detail: str = "") -> Rejected:
        return Rejected(what="row", place=self.place, reason=reason, detail=detail)


def row_id(before: Sequence[Said], prompt: str, answers: Sequence[str]) -> str:
    """What a row is known by, wherever it stands: 16 hex digits that its content decides."""
    return digests.of_json([*map(list, before), prompt, *answers])[:16]


def question_in(row: Mapping[str, Any]) -> Row:
    """The question of a row of SFT_ROWS or PREFERENCE_ROWS with its right answer, "" where only a wrong one is told."""
    right = row.get("completion") or row["chosen"]
    return Row(
        prompt=row["prompt"][-1]["content"],
        answers=(right[-1]["content"] if right else "",),
        origin=row["origin"],
        document=row["document"],
        place="",
        groups=tuple(row["groups"]),
        licence=row["licence"],
        source=row["source"],
        before=before_of(row["prompt"][:-1]),
    )


def unmeasured_among(origins: Collection[str]) -> frozenset[Origin]:
    """Those origins that measure nothing where there are rows of all these."""
    return next((lesser for lesser in _UNMEASURED if set(origins) - lesser), _UNMEASURED[-1])


def of_unit(unit: Unit, *answers: str, origin: Origin = "imported") -> Row:
    """What a unit of a row file asks, with these answers; white space around them says nothing."""
    return Row(
        prompt=unit["prompt"],
        answers=tuple(answer.strip() for answer in answers),
        origin=origin,
        document=unit["document"],
        place=f"{unit['path']}:{unit['unit']}",
        groups=groups_of(unit),
        licence=unit["licence"],
        source=unit["source"],
        choices=tuple(choice.strip() for choice in unit["choices"]) if unit["choices"] else None,
        before=before_of(turns_of(unit)),
    )


def order(row: Row) -> tuple[object, ...]:
    """Imported first, then rated, on-policy, taught, extractive, replay; by content within, so that no input order
    shows."""
    rank = {"imported": 0, "rated": 1, "on-policy": 2, "taught": 3, "extractive": 4, "replay": 5}[row.origin]
    return (rank, row.id, row.document, row.place)


def sft_table(rows: Sequence[Row]) -> pa.Table:
    """Rows in prompt-completion form."""
    table = [
        {
            **_shared(row),
            "completion": _message("assistant", row.answers[0]),
            "choices": row.choices,
            "teacher": row.teacher or None,
            "evidence": row.evidence or None,
        }
        for row in rows
    ]
    return pa.Table.from_pylist(table, schema=SFT_ROWS)


def preference_table(rows: Sequence[Row]) -> pa.Table:
    """Rows in prompt-chosen-rejected form, single ratings with one side empty."""
    table = [
        {
            **_shared(row),
            "chosen": _answer(row.answers[0]),
            "rejected": _answer(row.answers[1]),
            "label": None if row.paired else bool(row.answers[0]),
            "question": row.question or None,
            "margin": row.margin,
            "teacher": row.teacher or None,
        }
        for row in rows
    ]
    return pa.Table.from_pylist(table, schema=PREFERENCE_ROWS)


def before_of(turns: Sequence[Mapping[str, object]]) -> tuple[Said, ...]:
    """Turns of a unit, or messages, as what was said before."""
    return tuple((str(turn["role"]), str(turn["content"])) for turn in turns)


def groups_of(unit: Unit) -> tuple[str, ...]:
    """What a unit is about; its document where nothing else is said."""
    return tuple(unit["groups"] or (f"doc:{unit['document'][:16]}",))


def _shared(row: Row) -> dict[str, object]:
    before = [message for role, text in row.before for message in _message(role, text)]
    return {
        "prompt": [*before, *_message("user", row.prompt)],
        "id": row.id,
        "origin": row.origin,
        "document": row.document,
        "groups": list(row.groups),
        "licence": row.licence,
        "source": row.source,
    }


def _answer(text: str) -> list[Message]:
    return _message("assistant", text) if text else []


def _message(role: str, content: str) -> list[Message]:
    return [{"role": role, "content": content}]
