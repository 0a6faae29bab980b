"""The candidate row of a training set, and its form in TRL's conversational formats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa

from registry import digests
from registry.records import Reason, Rejected
from registry.tables import PREFERENCE_ROWS, SFT_ROWS

Origin = Literal["imported", "extractive", "on-policy"]
Message = dict[str, str]


@dataclass(frozen=True)
class Row:
    """One row before it has a side. `answers` is (completion,) for SFT, (chosen, rejected) for preference."""

    prompt: str
    answers: tuple[str, ...]
    origin: Origin
    document: str
    place: str
    groups: tuple[str, ...]
    licence: str
    source: str
    choices: tuple[str, ...] | None = None
    id: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", digests.of_json([self.prompt, *self.answers])[:16])

    def refused(self, reason: Reason, detail: str = "") -> Rejected:
        return Rejected(what="row", place=self.place, reason=reason, detail=detail)


def order(row: Row) -> tuple[object, ...]:
    """Imported first, then on-policy, then extractive; by content within, so that no input order shows."""
    rank = {"imported": 0, "on-policy": 1, "extractive": 2}[row.origin]
    return (rank, row.id, row.document, row.place)


def sft_table(rows: Sequence[Row]) -> pa.Table:
    """Rows in prompt-completion form."""
    table = [
        {**_shared(row), "completion": _message("assistant", row.answers[0]), "choices": row.choices} for row in rows
    ]
    return pa.Table.from_pylist(table, schema=SFT_ROWS)


def preference_table(rows: Sequence[Row]) -> pa.Table:
    """Rows in prompt-chosen-rejected form."""
    table = [
        {
            **_shared(row),
            "chosen": _message("assistant", row.answers[0]),
            "rejected": _message("assistant", row.answers[1]),
        }
        for row in rows
    ]
    return pa.Table.from_pylist(table, schema=PREFERENCE_ROWS)


def _shared(row: Row) -> dict[str, object]:
    return {
        "prompt": _message("user", row.prompt),
        "id": row.id,
        "origin": row.origin,
        "document": row.document,
        "groups": list(row.groups),
        "licence": row.licence,
        "source": row.source,
    }


def _message(role: str, content: str) -> list[Message]:
    return [{"role": role, "content": content}]
