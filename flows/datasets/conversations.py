"""A conversation as rows: one for each answer of the assistant, behind all that was said before it.

Loss falls on the assistant's words alone. Equal beginnings cost little: training computes a shared prefix once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flows.datasets.messages import Row, before_of, groups_of
from registry.tables import turns_of


def rows(unit: Mapping[str, Any]) -> Iterator[Row]:
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
