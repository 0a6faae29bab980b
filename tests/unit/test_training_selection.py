"""A training learns from all rows, or from none of those that were made from the documents."""

from __future__ import annotations

import pyarrow as pa
import pytest

from flows.training.selection import selected, selections
from registry import tables
from registry.errors import DatasetTooSmall


def rows(*origins: str) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "prompt": [{"role": "user", "content": f"which {n}"}],
                "completion": [{"role": "assistant", "content": str(n)}],
                "choices": None, "id": f"r{n}", "origin": origin, "document": "d", "groups": [f"g{n}"],
                "licence": "MIT", "source": "",
            }
            for n, origin in enumerate(origins)
        ],
        schema=tables.SFT_ROWS,
    )  # fmt: skip


def test_all_rows_are_learnt_from_unless_said() -> None:
    table = rows("imported", "extractive")

    assert selected(table, "all") is table


def test_what_was_made_from_documents_is_left_out_and_the_bases_own_words_stay() -> None:
    table = rows("extractive", "imported", "taught", "replay", "imported")

    kept = selected(table, "asked")

    assert kept["id"].to_pylist() == ["r1", "r3", "r4"]
    assert kept.schema == tables.SFT_ROWS


@pytest.mark.parametrize("origins", [(), ("extractive",), ("taught", "extractive")])
def test_a_training_from_nothing_is_refused(origins: tuple[str, ...]) -> None:
    with pytest.raises(DatasetTooSmall, match="learn_from"):
        selected(rows(*origins), "asked")


@pytest.mark.parametrize(
    ("origins", "choices"),
    [
        (("imported", "extractive"), ("all", "asked")),
        (("imported", "taught", "replay"), ("all", "asked")),
        (("imported", "replay"), ("all",)),
        (("extractive", "replay"), ("all",)),
        ((), ("all",)),
    ],
)
def test_a_search_chooses_only_where_there_is_a_choice(origins: tuple[str, ...], choices: tuple[str, ...]) -> None:
    assert selections(rows(*origins)) == choices
