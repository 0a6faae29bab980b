"""The preference dataset: imported pairs, and the SFT adapter's own wrong answers against the gold.

It follows the SFT split: what is held out there, by group or by a nearly equal prompt, is never trained on here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from flows.datasets import duplicates
from flows.datasets.assemble import as_dataset, capped, check_size, fitting
from flows.datasets.messages import Row, order, preference_table
from flows.datasets.settings import BuildSection
from flows.datasets.sft import from_unit, unit_rows
from flows.datasets.split import split
from registry.artifacts import Artifacts
from registry.records import Dataset, Reason, Rejected, Table
from registry.tables import read_table

VERSION = "1"
_HELD_OUT = "sft:held-out"


def build_preference(
    units: Table,
    on_policy: pa.Table | None,
    sft: Dataset,
    section: BuildSection,
    artifacts: Artifacts,
    scratch: Path,
) -> Dataset:
    """Pairs from `units` and `on_policy` (PREFERENCE_ROWS). Raises DatasetTooSmall."""
    imported = [
        from_unit(unit, unit["prompt"] or "", ((unit["chosen"] or "").strip(), (unit["rejected"] or "").strip()))
        for unit in unit_rows(units, artifacts)
        if unit["kind"] == "pair"
    ]
    rows, too_long = fitting([*imported, *_rows(on_policy, "pair")], section)
    rows, conflicts = _without_contradictions(rows)
    rows, copies = duplicates.without_copies(rows)
    held_out = list(_rows(read_table(sft.held_out, artifacts), "answer"))
    rows = _tied(rows, held_out, section.near_duplicate_similarity)
    forced = {_HELD_OUT} | {group for row in held_out for group in row.groups}
    sides = split(rows, section.held_out_share, section.seed, forced)
    sides = capped(sides, section.max_held_out, section.max_preference_rows)
    check_size(sides, section.min_preference_rows, "preference")
    return as_dataset("preference", sides, [*too_long, *conflicts, *copies], preference_table, artifacts, scratch)


def _rows(table: pa.Table | None, kind: str) -> Iterator[Row]:
    """Rows of a dataset table, back as candidates."""
    for place, row in enumerate(table.to_pylist() if table is not None else []):
        answers = (row["chosen"], row["rejected"]) if kind == "pair" else (row["completion"],)
        yield Row(
            prompt=row["prompt"][0]["content"],
            answers=tuple(answer[0]["content"].strip() for answer in answers),
            origin=row["origin"],
            document=row["document"],
            place=f"{row['origin']}:{place}",
            groups=tuple(sorted(set(row["groups"]))) or (f"doc:{row['document']}",),
            licence=row["licence"],
            source=row["source"],
        )


def _without_contradictions(rows: Sequence[Row]) -> tuple[list[Row], list[Rejected]]:
    """Refuse empty preferences, and answers that are chosen here and rejected there."""
    seen = {(duplicates.normal(row.prompt), *row.answers) for row in rows}
    kept: list[Row] = []
    refused: list[Rejected] = []
    for row in rows:
        chosen, rejected = row.answers
        if chosen == rejected:
            refused.append(row.refused(Reason.INVALID, "chosen and rejected are the same"))
        elif (duplicates.normal(row.prompt), rejected, chosen) in seen:
            refused.append(row.refused(Reason.CONFLICT, "another row prefers the other answer"))
        else:
            kept.append(row)
    return kept, refused


def _tied(rows: Sequence[Row], held_out: Sequence[Row], similarity: float) -> list[Row]:
    """Rows of one prompt, or nearly one, share a group; so do those near a held-out SFT prompt."""
    everyone = [*held_out, *sorted(rows, key=order)]
    near = duplicates.near_pairs(everyone, similarity)
    ties: dict[int, list[str]] = defaultdict(list)
    for later, earlier in near.items():
        name = _HELD_OUT if earlier < len(held_out) else f"near:{everyone[earlier].id}"
        ties[later].append(name)
        ties[earlier].append(name)
    start = len(held_out)
    return [
        replace(row, groups=tuple(sorted({*row.groups, *ties[start + number]})))
        for number, row in enumerate(everyone[start:])
    ]
