"""Where no preference pair can come into being, whoever asks for preference evidence hears of it before training."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from flows.house import House, open_house
from flows.walk import foreseeing, stages
from registry.records import Dataset, ValidatedBatch
from registry.tables import UNITS, read_table, write_table
from tests.tiny import make_workspace

SAID = "the gate asks for preference evidence"
IMPOSSIBLE = (("dpo.enabled=false",), ("evaluate.preference_rows=0",), ("build.min_preference_rows=18",))


def _built(root: Path, *overrides: str) -> tuple[House, ValidatedBatch, Dataset]:
    """The workspace at `root` as far as its questions."""
    house = open_house(root, overrides)
    valid = stages.validate(house, stages.scrub(house, stages.ingest(house)))
    return house, valid, stages.build_sft(house, stages.base_model(house), valid)


def test_a_gate_that_asks_for_pairs_that_cannot_be_warns_once_the_rows_are_there(
    tiny_base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = make_workspace(tmp_path / "workspace", tiny_base)
    (root / "policy.yaml").write_text("gate: {minimum_headline: 1, minimum_preference: 0.0}\n")

    house, valid, questions = _built(root)

    assert SAID not in capsys.readouterr().err
    artifacts = house.workspace.artifacts
    assert foreseeing.most_pairs(house, valid.rows, questions, artifacts) == 17, "10 brought, 8 mistakes, 1 to train on"
    rows = read_table(valid.rows, artifacts).to_pylist()
    alike = [{**row, "prompt": "Which one?"} if row["kind"] == "pair" else row for row in rows]
    of_one = write_table(pa.Table.from_pylist(alike, schema=UNITS), artifacts, tmp_path, "of-one-question")
    assert foreseeing.most_pairs(house, of_one, questions, artifacts) == 9, "one of the question, 8 mistakes"
    for overrides in IMPOSSIBLE:
        foreseeing.forewarn(open_house(root, overrides), valid.rows, questions, artifacts)
        assert SAID in capsys.readouterr().err, overrides


def test_measuring_fewer_questions_than_the_gate_asks_for_warns_once_the_rows_are_there(
    tiny_base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = make_workspace(tmp_path / "workspace", tiny_base)
    (root / "policy.yaml").write_text("gate: {minimum_headline: 2}\n")
    house, valid, questions = _built(root)

    for most, told in ((2, 0), (1, 1)):
        capsys.readouterr()
        narrow = open_house(root, (f"evaluate.max_rows={most}",))
        foreseeing.forewarn(narrow, valid.rows, questions, house.workspace.artifacts)
        assert capsys.readouterr().err.count("raise evaluate.max_rows (1)") == told


def test_single_ratings_that_are_learnt_leave_pairs_to_be_held_out(tiny_base: Path, tmp_path: Path) -> None:
    root = make_workspace(tmp_path / "workspace", tiny_base)
    house, valid, questions = _built(root, "build.min_preference_rows=10", "dpo.max_on_policy=0")
    artifacts = house.workspace.artifacts
    rows = read_table(valid.rows, artifacts).to_pylist()
    thumb = {**rows[-1], "kind": "rating", "chosen": None, "rejected": None, "completion": "No.", "label": False}
    thumbs = [{**thumb, "prompt": f"May clerk {n} open the safe?"} for n in range(6)]
    rated = write_table(pa.Table.from_pylist([*rows, *thumbs], schema=UNITS), artifacts, tmp_path, "rated")

    assert foreseeing.most_pairs(house, rated, questions, artifacts) == 0, "ten pairs, all of them to train on"
    of_kto = open_house(root, ("build.min_preference_rows=10", "dpo.max_on_policy=0", "dpo.loss_type=kto"))
    assert foreseeing.most_pairs(of_kto, rated, questions, artifacts) == 6


def test_tables_read_as_text_are_told_of_where_the_gate_lacks_questions(
    tiny_base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = make_workspace(tmp_path / "workspace", tiny_base)
    house = open_house(root)
    (house.pipeline.documents[0].path / "cases.csv").write_text("Client asks,We answer\nMay I?,No.\nMust I?,Yes.\n")
    valid = stages.validate(house, stages.scrub(house, stages.ingest(house)))
    base, hint = stages.base_model(house), "1 table read as text; to learn from each line as a question"

    for asked, told in ((1, 0), (10_000, 1)):
        (root / "policy.yaml").write_text(f"gate: {{minimum_headline: {asked}}}\n")
        capsys.readouterr()
        stages.build_sft(open_house(root), base, valid)
        assert " ".join(capsys.readouterr().err.split()).count(hint) == told, asked


def test_a_test_set_that_would_be_learnt_from_is_told_of_until_it_is_measured_by(
    tiny_base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = make_workspace(tmp_path / "workspace", tiny_base)
    folder = open_house(root).pipeline.documents[0].path
    row = '{"prompt": "May a clerk sell the safe?", "completion": "Never at all."}'
    (folder / "held-out_test.jsonl").write_text(row)
    (folder / "latest.jsonl").write_text(row.replace("sell", "open"))
    told = "learnt from like any other: 1 file named as a test set"

    _built(root)
    assert told in " ".join(capsys.readouterr().err.split())

    _built(root, f"build.suites=[{folder / 'held-out_test.jsonl'}]")
    assert told not in " ".join(capsys.readouterr().err.split())
