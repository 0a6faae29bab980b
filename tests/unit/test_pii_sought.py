"""Which documents a name means, for holds and erasures alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from governance.pii.settings import PiiPolicy
from governance.pii.sought import Material, Reading, named, sought
from registry.artifacts import Artifacts
from registry.errors import NotFound
from registry.records import Document


def document(path: str, content: str = "1") -> Document:
    return Document(content=content * 64, path=path, media_type="text/plain", size_bytes=1, licence="MIT")


def test_the_end_of_a_path_is_a_name_for_it() -> None:
    letter, other = document("mail/2026/letter.md"), document("newsletter.md", "2")

    assert named([letter, other], "letter.md") == named([letter, other], "2026/letter.md") == [letter]
    assert named([letter, other], "etter.md") == []


def test_a_whole_path_means_that_document_alone() -> None:
    here, there = document("letter.md"), document("mail/letter.md", "2")

    assert named([here, there], "letter.md") == [here]


def test_an_end_that_several_paths_have_means_none_of_them() -> None:
    with pytest.raises(NotFound, match="2 documents"):
        named([document("a/letter.md"), document("b/letter.md", "2")], "letter.md")


def test_of_whom_no_run_has_read_it_is_not_said_that_no_file_speaks(tmp_path: Path) -> None:
    (tmp_path / "new.md").write_text("Anna Weber complained.", encoding="utf-8")

    with pytest.raises(NotFound, match="that a run has read") as nobody:
        sought("Anna Weber", Material((), (), ()), Artifacts(tmp_path / "artifacts"), Reading(PiiPolicy(), ()))

    assert "muniment run reads them" in nobody.value.next_step
