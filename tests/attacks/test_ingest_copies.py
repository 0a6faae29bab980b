"""A copy is read once, and takes nothing away: neither a licence that binds it nor the day that holds it out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from flows.datasets.settings import BuildSection
from flows.datasets.sft import build_sft
from flows.ingest.ingest import Ingested, ingest
from flows.ingest.settings import INTERNAL, DocumentFolder, IngestSection
from flows.walk.licences import require_trainable, under_their_licences
from governance.licences.notice import shipped_text
from governance.licences.settings import LicencePolicy
from registry.artifacts import Artifacts
from registry.errors import LicenceRefused
from registry.records import Reason
from registry.tables import LATER, read_table

FORBIDDEN = "CC-BY-NC-4.0"
SINCE = date(2026, 9, 1)


@pytest.fixture
def store(tmp_path: Path) -> tuple[Artifacts, Path]:
    return Artifacts(tmp_path / "artifacts"), tmp_path


def write(path: Path, about: str, count: int, **more: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    asked = ({"prompt": f"How is case {n} of {about} decided?", "completion": f"Rule {n} holds."} for n in range(count))
    path.write_text("".join(json.dumps({**row, **more}) + "\n" for row in asked))


def read(folders: Sequence[DocumentFolder], store: tuple[Artifacts, Path]) -> Ingested:
    return ingest(folders, IngestSection(workers=1), store)


@pytest.mark.parametrize("outer_first", [True, False])
def test_a_folder_around_another_does_not_hide_the_licence_of_the_inner_one(
    store: tuple[Artifacts, Path], tmp_path: Path, outer_first: bool
) -> None:
    write(tmp_path / "docs" / "own.jsonl", "ours", 3)
    write(tmp_path / "docs" / "external" / "theirs.jsonl", "theirs", 3)
    outer = DocumentFolder(path=tmp_path / "docs", licence="MIT")
    inner = DocumentFolder(path=tmp_path / "docs" / "external", licence=FORBIDDEN)

    made = read([outer, inner] if outer_first else [inner, outer], store)

    assert [one.reason for one in made.batch.rejected] == [Reason.DUPLICATE]
    assert made.batch.licences.pop("MIT") == 3
    assert [(sorted(one.strip("()") for one in licence.split(" AND ")), count)
            for licence, count in made.batch.licences.items()] == [([FORBIDDEN, "MIT"], 3)]  # fmt: skip
    with pytest.raises(LicenceRefused, match=FORBIDDEN):
        require_trainable(made.batch, store[0], LicencePolicy())


def test_a_folder_of_ours_does_not_take_in_what_a_licence_file_inside_forbids(
    store: tuple[Artifacts, Path], tmp_path: Path
) -> None:
    write(tmp_path / "docs" / "own.jsonl", "ours", 3)
    write(tmp_path / "docs" / "bought" / "theirs.jsonl", "theirs", 3)
    (tmp_path / "docs" / "bought" / "LICENSE").write_text(shipped_text(FORBIDDEN) or FORBIDDEN)
    section, policy = IngestSection(workers=1), LicencePolicy()

    made = read(under_their_licences([DocumentFolder(path=tmp_path / "docs")], section, policy), store)

    assert made.batch.licences == {INTERNAL: 3, FORBIDDEN: 3}
    with pytest.raises(LicenceRefused, match=r"bought/theirs\.jsonl"):
        require_trainable(made.batch, store[0], policy)


def test_each_licence_of_many_copies_is_stated_once(store: tuple[Artifacts, Path], tmp_path: Path) -> None:
    for name in "abcd":
        write(tmp_path / name / "rows.jsonl", "ours", 3)
    licences = ("MIT", "Apache-2.0", "MIT", "Apache-2.0")
    folders = [DocumentFolder(path=tmp_path / name, licence=one) for name, one in zip("abcd", licences, strict=True)]

    made = read(folders, store)

    assert made.batch.licences == {"(MIT) AND (Apache-2.0)": 3}
    assert [one.licence for one in made.documents] == ["(MIT) AND (Apache-2.0)"]
    require_trainable(made.batch, store[0], LicencePolicy())


def test_a_row_that_states_its_licence_keeps_it(store: tuple[Artifacts, Path], tmp_path: Path) -> None:
    for name in "ab":
        write(tmp_path / name / "rows.jsonl", "ours", 3, license="CC0-1.0")

    made = read([DocumentFolder(path=tmp_path / "a"), DocumentFolder(path=tmp_path / "b", licence="MIT")], store)

    assert made.batch.licences == {"CC0-1.0": 3}


def test_what_comes_again_on_a_later_day_is_held_out(store: tuple[Artifacts, Path], tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    write(folder / "2026" / "01" / "old.jsonl", "january", 30)
    write(folder / "2026" / "01" / "bees.jsonl", "bees", 12)
    write(folder / "2026" / "10" / "bees again.jsonl", "bees", 12)

    units = read([DocumentFolder(path=folder, held_out_from=SINCE)], store).batch.units

    groups = {row["path"]: row["groups"].count(LATER) for row in read_table(units, store[0]).to_pylist()}
    assert groups == {"2026/01/old.jsonl": 0, "2026/01/bees.jsonl": 1}
    dataset = build_sft(units, BuildSection(min_rows=10, max_extractive_rows=0), *store, ())
    assert "bees" not in str(read_table(dataset.train, store[0]).to_pylist())
    assert dataset.held_out.rows == 12


def test_what_came_first_on_the_later_day_stays_held_out(store: tuple[Artifacts, Path], tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    write(folder / "10.2026" / "2026-10-02.jsonl", "bees", 3)
    write(folder / "old" / "2026-01-02.jsonl", "bees", 3)

    units = read([DocumentFolder(path=folder, held_out_from=SINCE)], store).batch.units

    assert [row["groups"].count(LATER) for row in read_table(units, store[0]).to_pylist()] == [1, 1, 1]
