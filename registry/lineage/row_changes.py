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
"""(the row's id, a digest of its content; the digest of the Document it comes from)"""


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
    """By purpose and side; `paths` names each document by its digest. Raises DigestMismatch for a changed table."""
    sides = [{one.purpose: one for one in datasets} for datasets in (a, b)]
    purposes = sorted(sides[0].keys() | sides[1].keys(), reverse=True)
    return [
        _change(purpose, side, [getattr(one.get(purpose), side, None) for one in sides], (paths, artifacts))
        for purpose in purposes
        for side in get_args(Side)
    ]


def _change(
    purpose: str, side: Side, tables: Sequence[Table | None], known: tuple[Mapping[str, str], Artifacts]
) -> RowChange:
    paths, artifacts = known
    a, b = (table.rows if table else 0 for table in tables)
    if tables[0] == tables[1]:
        return RowChange(purpose, side, a, b)
    try:
        before, after = (_rows(table, artifacts) for table in tables)
    except NotFound as error:
        return RowChange(purpose, side, a, b, gone=error.message)
    added, removed = after - before, before - after
    changed: dict[str, list[int]] = {}
    for position, rows in enumerate((added, removed)):
        for (_, document), count in rows.items():
            changed.setdefault(paths.get(document, "no document"), [0, 0])[position] += count
    documents = tuple((path, counts[0], counts[1]) for path, counts in sorted(changed.items()))
    return RowChange(purpose, side, a, b, added.total(), removed.total(), documents)


def _rows(table: Table | None, artifacts: Artifacts) -> Counter[Row]:
    from registry.tables import read_table

    if table is None:
        return Counter()
    columns = read_table(table, artifacts)
    return Counter(zip(columns["id"].to_pylist(), columns["document"].to_pylist(), strict=True))
