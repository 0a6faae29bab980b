"""The SFT dataset: imported questions and answers, and questions that documents answer themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypedDict, cast

from flows.datasets import duplicates, extractive
from flows.datasets.assemble import as_dataset, capped, check_size, fitting
from flows.datasets.messages import Row, order, sft_table
from flows.datasets.settings import BuildSection
from flows.datasets.split import split
from registry.artifacts import Artifacts
from registry.records import Dataset, Table
from registry.tables import read_table

VERSION = "1"


class UnitRow(TypedDict):
    """A row of `registry.tables.UNITS` as Arrow hands it out."""

    document: str
    path: str
    unit: int
    kind: str
    text: str | None
    prompt: str | None
    completion: str | None
    chosen: str | None
    rejected: str | None
    choices: list[str] | None
    groups: list[str]
    licence: str
    source: str


def build_sft(units: Table, section: BuildSection, artifacts: Artifacts, scratch: Path) -> Dataset:
    """Train and held-out rows from a table of units. Raises DatasetTooSmall."""
    table = unit_rows(units, artifacts)
    imported, too_long = fitting((_imported(unit) for unit in table if unit["kind"] == "qa"), section)
    imported, conflicts = duplicates.without_conflicts(imported)
    found, _ = fitting((row for unit in table if unit["kind"] == "text" for row in _extractive(unit)), section)
    found, _ = duplicates.without_conflicts(found)
    drawn = sorted(found, key=order)[: section.max_extractive_rows]
    rows, copies = duplicates.without_copies([*imported, *drawn])
    rows, near = duplicates.without_near_copies(rows, section.near_duplicate_similarity)
    sides = split(rows, section.held_out_share, section.seed)
    sides = capped(sides, section.max_held_out, section.max_train_rows)
    check_size(sides, section.min_rows, "SFT")
    return as_dataset("sft", sides, [*too_long, *conflicts, *copies, *near], sft_table, artifacts, scratch)


def unit_rows(units: Table, artifacts: Artifacts) -> Sequence[UnitRow]:
    """All units, typed."""
    return cast("list[UnitRow]", read_table(units, artifacts).to_pylist())


def from_unit(unit: UnitRow, prompt: str, answers: tuple[str, ...]) -> Row:
    """An imported row with its unit's provenance."""
    return Row(
        prompt=prompt,
        answers=answers,
        origin="imported",
        document=unit["document"],
        place=f"{unit['path']}:{unit['unit']}",
        groups=groups_of(unit),
        licence=unit["licence"],
        source=unit["source"],
        choices=tuple(unit["choices"]) if unit["choices"] else None,
    )


def groups_of(unit: UnitRow) -> tuple[str, ...]:
    """A unit that names no group is one with its document."""
    return tuple(sorted(set(unit["groups"] or []))) or (f"doc:{unit['document']}",)


def _imported(unit: UnitRow) -> Row:
    return from_unit(unit, unit["prompt"] or "", ((unit["completion"] or "").strip(),))


def _extractive(unit: UnitRow) -> Iterator[Row]:
    for prompt, answer in extractive.questions(unit["text"] or "", unit["path"]):
        yield Row(
            prompt=prompt,
            answers=(answer,),
            origin="extractive",
            document=unit["document"],
            place=unit["path"],
            groups=groups_of(unit),
            licence=unit["licence"],
            source=unit["source"],
        )
