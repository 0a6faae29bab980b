"""A full disk anywhere in the walk: named, nothing half-written, and a rerun with room succeeds."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from flows import local
from registry.database.store import Registry
from registry.errors import ConfigError, DiskFull, MunimentError
from tests import walked
from tests.faults.test_registry_read_only import obeying
from tests.prefect_server import PrefectServer
from tests.tiny import make_workspace
from tests.walked import Ended, Place, muniment

ROOMS_KB = (1_100, 1_700, 3_000)


def walk_without_room(place: Place, arguments: tuple[str, ...]) -> None:
    """The disk is full when the n-th file has to reach it."""
    left, sync = int(arguments[0]), os.fsync

    def synced(handle: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(handle)

    os.fsync = synced  # type: ignore[assignment]
    named(place)


def walk_or_complain(place: Place, arguments: tuple[str, ...]) -> None:
    named(place)


def named(place: Place) -> None:
    """The walk with the command line's own ending."""
    from flows.cli import complain
    from registry.errors import MunimentError

    try:
        walked.walk(place)
    except MunimentError as error:
        complain(error)
        sys.exit(error.exit_code)


def is_disk_full(ended: Ended) -> None:
    assert (ended.code, "(DiskFull)" in ended.err, "Traceback" in ended.err) == (1, True, False), ended.err


def test_no_room_for_an_artifact_is_named_and_the_rerun_ends_the_same(
    walked_once: Place, new_place: Callable[[], Place]
) -> None:
    place, done = new_place(), [0]

    for room in (0, 3, 9):
        is_disk_full(walked.forked(walk_without_room, place, (str(room),)))
        done.append(len(place.stages()) if place.workspace.registry.exists() else 0)
    rerun = walked.forked(walk_or_complain, place)

    assert rerun.code == 0, rerun.err
    assert done == sorted(done)
    assert place.stages() == walked_once.stages()
    assert place.orphans() == set()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own that can be made larger; only root may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={ROOMS_KB[0]}k", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("no permission to mount a small file system")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def resize(disk: Path, size: str) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", str(disk)], check=True)


def test_a_really_full_disk_is_named_wherever_it_strikes(
    walked_once: Place, tiny_base: Path, small_disk: Path, prefect_server: PrefectServer
) -> None:
    place = Place(make_workspace(small_disk / "workspace", tiny_base), walked_once.keys)

    for room in ROOMS_KB:
        resize(small_disk, f"{room}k")
        is_disk_full(walked.forked(walk_or_complain, place))
    is_disk_full(muniment(place, "run", env=prefect_server.env))
    resize(small_disk, "512m")
    rerun = walked.forked(walk_or_complain, place)

    assert rerun.code == 0, rerun.err
    assert place.stages() == walked_once.stages()
    assert place.orphans() == set()
    with Registry.open(place.workspace.registry, "tests") as registry:
        assert [event.sequence for event in registry.events()] == list(range(len(registry.events())))


def test_a_disk_without_room_for_prefects_server_is_named_before_it_tries_for_minutes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda place: usage._replace(free=2**20))

    with pytest.raises(DiskFull, match="for the run's own Prefect server"):
        local.require_room(tmp_path / "not" / "there")


def test_a_path_that_sqlite_cannot_open_is_named_before_prefects_server_tries_for_minutes(tmp_path: Path) -> None:
    fits = tmp_path / "/".join(["w" * 9] * 60)
    fits = Path(str(fits)[: local._LONGEST_HOME].rstrip("/"))
    fits.mkdir(parents=True)
    with closing(sqlite3.connect(fits / "prefect.db")) as opened:
        opened.execute("PRAGMA journal_mode=WAL")

    local.require_room(fits)
    with pytest.raises(ConfigError, match="longer than SQLite opens"):
        local.require_room(fits / "longer")


@pytest.mark.parametrize("spoilt", [lambda whole: bytes(len(whole)), lambda whole: whole[: len(whole) // 2]])
def test_a_damaged_database_of_prefects_server_is_named_before_it_tries_for_minutes(
    tmp_path: Path, spoilt: Callable[[bytes], bytes]
) -> None:
    database = tmp_path / "prefect.db"
    with closing(sqlite3.connect(database)) as opened:
        opened.executescript("CREATE TABLE runs AS SELECT hex(randomblob(9999)); CREATE TABLE past AS SELECT 1;")
    local.require_sound(database)
    database.write_bytes(spoilt(database.read_bytes()))

    with pytest.raises(MunimentError, match=r"prefect\.db, of the run's own Prefect server, is damaged") as refused:
        local.require_sound(database)

    assert refused.value.next_step.startswith("remove it")


def test_a_folder_that_prefects_server_may_not_write_in_is_named_before_it_tries_for_minutes(tmp_path: Path) -> None:
    place = Place(make_workspace(tmp_path / "workspace", tmp_path / "base"), tmp_path / "keys")
    place.root.chmod(0o555)
    run = [*obeying(), sys.executable, "-m", "flows.cli", "run"]
    env = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT")}
    try:
        ended = subprocess.run(
            run, env={**env, **place.env}, cwd=walked.ROOT, capture_output=True, text=True, timeout=100, check=False
        )
    finally:
        place.root.chmod(0o755)

    assert (ended.returncode, "Traceback" in ended.stderr) == (2, False), ended.stderr
    assert f"nothing can be written in {place.root}" in ended.stderr
    assert "set PREFECT_HOME to a folder of yours" in ended.stderr
