"""A training learns from all rows, or from none of those that were made from the documents."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.rendering.rated import Pair
from flows.training.selection import over_questions, selected, selections
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


def pair(question: str, number: int, origin: str = "imported") -> Pair:
    said = [{"role": "assistant", "content": f"{question} {number}"}]
    return {
        "id": f"{question}-{number}", "origin": origin, "document": "d", "groups": [], "licence": "MIT", "source": "",
        "prompt": [{"role": "user", "content": question}], "chosen": said, "rejected": [],
    }  # fmt: skip


@given(st.lists(st.integers(0, 6), max_size=8), st.integers(0, 30))
def test_pairs_of_as_many_questions_as_there_are_come_first(sizes: list[int], most: int) -> None:
    rows = [pair(f"Why {place}?", number) for place, size in enumerate(sizes) for number in range(size)]
    own = [pair("Why 0?", 9, "on-policy"), pair("How?", 9, "on-policy")]

    kept = over_questions([*rows, *own], most)

    assert {row["id"] for row in kept[:2]} == {row["id"] for row in own[:most]} or most < 2
    assert len(kept) == min(most, len(rows) + 2)
    assert kept == over_questions([*own, *reversed(rows)], most)
    times = Counter(row["prompt"][0]["content"] for row in kept)
    offered = Counter(row["prompt"][0]["content"] for row in [*rows, *own])
    assert most < 2 or all(times[one] >= min(offered[one], times[other] - 1) for one in offered for other in times)
