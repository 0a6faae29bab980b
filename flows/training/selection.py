"""Which rows a training learns from: all of them, or only those that were not made from the documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.datasets.messages import MADE
from flows.training.settings import LearnFrom
from registry.errors import DatasetTooSmall

if TYPE_CHECKING:
    import pyarrow as pa


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
