"""The SFT dataset: imported questions and answers, and questions that documents answer themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from flows.datasets import conversations, duplicates, extractive
from flows.datasets.assemble import as_dataset, capped, check_size, fitting
from flows.datasets.messages import Row, before_of, groups_of, sft_table
from flows.datasets.settings import BuildSection
from flows.datasets.split import chance, split
from registry.artifacts import Artifacts
from registry.records import Dataset, Table
from registry.tables import read_table, turns_of

Unit = Mapping[str, Any]


def build_sft(units: Table, section: BuildSection, artifacts: Artifacts, scratch: Path) -> Dataset:
    """Train and held-out rows from `units` (registry.tables.UNITS). Raises DatasetTooSmall."""
    table: list[Unit] = read_table(units, artifacts).to_pylist()
    imported, rejected = fitting(_imported(table), section)
    imported, conflicts = duplicates.without_conflicts(imported)
    found, _ = fitting(_extractive(table), section)
    found, _ = duplicates.without_conflicts(found)
    drawn = _drawn(found, section.max_extractive_rows, section.seed)
    rows, copies = duplicates.without_copies([*imported, *drawn])
    rows, near = duplicates.without_near_copies(rows, section.near_duplicate_similarity)
    sides = capped(split(rows, section.held_out_share, section.seed), section.max_held_out, section.max_train_rows)
    check_size(sides, section.min_rows, "SFT")
    return as_dataset("sft", sides, [*rejected, *conflicts, *copies, *near], sft_table, (artifacts, scratch))


def questions_of(units: Table, section: BuildSection, artifacts: Artifacts) -> list[Row]:
    """Every row that `units` offer, imported and extractive, before copies and conflicts are taken out."""
    table: list[Unit] = read_table(units, artifacts).to_pylist()
    imported, _ = fitting(_imported(table), section)
    found, _ = fitting(_extractive(table), section)
    return [*imported, *found]


def _imported(table: Sequence[Unit]) -> Iterator[Row]:
    """Questions, liked answers, and every turn of a conversation that is to be learnt."""
    for unit in table:
        if unit["kind"] == "chat":
            yield from conversations.rows(unit)
        elif unit["kind"] == "qa" or (unit["kind"] == "rating" and unit["label"]):
            yield _question(unit)


def _question(unit: Unit) -> Row:
    return Row(
        prompt=unit["prompt"],
        answers=(unit["completion"].strip(),),
        origin="imported",
        document=unit["document"],
        place=f"{unit['path']}:{unit['unit']}",
        groups=groups_of(unit),
        licence=unit["licence"],
        source=unit["source"],
        choices=tuple(choice.strip() for choice in unit["choices"]) if unit["choices"] else None,
        before=before_of(turns_of(unit)),
    )


def _extractive(table: Sequence[Unit]) -> Iterator[Row]:
    for unit in table:
        if unit["kind"] != "text":
            continue
        for number, found in enumerate(extractive.questions(unit["text"], unit["path"])):
            yield Row(
                prompt=found.prompt,
                answers=(found.answer,),
                shape=found.kind,
                origin="extractive",
                document=unit["document"],
                place=f"{unit['path']}#{number}",
                groups=groups_of(unit),
                licence=unit["licence"],
                source=unit["source"],
            )


def _drawn(rows: Sequence[Row], most: int, seed: int) -> list[Row]:
    """At most `most` rows by keyed chance of their content, in turns of all structures of all documents.

    One rulebook of a thousand rules would else leave no room for the others.
    """
    taken: Counter[tuple[str, str]] = Counter()
    turns: list[tuple[int, float, str, Row]] = []
    for row in sorted(rows, key=lambda row: (chance(row.id, seed), row.place)):
        taken[row.document, row.shape] += 1
        turns.append((taken[row.document, row.shape], chance(row.id, seed), row.place, row))
    return [row for *_, row in sorted(turns, key=lambda turn: turn[:3])][:most]
