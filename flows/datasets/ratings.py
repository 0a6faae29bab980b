"""Ratings as pairs: a liked answer beside one that was not, to the same question; what is left over stands alone.

What is liked is learnt by SFT too. What is disliked and has no better answer beside it is learnt by KTO alone, and
refused by its place without it. An answer of which both was said is always refused.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import cycle

from flows.datasets.claims.alike import one_case
from flows.datasets.duplicates import normal
from flows.datasets.messages import Row, Unit, before_of, groups_of, of_unit
from governance.licences.expressions import both
from registry.records import Reason, Rejected
from registry.tables import turns_of


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


def liked(table: Sequence[Unit]) -> list[Row]:
    """Each liked answer as one to learn."""
    liked = (unit for unit in table if unit["kind"] == "rating" and unit["label"])
    return [of_unit(unit, unit["completion"], origin="rated") for unit in liked]


def without_contradicted(rated: Sequence[Row], given: Sequence[Row]) -> tuple[list[Row], list[Rejected]]:
    """Refuse liked answers to questions that `given` rows answer otherwise. As a mere conflict it would take these out
    as well: whoever may rate could choose what is learnt, and what is measured."""
    right: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for row in given:
        right[normal(row.asked)].add(row.answers)
    kept: list[Row] = []
    refused: list[Rejected] = []
    for row in rated:
        if row.answers in right.get(normal(row.asked), {row.answers}):
            kept.append(row)
        else:
            refused.append(row.refused(Reason.CONFLICT, "a like of another answer than is given elsewhere"))
    return kept, refused


def pairs(table: Sequence[Unit]) -> tuple[list[Row], list[Unit]]:
    """Each disliked answer beside a liked one of its file, which is used again where there are fewer of them; and the
    ratings that no pair holds.

    Of its file alone: a row comes from one document, so that whoever erases a document finds every row of it.
    """
    by_question: dict[tuple[str, str], list[Unit]] = defaultdict(list)
    for unit in sorted((u for u in table if u["kind"] == "rating"), key=lambda u: (u["document"], u["unit"])):
        by_question[unit["document"], _asked(unit)].append(unit)
    rows: list[Row] = []
    alone: list[Unit] = []
    for same in by_question.values():
        liked, disliked = ([unit for unit in same if unit["label"] is label] for label in (True, False))
        if liked:
            rows += [_pair(good, bad) for good, bad in zip(cycle(liked), disliked, strict=False)]
            alone += liked[len(disliked) :]
        else:
            alone += disliked
    return rows, alone


def singles(alone: Sequence[Unit]) -> list[Row]:
    """Ratings that no pair holds, each with the side empty that nobody rated."""
    return [of_unit(unit, *((unit["completion"], "") if unit["label"] else ("", unit["completion"]))) for unit in alone]


def unpaired(alone: Sequence[Unit]) -> list[Rejected]:
    """The disliked ones of ratings that no pair holds, where pairs are all that is learnt."""
    detail = "a disliked answer without a liked one to the same question; dpo.loss_type: kto learns from it"
    return [_refused(unit, Reason.UNPAIRED, detail) for unit in alone if not unit["label"]]


def _asked(unit: Unit) -> str:
    return normal("\n\n".join([*(text for _, text in before_of(turns_of(unit))), unit["prompt"]]))


def _said(unit: Unit) -> tuple[str, str]:
    return _asked(unit), one_case(unit["completion"])


def _pair(good: Unit, bad: Unit) -> Row:
    return replace(
        of_unit(bad, good["completion"], bad["completion"]),
        prompt=good["prompt"],
        before=before_of(turns_of(good)),
        groups=tuple(sorted({*groups_of(good), *groups_of(bad)})),
        licence=both(*sorted((good["licence"], bad["licence"]))),
        source=bad["source"] or good["source"],
    )


def _refused(unit: Unit, reason: Reason, detail: str) -> Rejected:
    return Rejected(what="row", place=f"{unit['path']}:{unit['unit']}", reason=reason, detail=detail)
