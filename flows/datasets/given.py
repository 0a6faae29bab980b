"""Rows that units give: a question with its answer, or a conversation as one row for each answer of the assistant,
behind all that was said before it.

Loss falls on the assistant's words alone. Equal beginnings cost little: training computes a shared prefix once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flows.datasets.messages import Row, Unit, before_of, groups_of, of_unit
from registry.tables import turns_of


def given_rows(table: Sequence[Unit]) -> Iterator[Row]:
    """Questions with their answers, and every turn of a conversation that is to be learnt."""
    for unit in table:
        if unit["kind"] == "chat":
            yield from _answers(unit)
        elif unit["kind"] == "qa":
            yield of_unit(unit, unit["completion"])


def _answers(unit: Unit) -> Iterator[Row]:
    """The answers of a unit of kind chat that are to be learnt; all are about the same, and stay on one side."""
    turns = turns_of(unit)
    for number in range(1, len(turns), 2):
        if turns[number]["learn"]:
            yield Row(
                prompt=str(turns[number - 1]["content"]),
                answers=(str(turns[number]["content"]).strip(),),
                origin="imported",
                document=unit["document"],
                place=f"{unit['path']}:{unit['unit']}.{(number + 1) // 2}",
                groups=groups_of(unit),
                licence=unit["licence"],
                source=unit["source"],
                before=before_of(turns[: number - 1]),
            )
