"""Single ratings as pairs: a liked answer beside one that was not, to the same question.

What is liked is learnt by SFT too. What is disliked and has no better answer beside it teaches nothing yet, and is
refused by its place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

from flows.datasets.duplicates import normal
from flows.datasets.messages import Row, before_of, groups_of
from registry.records import Reason, Rejected
from registry.tables import turns_of

Unit = Mapping[str, Any]


def pairs(table: Sequence[Unit]) -> tuple[list[Row], list[Rejected]]:
    """Each disliked answer beside a liked one of its file, which is used again where there are fewer of them.

    Of its file alone: a row comes from one document, so that whoever erases a document finds every row of it.
    """
    by_question: dict[tuple[str, str], list[Unit]] = defaultdict(list)
    for unit in sorted((u for u in table if u["kind"] == "rating"), key=lambda u: (u["document"], u["unit"])):
        said = [*(text for _, text in before_of(turns_of(unit))), unit["prompt"]]
        by_question[unit["document"], normal("\n\n".join(said))].append(unit)
    rows: list[Row] = []
    alone: list[Rejected] = []
    for same in by_question.values():
        liked, disliked = ([unit for unit in same if unit["label"] is label] for label in (True, False))
        if liked:
            rows += [_row(good, bad) for good, bad in zip(cycle(liked), disliked, strict=False)]
        else:
            alone += [_alone(unit) for unit in disliked]
    return rows, alone


def _row(good: Unit, bad: Unit) -> Row:
    licences = sorted({good["licence"], bad["licence"]})
    return Row(
        prompt=good["prompt"],
        answers=(good["completion"].strip(), bad["completion"].strip()),
        origin="imported",
        document=bad["document"],
        place=f"{bad['path']}:{bad['unit']}",
        groups=tuple(sorted({*groups_of(good), *groups_of(bad)})),
        licence=licences[0] if len(licences) == 1 else f"({licences[0]}) AND ({licences[1]})",
        source=bad["source"] or good["source"],
        before=before_of(turns_of(good)),
    )


def _alone(unit: Unit) -> Rejected:
    detail = "a disliked answer without a liked one to the same question"
    return Rejected(what="row", place=f"{unit['path']}:{unit['unit']}", reason=Reason.UNPAIRED, detail=detail)
