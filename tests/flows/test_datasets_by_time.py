"""Held out by time: what is of a day or later is measured on, and nothing of it is learnt."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from flows.datasets.preference import build_preference
from flows.datasets.settings import BuildSection
from flows.datasets.sft import build_sft
from flows.ingest.ingest import Ingested, ingest
from flows.ingest.settings import DocumentFolder, IngestSection
from flows.ingest.walk import listing_digest
from registry.artifacts import Artifacts
from registry.errors import ConfigError
from registry.records import Reason
from registry.tables import PREFERENCE_ROWS, read_table

SECTION = BuildSection(min_rows=10, min_preference_rows=2, max_extractive_rows=0)
SINCE = date(2026, 9, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "documents"
    made.mkdir()
    return made


def write(path: Path, *rows: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def questions(month: str, count: int) -> list[dict[str, str]]:
    return [{"prompt": f"What holds for case {n} of {month}?", "completion": f"Rule {n} holds."} for n in range(count)]


def read(folder: Path, store: tuple[Artifacts, Path], since: date | None = SINCE) -> Ingested:
    return ingest([DocumentFolder(path=folder, held_out_from=since)], IngestSection(workers=1), store)


def prompts(table_rows: list[dict[str, object]]) -> set[str]:
    return {str(row["prompt"][-1]["content"]) for row in table_rows}  # type: ignore[index]


def test_what_is_newer_is_held_out_whole_with_what_asks_the_same(folder: Path, tmp_path: Path) -> None:
    store = Artifacts(tmp_path / "artifacts"), tmp_path
    write(folder / "2026-08" / "asked.jsonl", *questions("august", 30), *questions("both", 1))
    write(folder / "asked 2026-09-14.jsonl", *questions("september", 12), {"prompt": "what holds for case 0 of both",
                                                                           "completion": "Rule 0 holds."})  # fmt: skip
    pairs = [{"prompt": f"How is {n} told?", "chosen": "With a reason.", "rejected": "No."} for n in range(9)]
    write(folder / "pairs 2026-07-01.jsonl", *pairs)
    write(folder / "pairs 2026-10-01.jsonl", {**pairs[0], "prompt": "How is it told in October?"})

    units = read(folder, store).batch.units
    dataset = build_sft(units, SECTION, *store, ())
    chosen = build_preference(units, PREFERENCE_ROWS.empty_table(), dataset, SECTION, store, ())

    train, held_out = (prompts(read_table(side, store[0]).to_pylist()) for side in (dataset.train, dataset.held_out))
    assert train == {row["prompt"] for row in questions("august", 30)}
    assert {row["prompt"] for row in questions("september", 12)} <= held_out
    assert len(held_out) == 13
    assert "How is it told in October?" in prompts(read_table(chosen.held_out, store[0]).to_pylist())


def test_what_names_no_day_is_refused_by_name(folder: Path, tmp_path: Path) -> None:
    write(folder / "2026-08.jsonl", *questions("august", 30))
    write(folder / "2026-09.jsonl", *questions("september", 3))
    write(folder / "asked.jsonl", *questions("who knows when", 3))

    batch = read(folder, (Artifacts(tmp_path / "artifacts"), tmp_path)).batch

    assert [(one.place, one.reason) for one in batch.rejected] == [("asked.jsonl", Reason.UNDATED)]


def test_a_day_after_all_that_there_is_measures_nothing_and_is_refused(folder: Path, tmp_path: Path) -> None:
    write(folder / "2026-08.jsonl", *questions("august", 30))

    with pytest.raises(ConfigError, match="nothing that can be used is of 2026-09-01 or later"):
        read(folder, (Artifacts(tmp_path / "artifacts"), tmp_path))


def test_another_day_reads_the_folder_again_and_none_leaves_it_as_it_was(folder: Path) -> None:
    write(folder / "2026-08.jsonl", *questions("august", 3))
    days = (None, date(2026, 8, 1), date(2026, 9, 1))

    assert len({listing_digest(DocumentFolder(path=folder, held_out_from=day), IngestSection()) for day in days}) == 3
