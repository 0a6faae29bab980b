"""What the shipped examples promise: licences, formats, invented people, and a probe that parses."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
ALLOWED = {"CC0-1.0", "MIT", "Apache-2.0", "CC-BY-4.0", "OGL-UK-3.0"}
FORMATS = {".pdf", ".docx", ".pptx", ".xlsx", ".csv", ".html", ".md", ".txt", ".eml", ".jsonl"}


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def documents() -> list[Path]:
    return [path for path in EXAMPLES.glob("*/*") if path.is_file()]


def test_every_folder_names_one_licence_that_may_be_shipped() -> None:
    table = dict(re.findall(r"^\| `(\w+)` \| ([\w.-]+) \|", (EXAMPLES / "README.md").read_text(), re.MULTILINE))

    folders = {path.name for path in EXAMPLES.iterdir() if path.is_dir()}

    assert folders == set(table)
    assert set(table.values()) <= ALLOWED


def test_all_ten_formats_are_there_and_small() -> None:
    files = documents()

    assert len(files) >= 70
    assert {path.suffix for path in files} >= FORMATS
    assert sum(path.stat().st_size for path in files) < 6_000_000


def test_the_personnel_files_are_written_again_byte_for_byte(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scripts.make_examples", "--out", str(tmp_path)]

    subprocess.run(command, check=True, cwd=ROOT)

    for folder in ("hr", "bad"):
        shipped = {path.name: path.read_bytes() for path in (EXAMPLES / folder).iterdir()}
        assert {path.name: path.read_bytes() for path in (tmp_path / folder).iterdir()} == shipped


def test_every_invented_person_recurs_in_several_documents() -> None:
    people = json.loads((ROOT / "tests" / "data" / "hr_people.json").read_text(encoding="utf-8"))
    plain = {".txt", ".md", ".html", ".csv"}
    texts = [p.read_text(encoding="utf-8") for p in (EXAMPLES / "hr").iterdir() if p.suffix in plain]

    assert len(people) == 12
    for person in people:
        assert sum(person["last"] in text for text in texts) >= 2


def test_no_question_the_demo_asks_was_trained_on() -> None:
    trained = {row["prompt"] for row in rows(EXAMPLES / "questions" / "rulebook.jsonl")}
    asked = {row["prompt"] for row in rows(EXAMPLES / "ask.jsonl")}

    assert len(trained) == 1500
    assert len(asked) == 6
    assert not trained & asked


def test_every_shipped_row_states_its_licence_and_source() -> None:
    for name in ("rulebook", "preferences"):
        for row in rows(EXAMPLES / "questions" / f"{name}.jsonl"):
            assert row["license"] == "Apache-2.0"
            assert row["source"]


def test_every_row_of_the_general_probe_can_be_scored() -> None:
    probe = rows(ROOT / "flows" / "evaluation" / "suites" / "general.jsonl")

    assert len(probe) >= 240
    assert len({row["id"] for row in probe}) == len({row["prompt"] for row in probe}) == len(probe)
    for row in probe:
        choices = row["choices"]
        assert isinstance(choices, list)
        assert 2 <= len(choices) == len(set(choices)) <= 4
        assert row["completion"] in choices
        assert row["licence"] in ALLOWED
