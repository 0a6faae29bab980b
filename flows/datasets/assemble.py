"""What both datasets share: length limits, caps on each side, the least size, and the record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import pyarrow as pa

from flows.datasets.messages import Row, order, unmeasured_among
from flows.datasets.settings import BuildSection
from flows.datasets.split import Split
from registry.artifacts import Artifacts
from registry.counted import beside_refused
from registry.errors import DatasetTooSmall
from registry.records import Dataset, Reason, Rejected
from registry.tables import LATER, write_table

Sieve = Callable[[Sequence[Row]], tuple[list[Row], list[Rejected]]]


def as_they_are(rows: Sequence[Row]) -> tuple[list[Row], list[Rejected]]:
    """The sieve that every row passes."""
    return list(rows), []


def sieved(rows: Sequence[Row], *sieves: Sieve) -> tuple[list[Row], list[Rejected]]:
    """The rows that pass every sieve, in turn, and what each refused."""
    kept, refused = list(rows), list[Rejected]()
    for sieve in sieves:
        kept, more = sieve(kept)
        refused += more
    return kept, refused


def fitting(rows: Sequence[Row], section: BuildSection) -> tuple[list[Row], list[Rejected]]:
    """Refuse rows past the length limits: training would cut them in the middle of an answer."""
    kept: list[Row] = []
    refused: list[Rejected] = []
    for row in rows:
        if len(row.asked) > section.max_prompt_characters:
            refused.append(row.refused(Reason.TOO_LONG, f"a prompt of {len(row.asked):,} characters"))
        elif max(map(len, row.answers)) > section.max_completion_characters:
            refused.append(row.refused(Reason.TOO_LONG, f"an answer of {max(map(len, row.answers)):,} characters"))
        else:
            kept.append(row)
    return kept, refused


def capped(sides: Split[Row], max_held_out: int, max_train: int | None) -> tuple[Split[Row], dict[str, int]]:
    """The first rows of each side, and how many are on neither: what is held out and not measured on is not learnt.

    Held-out rows are questions that files give, or else those of liked answers, or else of documents; never what a
    teacher wrote.
    """
    unmeasured = unmeasured_among({row.origin for row in sides.held_out})
    measured = [row for row in sides.held_out if row.origin not in unmeasured]
    held_out = tuple(sorted(measured, key=order)[:max_held_out])
    train = tuple(sorted(sides.train, key=order)[:max_train])
    left = {
        "held out, not measured on": len(sides.held_out) - len(measured),
        "held out, past the limit": len(measured) - len(held_out),
        "not learnt, past the limit": len(sides.train) - len(train),
    }
    return Split(train, held_out), {name: count for name, count in left.items() if count}


def check_size(sides: Split[Row], least: int, name: str, refused: Sequence[Rejected]) -> None:
    """Raises DatasetTooSmall when training rows are fewer than `least` or nothing is held out."""
    if len(sides.train) < least or not sides.held_out:
        raise DatasetTooSmall(
            f"the {name} dataset has {len(sides.train)} training rows and {len(sides.held_out)} held out; "
            f"{least} and 1 are the least{beside_refused(refused)}",
            _more_on(sides, least),
        )


def _more_on(sides: Split[Row], least: int) -> str:
    """What to do for the side that is too small: there may be rows enough on the other."""
    add = "add question-answer files or documents"
    if len(sides.train) + len(sides.held_out) <= least or any(LATER in row.groups for row in sides.held_out):
        return f"{add}, or lower the minimum under `build:`"
    return f"{'lower' if len(sides.train) < least else 'raise'} build.held_out_share, or {add}"


def as_dataset(
    purpose: Literal["sft", "preference"],
    sides: Split[Row],
    rejected: Sequence[Rejected],
    to_table: Callable[[Sequence[Row]], pa.Table],
    store: tuple[Artifacts, Path],
) -> Dataset:
    """Write both sides into `store` (artifacts, scratch) and count what is in them."""
    rows = (*sides.train, *sides.held_out)
    return Dataset(
        purpose=purpose,
        train=write_table(to_table(sides.train), *store, f"{purpose}-train"),
        held_out=write_table(to_table(sides.held_out), *store, f"{purpose}-held-out"),
        licences=dict(sorted(Counter(row.licence for row in rows).items())),
        origins=dict(sorted(Counter(row.origin for row in rows).items())),
        rejected=tuple(sorted(rejected, key=lambda r: (r.place, r.reason, r.detail))),
    )
