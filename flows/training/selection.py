"""Which rows a training learns from: all of them, or only those that were not made from the documents; and which pairs
come first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from operator import itemgetter
from typing import TYPE_CHECKING

from flows.datasets.duplicates import normal
from flows.datasets.messages import MADE, question_in
from flows.training.settings import LearnFrom
from registry import digests
from registry.errors import DatasetTooSmall

if TYPE_CHECKING:
    import pyarrow as pa

    from flows.training.rated import Pair


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
    times: Counter[str] = Counter()
    ranked: list[tuple[bool, int, Pair]] = []
    for others, row in sorted(((row["origin"] != "on-policy", row) for row in rows), key=_by_id):
        asked = normal(question_in(row).asked)
        ranked.append((others, times[asked], row))
        times[asked] += 1
    return [row for _, _, row in sorted(ranked, key=itemgetter(0, 1))[:most]]


def _by_id(told: tuple[bool, Pair]) -> tuple[bool, str]:
    return told[0], digests.of_text(str(told[1]["id"]))
