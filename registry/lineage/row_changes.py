"""Which rows one dataset has and another has not, told by count and document, never by their words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from registry.artifacts import Artifacts
from registry.errors import NotFound
from registry.records import Dataset, Table

Side = Literal["train", "held_out"]
Row = tuple[str, str]
"""(the row's id, a digest of its content; the path of the document it comes from, which may have changed elsewhere)"""


@dataclass(frozen=True)
class RowChange:
    """One side of the datasets for one purpose. `documents` maps a path to rows (added, removed).

    `gone` says which table is no longer in the artifact store; then nothing is known but the counts.
    """

    purpose: str
    side: Side
    a: int
    b: int
    added: int = 0
    removed: int = 0
    documents: tuple[tuple[str, int, int], ...] = ()
    gone: str = ""


def row_changes(
    a: Sequence[Dataset], b: Sequence[Dataset], paths: Mapping[str, str], artifacts: Artifacts
) -> list[RowChange]:
    """By purpose and side; `paths` names each document by its digest. Raises DigestMismatch for a changed table.

    What several data sets of one purpose hold was all learnt; held out is what the last one holds out.
    """
    purposes = sorted({one.purpose for one in (*a, *b)}, reverse=True)
    return [
        _change(purpose, side, [_tables(datasets, purpose, side) for datasets in (a, b)], (paths, artifacts))
        for purpose in purposes
        for side in get_args(Side)
    ]


def _tables(datasets: Sequence[Dataset], purpose: str, side: Side) -> list[Table]:
    found: list[Table] = [getattr(one, side) for one in datasets if one.purpose == purpose]
    return found if side == "train" else found[-1:]


def _change(
    purpose: str, side: Side, tables: Sequence[Sequence[Table]], known: tuple[Mapping[str, str], Artifacts]
) -> RowChange:
    paths, artifacts = known
    a, b = (sum(table.rows for table in one) for one in tables)
    if tables[0] == tables[1] and len(tables[0]) < 2:
        return RowChange(purpose, side, a, b)
    try:
        before, after = (_rows(one, paths, artifacts) for one in tables)
    except NotFound as error:
        return RowChange(purpose, side, a, b, gone=error.message)
    a, b = before.total(), after.total()
    added, removed = after - before, before - after
    changed: dict[str, list[int]] = {}
    for position, rows in enumerate((added, removed)):
        for (_, path), count in rows.items():
            changed.setdefault(path, [0, 0])[position] += count
    documents = tuple((path, counts[0], counts[1]) for path, counts in sorted(changed.items()))
    return RowChange(purpose, side, a, b, added.total(), removed.total(), documents)


def _rows(tables: Sequence[Table], paths: Mapping[str, str], artifacts: Artifacts) -> Counter[Row]:
    """A row that stands in several tables counts as in the one that has it most often."""
    from registry.tables import read_table

    found: Counter[Row] = Counter()
    for table in tables:
        columns = read_table(table, artifacts)
        places = (paths.get(document, "no document") for document in columns["document"].to_pylist())
        found |= Counter(zip(columns["id"].to_pylist(), places, strict=True))
    return found
