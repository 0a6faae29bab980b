"""Whatever limits cut, the sides, the refusals and the counts of a dataset add up to the rows that it was offered."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from flows.datasets.preference import build_preference
from flows.datasets.settings import BuildSection
from flows.datasets.sft import build_sft
from registry.artifacts import Artifacts
from registry.records import Dataset
from registry.tables import PREFERENCE_ROWS, UNITS, write_table

Unit = dict[str, object]
LEFT = (
    "held out, not measured on",
    "held out, past the limit",
    "held out, learnt before",
    "held out, rated alone",
    "not learnt, past the limit",
)
LIMITS: list[dict[str, int]] = [{}, {"max_train_rows": 30}, {"max_held_out": 5}, {"max_preference_rows": 12}]


@pytest.fixture
def store(tmp_path: Path) -> tuple[Artifacts, Path]:
    return Artifacts(tmp_path / "artifacts"), tmp_path


def unit(number: int, **fields: object) -> Unit:
    about = {"document": f"{number:02x}" * 32, "path": f"{number}.md", "unit": 0, "licence": "MIT", "source": "s"}
    return {**dict.fromkeys(UNITS.names), **about, **fields}


def handbook(office: int) -> str:
    kept = f"The desk of town{office} must keep every letter about ship{office} and crate{office}"
    told = f"Each captain of harbour{office} must tell guard{office} of all that he carries by way of lake{office}"
    paid = f"No clerk{office} may pay a bill of firm{office} that nobody of house{office} has read"
    return f"# Rules of town{office}\n\n## Keeping\n\n1.1 {kept}.\n\n1.2 {told}.\n\n1.3 {paid}."


def offered() -> list[Unit]:
    """Sixty questions, three to a group, beside forty documents; as many pairs, some of what is learnt; and thirty
    answers rated alone."""
    questions = [
        unit(n, kind="qa", prompt=f"Who answers for matter {n}?", completion=f"desk {n % 7}", groups=[f"g{n // 3}"])
        for n in range(60)
    ]
    pairs = [
        unit(n, kind="pair", prompt=f"Who answers for matter {n}?" if n % 4 == 0 else f"How is case {n} told?",
             chosen=f"well {n}", rejected=f"ill {n}", groups=[f"p{n // 3}"])
        for n in range(60)
    ]  # fmt: skip
    rated = [
        unit(n, kind="rating", prompt=f"What of box {n}?", completion=f"fine {n}", label=n % 3 == 0, groups=[f"b{n}"])
        for n in range(30)
    ]
    return [*questions, *pairs, *rated, *(unit(60 + n, kind="text", text=handbook(n)) for n in range(40))]


def accounted(dataset: Dataset) -> int:
    left = sum(dataset.pool.get(name, 0) for name in LEFT)
    return dataset.train.rows + dataset.held_out.rows + len(dataset.rejected) + left


@pytest.mark.parametrize("limits", LIMITS, ids=str)
def test_no_row_is_cut_without_being_counted(limits: dict[str, int], store: tuple[Artifacts, Path]) -> None:
    section = BuildSection.model_validate({"near_duplicate_similarity": 1, **limits})
    units = write_table(pa.Table.from_pylist(offered(), schema=UNITS), *store, "units")

    questions = build_sft(units, section, *store, ())
    pairs = build_preference(units, PREFERENCE_ROWS.empty_table(), questions, section, store, (), single_ratings=True)

    drawn = sum(count for name, count in questions.pool.items() if name.startswith("drawn: "))
    assert drawn > 0
    assert accounted(questions) == 60 + 10 + drawn
    assert accounted(pairs) == 60 + 30
    assert pairs.pool["held out, rated alone"] > 0
    assert limits.get("max_train_rows", 0) == 0 or questions.pool["not learnt, past the limit"] > 0
    assert limits.get("max_held_out", 0) == 0 or pairs.pool["held out, learnt before"] > 0
