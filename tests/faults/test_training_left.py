"""What a killed training left for its rerun, on a disk that lost the bytes since: made anew, and ended as ever."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from flows.datasets.replay import replay_rows
from flows.datasets.teaching.judged import by_judge
from flows.evaluation import drawing
from flows.search.tune import FINISHED, search
from flows.training.preference import pairs
from registry.files import left_or_made, left_whole
from tests.attacks.test_training_search import BASE, _gives, _honest, _search
from tests.teacher_server import teaching
from tests.unit.test_datasets_judged import fair, section, written

BROKEN = (b"", b"\0" * 40, b'[["cut o', b"\xff\xfe", b"5", b"[" * 100_000)
AS_BROKEN = [f"{bytes_[:8]!r}" for bytes_ in BROKEN]
broken = pytest.mark.parametrize("found", BROKEN, ids=AS_BROKEN)


@broken
def test_answers_that_cannot_be_read_again_are_drawn_again(found: bytes, tmp_path: Path) -> None:
    (tmp_path / "0.json").write_bytes(found)

    for _ in range(2):
        assert left_or_made(tmp_path / "0.json", drawing._texts, lambda: [["one", "two"]]) == [["one", "two"]]
    assert left_or_made(tmp_path / "0.json", drawing._texts, lambda: [["another"]]) == [["one", "two"]]


@broken
def test_rows_of_the_base_that_cannot_be_read_again_are_written_again(found: bytes, tmp_path: Path) -> None:
    (tmp_path / "replay").mkdir()
    (tmp_path / "replay" / "0.json").write_bytes(found)

    (row,) = replay_rows(lambda number: [("Write a line.", "A line.")], BASE, 1, tmp_path)

    assert (row.prompt, row.answers) == ("Write a line.", ("A line.",))


@pytest.mark.parametrize("found", [*BROKEN, b"[[0.5, 0.25], [1.0, 2.0]]"], ids=[*AS_BROKEN, "another batch"])
def test_scores_of_the_reference_that_cannot_be_read_again_are_taken_again(found: bytes, tmp_path: Path) -> None:
    (tmp_path / "0.json").write_bytes(found)

    for _ in range(2):
        assert left_or_made(tmp_path / "0.json", partial(pairs._read, 1), lambda: [(-0.1, -3.5)]) == [(-0.1, -3.5)]
    assert left_or_made(tmp_path / "0.json", partial(pairs._read, 1), lambda: [(0.0, 0.0)]) == [(-0.1, -3.5)]


@pytest.mark.parametrize("found", BROKEN[:4], ids=AS_BROKEN[:4])
def test_a_verdict_that_cannot_be_read_again_is_asked_for_again(found: bytes, tmp_path: Path) -> None:
    drawn = [written("good", "bad")]
    with teaching(fair("good", "bad")) as server:
        whole = by_judge(drawn, section(server), tmp_path)
        for kept in tmp_path.iterdir():
            kept.write_bytes(found)

        assert by_judge(drawn, section(server), tmp_path) == whole


@pytest.mark.parametrize("cut", [0, 1, 2, 3])
def test_of_trials_those_before_the_first_that_is_not_whole_are_kept(
    cut: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _gives(monkeypatch, _honest)
    whole = search(_search(tmp_path, max_trials=4))
    lines = (tmp_path / FINISHED).read_bytes().splitlines(keepends=True)
    (tmp_path / FINISHED).write_bytes(b"".join([*lines[:cut], lines[cut][:20] + b"\xff", *lines[cut + 1 :]]))

    assert search(_search(tmp_path, max_trials=4)).trials == whole.trials


def test_what_nobody_left_is_none(tmp_path: Path) -> None:
    assert left_whole(tmp_path / "nothing", bytes) is None
    assert left_whole(tmp_path, bytes) is None
