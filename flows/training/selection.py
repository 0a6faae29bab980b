"""Which rows a training learns from: all of them, or only those that were not made from the documents; and which pairs
come first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from flows.datasets.duplicates import normal
from flows.datasets.messages import MADE, question_in
from flows.training.settings import LearnFrom
from registry import digests
from registry.errors import DatasetTooSmall

if TYPE_CHECKING:
    import pyarrow as pa

    from flows.rendering.rated import Pair


def selected(table: pa.Table, learn_from: LearnFrom) -> pa.Table:
    """Rows of `registry.tables.SFT_ROWS` to learn from, in their order; `asked` keeps what people or the base wrote.

    Raises DatasetTooSmall where none is left.
    """
    import pyarrow as pa

    if learn_from == "all":
        return table
    kept = table.filter(pa.array([origin not in MADE for origin in table["origin"].to_pylist()], pa.bool_()))
    if not kept.num_rows:
        raise DatasetTooSmall(
            "sft.learn_from: asked leaves no training row", "add files of questions, or set sft.learn_from: all"
        )
    return kept


def selections(table: pa.Table) -> tuple[LearnFrom, ...]:
    """What a search may choose between; one where all rows, or none, were made from the documents."""
    kinds = {origin in MADE for origin in table["origin"].to_pylist() if origin != "replay"}
    return ("all", "asked") if len(kinds) > 1 else ("all",)


def over_questions(rows: Sequence[Pair], most: int) -> list[Pair]:
    """On-policy pairs, then one of each question, then a second of each, in order of their ids' digests.

    Several pairs of one question teach less than those of as many questions, whose prompts are often shorter.
    """
    ordered = sorted(rows, key=lambda row: (not _own(row), digests.of_text(str(row["id"]))))
    return [row for _, row in sorted(turns(ordered), key=lambda one: (not _own(one[1]), one[0]))[:most]]


def turns(rows: Iterable[Pair]) -> Iterator[tuple[int, Pair]]:
    """Each pair behind the number of those of its question that came before it."""
    before: Counter[str] = Counter()
    for row in rows:
        asked = normal(question_in(row).asked)
        yield before[asked], row
        before[asked] += 1


def _own(row: Pair) -> bool:
    return bool(row["origin"] == "on-policy")
