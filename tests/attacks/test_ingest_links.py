"""Links and closed doors in a documents folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from flows.ingest.settings import DocumentFolder, IngestSection
from flows.ingest.walk import walk
from registry.records import Reason, Rejected


def test_a_link_to_itself_is_refused_and_the_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "loop.txt").symlink_to("loop.txt")
    (tmp_path / "one.txt").symlink_to("two.txt")
    (tmp_path / "two.txt").symlink_to("one.txt")
    (tmp_path / "letter.txt").write_text("hello")

    found = list(walk(DocumentFolder(path=tmp_path), IngestSection()))

    assert [entry.reason for entry in found if isinstance(entry, Rejected)] == [Reason.OUTSIDE] * 3
    assert [entry.place for entry in found if not isinstance(entry, Rejected)] == ["letter.txt"]


def test_a_folder_that_cannot_be_opened_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("closed", ".hidden", "open"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "letter.txt").write_text("hello")
    opened = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith(("closed", ".hidden")):
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = list(walk(DocumentFolder(path=tmp_path), IngestSection()))

    assert [entry.place for entry in found if not isinstance(entry, Rejected)] == ["open/letter.txt"]
    assert [(entry.place, entry.reason) for entry in found if isinstance(entry, Rejected)] == [
        ("closed", Reason.UNREADABLE)
    ]


def test_a_folder_too_deep_to_be_opened_is_named_and_the_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "letter.txt").write_text("hello")
    monkeypatch.chdir(tmp_path)
    for _ in range(20):
        Path("d" * 250).mkdir()
        os.chdir("d" * 250)

    found = list(walk(DocumentFolder(path=tmp_path), IngestSection()))

    assert [entry.place for entry in found if not isinstance(entry, Rejected)] == ["letter.txt"]
    assert [entry.reason for entry in found if isinstance(entry, Rejected)] == [Reason.UNREADABLE]
