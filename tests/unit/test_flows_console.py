"""What the lines of a run tell: which files were refused and why, whom a figure is about."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows import console
from flows.standing import standing_of
from registry.errors import NotFound
from registry.records import DocumentSet, Evidence, Figure, Rejected, Table
from registry.workspace import Workspace
from tests.registered import place_today


def test_every_unreadable_file_is_named_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    bad = Rejected(what="document", place="[red]scan.pdf", reason="empty", detail="the file holds nothing")
    many = tuple(bad for _ in range(console.MOST_NAMED + 2))
    units = Table(artifact="a" * 64, rows=1, columns=("text",))
    documents = DocumentSet(units=units, documents=1, formats={}, licences={}, rejected=many)

    console.stage_line("ingest", documents, 1.0, looked_up=False)

    told = capsys.readouterr().err
    assert told.count("[red]scan.pdf: empty: the file holds nothing") == console.MOST_NAMED
    assert "and 2 more: muniment show" in told


def test_counts_are_whole_and_evidence_names_its_subject() -> None:
    evidence = Evidence(type="pii.scrub", subject="b" * 64, figures=(Figure(name="found", value=1639.0),))

    assert console.summary(evidence) == f"pii.scrub of {'b' * 12}: found 1639"


def test_a_folder_that_is_no_workspace_has_no_status(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="is no workspace"):
        standing_of(Workspace(tmp_path / "nowhere"))


def test_status_says_of_each_adapter_what_people_decided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = place_today(tmp_path, monkeypatch)
    with place.registry() as registry:
        waiting, approved = (place.adapter(registry, seed) for seed in (1, 2))
        place.approve(registry, approved)

    told = standing_of(place.workspace).candidates

    assert told == {waiting.version: "passed the gate", approved.version: "passed the gate; approved"}
