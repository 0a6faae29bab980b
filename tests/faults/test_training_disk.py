"""No room for a checkpoint or an exported file: named whoever was writing, and with room it ends as ever."""

from __future__ import annotations

import resource
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.export.settings import Order
from registry.artifacts import Artifacts, disk_full_named
from registry.errors import DiskFull, MunimentError
from registry.progress import Steps
from tests import walked
from tests.faults.test_training_kill import fresh, train  # noqa: F401 - a fixture
from tests.walked import Ended, Place, candidate, forked, muniment

CHECKPOINTS = {"safetensors": 20_000, "torch": 100_000}
"""Bytes that a file may have, by who then has no room for its part of a checkpoint: an adapter takes 73 kB."""


def named(place: Place, most: str, act: Callable[[], None]) -> None:
    """`act` where no file may grow past `most` bytes, with the command line's own ending."""
    from flows.cli import complain

    resource.setrlimit(resource.RLIMIT_FSIZE, (int(most), resource.RLIM_INFINITY))
    try:
        with disk_full_named(place.root):  # as every stage
            act()
    except MunimentError as error:
        complain(error)
        sys.exit(error.exit_code)


def trained_in(place: Place, arguments: tuple[str, ...]) -> None:
    named(place, arguments[0], lambda: train(place, ()))


def trained_together_in(place: Place, arguments: tuple[str, ...]) -> None:
    from flows.training.processes.together import learn
    from flows.training.settings import SftSection
    from registry.records import Base
    from tests.trainable import rows

    base = Base.model_validate_json((place.root / "base.json").read_bytes())
    section = SftSection(quantization="none", max_steps=2, save_steps=1, lora_r=8, processes=2)
    store = (Artifacts(place.root / "artifacts"), place.root)
    named(place, arguments[0], lambda: print(learn(rows(16), base, section, store).rows))


def is_disk_full(ended: Ended) -> None:
    assert (ended.code, "(DiskFull)" in ended.err, "Traceback" in ended.err) == (1, True, False), ended.err


@pytest.mark.parametrize("most", CHECKPOINTS.values(), ids=CHECKPOINTS)
def test_a_checkpoint_without_room_is_named_and_with_room_the_adapters_are_the_same(
    fresh: Place,  # noqa: F811
    tmp_path: Path,
    most: int,
) -> None:
    whole = forked(train, fresh.copy(tmp_path / "whole"))
    assert whole.code == 0, whole.err

    is_disk_full(forked(trained_in, fresh, (str(most),)))
    again = forked(train, fresh)

    assert again.code == 0, again.err
    assert again.out == whole.out


def test_a_checkpoint_that_one_of_two_processes_has_no_room_for_is_named(fresh: Place) -> None:  # noqa: F811
    is_disk_full(forked(trained_together_in, fresh, ("100000",)))


def exported_in(place: Place, arguments: tuple[str, ...]) -> None:
    from flows.export import work

    write, (most, *words) = work._written, arguments

    def cramped(
        subject: work.Subject, order: Order, sources: tuple[Path, Path], directory: Path, progress: Steps
    ) -> float:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(most), before[1]))
        try:
            return write(subject, order, sources, directory, progress)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    work._written = cramped
    walked.command_line(place, tuple(words))


@pytest.mark.parametrize(("form", "most"), [("safetensors:fp32", 100_000), ("gguf:fp32", 100_000), ("adapter", 20_000)])
def test_an_export_without_room_is_named_and_leaves_nothing(
    released_once: Place, tmp_path: Path, form: str, most: int
) -> None:
    place, out = released_once.copy(tmp_path), tmp_path / "out"
    words = ("export", candidate(place), "--out", str(out), "--format", form)

    is_disk_full(forked(exported_in, place, (str(most), *words)))

    assert not out.exists()
    assert muniment(place, *words).code == 0


@pytest.mark.parametrize("said", [
    OSError("17984 requested and 13288 written"),
    RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 64 vs 0"),
    RuntimeError("basic_ios::clear: iostream error"),
    Exception("No space left on device (os error 28)"),
    shutil.Error([("a", "b", "[Errno 28] No space left on device: 'a' -> 'b'")]),
])  # fmt: skip
def test_no_room_in_a_librarys_own_words_is_no_room(said: Exception, tmp_path: Path) -> None:
    with pytest.raises(DiskFull), disk_full_named(tmp_path):
        raise said


@pytest.mark.parametrize("said", [
    PermissionError(13, "Permission denied (os error 28)"), RuntimeError("unexpected pos"), ValueError("(os error 2)"),
    MunimentError("a rule quotes (os error 28)"),
])  # fmt: skip
def test_whatever_else_went_wrong_stays_what_it_is(said: Exception, tmp_path: Path) -> None:
    with pytest.raises(type(said)) as raised, disk_full_named(tmp_path):
        raise said

    assert raised.value is said
