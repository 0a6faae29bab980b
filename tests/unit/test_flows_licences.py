"""Documents folders are under the licence file they hold, unless pipeline.yaml says otherwise."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from pydantic import ValidationError
from typer.testing import CliRunner

from flows.commands import licences
from flows.config import Pipeline
from flows.house import House
from flows.ingest.settings import INTERNAL, DocumentFolder, IngestSection
from flows.ingest.walk import Found, walk
from flows.walk.licences import admit_to_train, under_their_licences
from governance.licences.expressions import both, normalise
from governance.licences.notice import shipped_text
from governance.licences.settings import LicencePolicy
from governance.policy import Policy
from registry.errors import ConfigError, LicenceRefused
from registry.records import Base, Dataset, Table
from registry.workspace import Workspace

POLICY = LicencePolicy()


def licence_of(folder: DocumentFolder, place: str = "a.txt") -> str:
    (folder.path / place).parent.mkdir(parents=True, exist_ok=True)
    (folder.path / place).write_text("The office opens at nine.")
    return under_their_licences((folder,), IngestSection(), POLICY)[0].licence_of(place)


@pytest.mark.parametrize("name", ["LICENSE.txt", "License.md", "licence", "LICENSE-CC-BY-4.0.txt"])
def test_a_licence_file_counts_where_nothing_is_set(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(shipped_text("CC-BY-4.0") or "")

    assert licence_of(DocumentFolder(path=tmp_path)) == "CC-BY-4.0"
    assert licence_of(DocumentFolder(path=tmp_path, licence="CC0-1.0")) == "CC0-1.0"


def test_a_folder_inside_is_under_its_own_licence_file(tmp_path: Path) -> None:
    inner = tmp_path / "bought" / "rules"
    inner.mkdir(parents=True)
    (inner / "LICENSE").write_text(shipped_text("CC-BY-4.0") or "")
    (inner / "annex").mkdir()
    (inner / "annex" / "LICENSE.txt").write_text(shipped_text("CC0-1.0") or "")

    folder = DocumentFolder(path=tmp_path)
    assert licence_of(folder, "bought/rules/2025/a.txt") == "CC-BY-4.0"
    assert licence_of(folder, "bought/rules/annex/a.txt") == "CC0-1.0"
    assert licence_of(folder, "bought/a.txt") == INTERNAL
    assert licence_of(folder, "a.txt") == INTERNAL
    assert licence_of(DocumentFolder(path=tmp_path, licence="MIT"), "bought/rules/a.txt") == "MIT"


def test_of_a_folder_inside_one_can_state_the_licence_that_nobody_knows(tmp_path: Path) -> None:
    (tmp_path / "bought").mkdir()
    (tmp_path / "bought" / "LICENSE").write_text("Ask Bob before you use it.")

    with pytest.raises(LicenceRefused) as refused:
        licence_of(DocumentFolder(path=tmp_path), "bought/a.txt")
    assert 'within: {"bought": SPDX-IDENTIFIER}' in refused.value.next_step

    stated = DocumentFolder(path=tmp_path, within={"bought/": "CC-BY-4.0"})
    assert licence_of(stated, "bought/a.txt") == "CC-BY-4.0"
    assert licence_of(stated, "a.txt") == INTERNAL


def test_all_folders_inside_whose_licence_nobody_knows_are_named_at_once(tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "LICENSE").write_text("Ask Bob before you use it.")
        (tmp_path / name / "a.txt").write_text("The office opens at nine.")

    with pytest.raises(LicenceRefused, match=r"one holds a licence .* and 2 other folders as well") as refused:
        licence_of(DocumentFolder(path=tmp_path))

    assert all(f'"{name}": SPDX-IDENTIFIER' in refused.value.next_step for name in ("one", "two", "three"))


def test_a_licence_file_of_a_folder_that_is_not_read_says_nothing(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "LICENSE").write_text("Ask Bob before you use it.")

    assert licence_of(DocumentFolder(path=tmp_path)) == INTERNAL


@pytest.mark.parametrize("place", ["/bought", "..", "bought/../../x", "."])
def test_a_licence_is_stated_of_folders_inside_alone(tmp_path: Path, place: str) -> None:
    with pytest.raises(ValidationError):
        DocumentFolder(path=tmp_path, within={place: "MIT"})


def test_a_licence_stated_of_no_folder_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="within: boughtt is no folder"):
        licence_of(DocumentFolder(path=tmp_path, within={"boughtt": "MIT"}))


def test_a_licence_stated_of_a_link_would_bind_nothing(tmp_path: Path) -> None:
    (tmp_path / "bought" / "rules").mkdir(parents=True)
    (tmp_path / "linked").symlink_to(tmp_path / "bought")

    for place in ("linked", "linked/rules"):
        with pytest.raises(ConfigError, match="is no folder"):
            licence_of(DocumentFolder(path=tmp_path, within={place: "CC-BY-NC-4.0"}), "bought/rules/a.txt")


@pytest.mark.parametrize("stated", [{}, {"licence": INTERNAL, "within": {"library/bought": "CC-BY-NC-4.0"}}])
def test_a_link_is_bound_by_what_binds_the_file_that_is_read_for_it(tmp_path: Path, stated: dict[str, Any]) -> None:
    bought = tmp_path / "library" / "bought"
    bought.mkdir(parents=True)
    (bought / "a.txt").write_text("The office opens at nine.")
    (bought / "LICENSE").write_text(shipped_text("CC-BY-NC-4.0") or "")
    (tmp_path / "chosen").mkdir()
    (tmp_path / "chosen" / "a.txt").symlink_to(bought / "a.txt")

    folder, section = DocumentFolder(path=tmp_path, **stated), IngestSection(include=("chosen/*",))
    (read,) = under_their_licences((folder,), section, POLICY)

    assert read.licence_of("chosen/a.txt") == both(INTERNAL, "CC-BY-NC-4.0")
    assert read.licence_of("chosen/b.txt") == INTERNAL


@pytest.mark.parametrize("name", [b"b\xff", b'so-called "rules"', b"back\\slash"])
def test_what_a_refusal_advises_to_state_is_taken_whatever_the_folder_is_called(tmp_path: Path, name: bytes) -> None:
    inner = tmp_path / os.fsdecode(name)
    inner.mkdir()
    (inner / "LICENSE").write_text("Ask Bob before you use it.")
    (inner / "a.txt").write_text("The office opens at nine.")
    folder = DocumentFolder(path=tmp_path)
    with pytest.raises(LicenceRefused) as refused:
        under_their_licences((folder,), IngestSection(), POLICY)

    advised = yaml.safe_load(refused.value.next_step.partition("within: ")[2].partition(" under documents:")[0])
    stated = DocumentFolder(path=tmp_path, within=dict.fromkeys(advised, "MIT"))
    (read,) = under_their_licences((stated,), IngestSection(), POLICY)

    places = [entry.place for entry in walk(read, IngestSection()) if isinstance(entry, Found)]
    assert {read.licence_of(place) for place in places} == {"MIT"}


def test_of_a_choice_only_the_side_that_is_used_asks_anything(tmp_path: Path) -> None:
    app = typer.Typer(pretty_exceptions_enable=False)
    licences.attach(app)

    def said(*words: str) -> str:
        done = CliRunner().invoke(app, ["licence", "check", *words], obj=Workspace(tmp_path))
        assert done.exit_code == 0, done.output
        return done.stdout

    lines = said("MIT OR GPL-3.0-only").splitlines()
    assert lines[0].endswith("may be used to train, under MIT")
    assert lines[1:] == said("MIT").splitlines()[1:]


def test_what_an_adapter_will_owe_is_said_before_it_is_trained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = Table(artifact="a" * 64, rows=30, columns=("messages",))
    rows = Dataset(purpose="sft", train=table, held_out=table, licences={INTERNAL: 30}, origins={}, rejected=())
    base = Base(name="tiny", weights="b" * 64, licence="MIT", architecture="Llama", parameters=1, source="made")
    pipeline = Pipeline(documents=(DocumentFolder(path=tmp_path),), base_model="tiny")
    house = House(Workspace(tmp_path), pipeline, Policy(), "eve")

    admit_to_train(house, base, (rows,))

    told = capsys.readouterr().err
    assert "; hand on a copy of the licence (because of base model tiny)" in told
    assert f"owed under {INTERNAL}: keep it inside the organisation (because of 30 sft rows)" in told
    with pytest.raises(LicenceRefused, match="may not be used to train"):
        admit_to_train(house, base.model_copy(update={"licence": "GPL-3.0-only"}), (rows,))
    assert not capsys.readouterr().err


def test_a_folder_without_one_is_our_own(tmp_path: Path) -> None:
    (tmp_path / "licence-agreement-with-a-customer.md").write_text("Both parties agree.")

    assert licence_of(DocumentFolder(path=tmp_path)) == INTERNAL


def test_a_licence_file_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    (tmp_path / "LICENSE").write_text("You may look at these texts on Sundays.")

    with pytest.raises(LicenceRefused, match="unknown"):
        licence_of(DocumentFolder(path=tmp_path))


def test_the_licence_of_a_teacher_becomes_part_of_the_expression() -> None:
    assert normalise(f"({INTERNAL}) AND (llama3)") == f"{INTERNAL} AND LicenseRef-llama-3-license-2024"
