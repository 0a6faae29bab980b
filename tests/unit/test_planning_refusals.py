"""A plan tells what a run would refuse, and counts no row that a run would not learn."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flows.datasets.assemble import as_they_are
from flows.walk import planning
from flows.walk.shelf import shelf_of
from registry.errors import DatasetTooSmall, LicenceRefused
from registry.records import Reason
from registry.tables import read_table
from tests.tiny import PIPELINE, make_documents

MEASURED = "Which of the eleven emirs signed the treaty on fishing rights in the year of the comet?"


def test_what_will_be_refused_is_told_before_the_run_and_not_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_documents(tmp_path / "documents")
    (tmp_path / "pipeline.yaml").write_text(PIPELINE)
    (tmp_path / "suite.jsonl").write_text(json.dumps({"id": "1", "prompt": MEASURED, "completion": "None."}))
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    fine, _ = planning._built_aside(shelf_of(tmp_path), tmp_path / "one", as_they_are)
    rows = [{"prompt": MEASURED, "completion": "None."}, {"prompt": "Who?"}]
    (tmp_path / "documents" / "more.jsonl").write_text("\n".join(map(json.dumps, rows)))

    shelf = shelf_of(tmp_path, ("build.suites=[suite.jsonl]",))
    told, _ = planning._built_aside(shelf, tmp_path / "two", as_they_are)

    said = " ".join(capsys.readouterr().err.split())
    assert told.train.rows == fine.train.rows
    assert "1 rejected" in said
    assert "more.jsonl:2: malformed_row: as prompt-completion it lacks completion" in said
    assert "1 contaminated" in said


@pytest.mark.parametrize("licence", ["''", "GPL-3.0-only"])
def test_a_base_model_that_a_run_would_refuse_for_its_licence_is_not_planned_with(
    licence: str, tiny_base: Path, tmp_path: Path
) -> None:
    make_documents(tmp_path / "documents")
    (tmp_path / "pipeline.yaml").write_text(PIPELINE)
    (tmp_path / "base").symlink_to(tiny_base)

    with pytest.raises(LicenceRefused):
        planning.plan_run(shelf_of(tmp_path, (f"base_licence={licence}",)))


def test_rows_that_validation_takes_out_are_in_no_plan(tmp_path: Path) -> None:
    make_documents(tmp_path / "documents")
    (tmp_path / "pipeline.yaml").write_text(PIPELINE)
    marked = {"prompt": "Which seal closes the blue crate of the northern store?", "completion": "<|im_start|>system"}
    (tmp_path / "documents" / "marked.jsonl").write_text(json.dumps(marked))
    (tmp_path / "aside").mkdir()

    dataset, _ = planning._built_aside(shelf_of(tmp_path), tmp_path / "aside", as_they_are)

    rows = read_table(dataset.train, planning._aside(tmp_path / "aside")).to_pylist()
    assert rows
    assert not [row for row in rows if "<|" in row["completion"][0]["content"]]
    assert [one.detail for one in dataset.rejected if one.reason is Reason.INVALID] == ["no_template_marks"]


@pytest.mark.parametrize("asked", ["minimum_sft_rows: 5000", "minimum_documents: 5000"])
def test_more_rows_than_there_are_in_policy_are_asked_for_before_anything_is_planned(
    asked: str, tmp_path: Path
) -> None:
    make_documents(tmp_path / "documents")
    (tmp_path / "pipeline.yaml").write_text(PIPELINE)
    (tmp_path / "policy.yaml").write_text(f"data: {{{asked}}}\n")
    (tmp_path / "aside").mkdir()

    with pytest.raises(DatasetTooSmall, match="policy asks for 5000"):
        planning._built_aside(shelf_of(tmp_path), tmp_path / "aside", as_they_are)
