"""Single ratings as pairs: a liked answer beside one that was not, to the same question.

What is liked is learnt by SFT too. What is disliked and has no better answer beside it teaches nothing yet, and is
refused by its place; so is an answer of which both was said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

from flows.datasets.alike import one_case
from flows.datasets.duplicates import normal
from flows.datasets.messages import Row, before_of, groups_of
from governance.licences.expressions import both
from registry.records import Reason, Rejected
from registry.tables import turns_of

Unit = Mapping[str, Any]


def without_contested(table: Sequence[Unit]) -> tuple[list[Unit], list[Rejected]]:
    """Refuse answers that were liked and disliked, in whatever file: nobody knows which is right."""
    labels: dict[tuple[str, str], set[bool]] = defaultdict(set)
    for unit in table:
        if unit["kind"] == "rating":
            labels[_said(unit)].add(unit["label"])
    kept: list[Unit] = []
    refused: list[Rejected] = []
    for unit in table:
        if unit["kind"] == "rating" and labels[_said(unit)] >= {True, False}:
            refused.append(_refused(unit, Reason.CONFLICT, "the same answer was liked and disliked"))
        else:
            kept.append(unit)
    return kept, refused


def pairs(table: Sequence[Unit]) -> tuple[list[Row], list[Rejected]]:
    """Each disliked answer beside a liked one of its file, which is used again where there are fewer of them.

    Of its file alone: a row comes from one document, so that whoever erases a document finds every row of it.
    """
    by_question: dict[tuple[str, str], list[Unit]] = defaultdict(list)
    for unit in sorted((u for u in table if u["kind"] == "rating"), key=lambda u: (u["document"], u["unit"])):
        by_question[unit["document"], _asked(unit)].append(unit)
    rows: list[Row] = []
    alone: list[Rejected] = []
    for same in by_question.values():
        liked, disliked = ([unit for unit in same if unit["label"] is label] for label in (True, False))
        if liked:
            rows += [_row(good, bad) for good, bad in zip(cycle(liked), disliked, strict=False)]
        else:
            detail = "a disliked answer without a liked one to the same question"
            alone += [_refused(unit, Reason.UNPAIRED, detail) for unit in disliked]
    return rows, alone


def _asked(unit: Unit) -> str:
    return normal("\n\n".join([*(text for _, text in before_of(turns_of(unit))), unit["prompt"]]))


def _said(unit: Unit) -> tuple[str, str]:
    return _asked(unit), one_case(unit["completion"])


def _row(good: Unit, bad: Unit) -> Row:
    return Row(
        prompt=good["prompt"],
        answers=(good["completion"].strip(), bad["completion"].strip()),
        origin="imported",
        document=bad["document"],
        place=f"{bad['path']}:{bad['unit']}",
        groups=tuple(sorted({*groups_of(good), *groups_of(bad)})),
        licence=both(*sorted((good["licence"], bad["licence"]))),
        source=bad["source"] or good["source"],
        before=before_of(turns_of(good)),
    )


def _refused(unit: Unit, reason: Reason, detail: str) -> Rejected:
    return Rejected(what="row", place=f"{unit['path']}:{unit['unit']}", reason=reason, detail=detail)
