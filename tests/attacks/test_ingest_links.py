"""Links in a documents folder."""

from __future__ import annotations

from pathlib import Path

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
