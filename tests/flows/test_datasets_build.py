"""From units to training sets: leak-free, in TRL's formats, the same whatever the order."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow as pa
import pytest

from flows.datasets.preference import build_preference
from flows.datasets.settings import BuildSection
from flows.datasets.sft import build_sft
from registry.artifacts import Artifacts
from registry.errors import DatasetTooSmall
from registry.records import Dataset, Reason, Table
from registry.tables import PREFERENCE_ROWS, UNITS, read_table, write_table

UnitRow = dict[str, object]
NO_PAIRS = PREFERENCE_ROWS.empty_table()


def unit(number: int, **fields: object) -> UnitRow:
    blank: UnitRow = dict.fromkeys(UNITS.names)
    about = {"document": "d" * 64, "path": "rows.jsonl", "unit": number, "licence": "MIT", "source": "s"}
    return {**blank, **about, "groups": [f"ref:{number // 2}"], **fields}


def questions(count: int = 80) -> list[UnitRow]:
    return [unit(n, kind="qa", prompt=f"Which rule covers case {n}?", completion=f"Rule {n % 7}") for n in range(count)]


def pairs(count: int = 80) -> list[UnitRow]:
    return [unit(n, kind="pair", prompt=f"How is case {n} told?", chosen="well", rejected="ill") for n in range(count)]


@pytest.fixture
def store(tmp_path: Path) -> tuple[Artifacts, Path]:
    return Artifacts(tmp_path / "artifacts"), tmp_path


def table(rows: list[UnitRow], store: tuple[Artifacts, Path]) -> Table:
    return write_table(pa.Table.from_pylist(rows, schema=UNITS), *store, "units")


def sft(rows: list[UnitRow], store: tuple[Artifacts, Path], section: BuildSection | None = None) -> Dataset:
    return build_sft(table(rows, store), section or BuildSection(), *store)


def groups(side: Table, artifacts: Artifacts) -> set[str]:
    return {group for own in read_table(side, artifacts)["groups"].to_pylist() for group in own}


def test_shuffled_units_build_the_same_dataset(store: tuple[Artifacts, Path]) -> None:
    rows = questions()

    first, second = sft(rows, store), sft(random.Random(1).sample(rows, len(rows)), store)

    assert first.digest == second.digest


def test_rows_load_in_trls_conversational_format(store: tuple[Artifacts, Path]) -> None:
    from datasets import load_dataset
    from trl.data_utils import is_conversational

    dataset = sft(questions(), store)
    path = store[0].path(dataset.train.artifact)

    loaded = load_dataset("parquet", data_files=str(path), split="train", cache_dir=str(store[1] / "cache"))

    assert is_conversational(loaded[0])
    assert loaded[0]["prompt"][0]["role"] == "user"
    assert loaded[0]["completion"][0]["role"] == "assistant"


def test_preference_training_touches_nothing_that_sft_holds_out(store: tuple[Artifacts, Path]) -> None:
    dataset = sft(questions(), store)

    preferred = build_preference(table(pairs(), store), NO_PAIRS, dataset, BuildSection(), store)

    assert not groups(preferred.train, store[0]) & groups(dataset.held_out, store[0])
    assert not groups(preferred.train, store[0]) & groups(preferred.held_out, store[0])


def test_a_pair_near_a_held_out_question_is_not_trained_on(store: tuple[Artifacts, Path]) -> None:
    dataset = sft(questions(), store)
    asked = [row["prompt"][0]["content"] for row in read_table(dataset.held_out, store[0]).to_pylist()]
    same = [
        unit(900 + n, kind="pair", prompt=prompt.upper(), chosen="a", rejected="b", groups=[f"x{n}"])
        for n, prompt in enumerate(asked)
    ]

    preferred = build_preference(table([*pairs(), *same], store), NO_PAIRS, dataset, BuildSection(), store)

    trained = {row["prompt"][0]["content"] for row in read_table(preferred.train, store[0]).to_pylist()}
    assert not trained & {prompt.upper() for prompt in asked}


def test_what_is_cut_from_held_out_is_not_trained_on(store: tuple[Artifacts, Path]) -> None:
    whole = sft(questions(), store)

    cut = sft(questions(), store, BuildSection(max_held_out=2, max_train_rows=30))

    assert cut.held_out.rows == 2
    assert cut.train.rows == 30
    assert groups(cut.train, store[0]) <= groups(whole.train, store[0])


def test_long_rows_and_contradicting_pairs_are_refused(store: tuple[Artifacts, Path]) -> None:
    dataset = sft([*questions(), unit(99, kind="qa", prompt="Q", completion="long " * 900)], store)
    both = [unit(200, kind="pair", prompt="P", chosen=a, rejected=b) for a, b in (("x", "y"), ("y", "x"))]

    preferred = build_preference(table([*pairs(), *both], store), NO_PAIRS, dataset, BuildSection(), store)

    assert [rejected.reason for rejected in dataset.rejected] == [Reason.TOO_LONG]
    assert [rejected.reason for rejected in preferred.rejected] == [Reason.CONFLICT, Reason.CONFLICT]


def test_too_few_rows_are_a_named_error(store: tuple[Artifacts, Path]) -> None:
    with pytest.raises(DatasetTooSmall):
        sft(questions(5), store)
