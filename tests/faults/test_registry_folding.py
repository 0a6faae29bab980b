"""The log is folded into a copy of the file: a kill at any step leaves a registry with all that was committed."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from registry import digests
from registry.database import copying, folding
from registry.database.folding import log_of
from registry.database.store import Registry
from registry.errors import RegistryBusy
from registry.records import Base
from tests.walked import ROOT

STEPS = {
    "before the copy": (shutil, "copyfile", 1),
    "before the log's copy": (shutil, "copyfile", 2),
    "before the log is folded in": (duckdb, "connect", 2),
    "before it is on the disk": (folding, "sync", 1),
    "before it counts": (Path, "replace", 1),
    "before the log is gone": (folding, "sync", 2),
    "before the old one is gone": (Path, "replace", 2),
    "before that is on the disk": (folding, "sync", 3),
}


def base(name: str) -> Base:
    return Base(name=name, weights="b" * 64, licence="MIT", architecture="Llama", parameters=1, source="made")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "registry.duckdb"
    add(path, "first")
    return path


def add(path: Path, name: str) -> None:
    with Registry.open(path, "tests") as registry:
        registry.add(base(name), action="base")


def names(path: Path) -> list[str]:
    with Registry.open(path, "tests") as registry:
        return [one.name for one in registry.all(Base)]


def lying(path: Path) -> set[str]:
    return {one.name for one in path.parent.iterdir() if one.is_file()} - {".registry.duckdb.lock"}


def ended(work: Callable[[], None]) -> int:
    """The exit code of a process of its own that did it."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def dying(owner: object, name: str, call: int) -> None:
    """Ends the process, with nothing tidied up, in place of that call of the function."""
    own, calls = getattr(owner, name), 0

    def called(*given: object, **named: object) -> object:
        nonlocal calls
        calls += 1
        if calls == call:
            os._exit(9)
        return own(*given, **named)

    setattr(owner, name, called)


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_nothing_is_lost_and_nothing_lies_about(path: Path, step: str) -> None:
    owner, name, call = STEPS[step]

    def killed() -> None:
        with Registry.open(path, "tests") as registry:
            registry.add(base("second"), action="base")
            dying(owner, name, call - (name == "connect"))

    assert ended(killed) == 9
    assert names(path) == ["first", "second"]
    add(path, "third")
    assert names(path) == ["first", "second", "third"]
    assert lying(path) == {path.name}


def test_the_file_is_never_written_where_it_lies(path: Path) -> None:
    before, place, then = digests.of_file(path), path.stat().st_ino, path.stat().st_mtime_ns

    with Registry.open(path, "tests") as registry:
        for number in range(30):
            registry.add(base(f"base {number}"), action="base")
        registry.query("SELECT count(*) FROM records")
        assert (digests.of_file(path), path.stat().st_ino) == (before, place)

    assert path.stat().st_ino != place
    assert path.stat().st_mtime_ns > then
    assert not log_of(path).exists()


def test_what_a_kill_left_of_a_copy_is_thrown_away(path: Path) -> None:
    (path.parent / ".registry.duckdb.folding").write_bytes(b"half of it")
    (path.parent / ".registry.duckdb.folding.wal").write_bytes(b"half of it")

    assert names(path) == ["first"]
    assert lying(path) == {path.name}


def test_without_room_for_a_copy_the_log_stays_and_is_folded_in_later(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "copyfile", full)
        add(path, "second")
    assert lying(path) == {path.name, log_of(path).name}

    assert names(path) == ["first", "second"]
    assert lying(path) == {path.name}


def test_while_this_process_holds_the_file_twice_it_stays_as_it_is(path: Path) -> None:
    place = path.stat().st_ino

    with Registry.open(path, "tests") as registry:
        add(path, "second")
        assert path.stat().st_ino == place
        registry.add(base("third"), action="base")

    assert path.stat().st_ino != place
    assert names(path) == ["first", "second", "third"]


def test_a_file_has_one_connection_log_and_fold_under_all_its_names(path: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").symlink_to(path.parent, target_is_directory=True)
    (tmp_path / "other.duckdb").symlink_to(path)

    with Registry.open(path, "tests") as registry:
        add(tmp_path / "elsewhere" / path.name, "second")
        add(tmp_path / "other.duckdb", "third")
        registry.add(base("fourth"), action="base")

    assert names(path) == ["first", "second", "third", "fourth"]
    assert (tmp_path / "other.duckdb").is_symlink()
    assert not log_of(path).exists()


def test_one_that_came_along_with_a_copy_does_not_replace_a_newer_file(path: Path) -> None:
    with Registry.open(path, "tests") as registry:
        copying.copy(registry, path.with_name("fresh"))
        folding.hand_over(path, path.with_name("fresh"))
        (waiting,) = path.parent.glob("*.folded")
        stale = waiting.read_bytes()
    for number in range(3):
        add(path, f"base {number}")
    waiting.write_bytes(stale)

    assert names(path) == ["first", "base 0", "base 1", "base 2"]
    assert lying(path) == {path.name}


def test_while_a_rewritten_file_waits_nobody_in_this_process_writes_to_the_old_one(path: Path) -> None:
    with Registry.open(path, "tests") as registry:
        copying.copy(registry, path.with_name("fresh"))
        folding.hand_over(path, path.with_name("fresh"))
        with pytest.raises(RegistryBusy), Registry.open(path, "tests", wait_s=0.1):
            pass

    assert names(path) == ["first"]


def test_another_process_that_took_no_turn_waits_all_the_same(path: Path) -> None:
    script = (
        "import sys; from contextlib import nullcontext; from pathlib import Path\n"
        "from registry.database import connecting; from tests.faults.test_registry_folding import add\n"
        "connecting.turn = lambda path, wait_s: nullcontext(wait_s)\n"
        "print('ready', flush=True); add(Path(sys.argv[1]), 'by another')"
    )
    with Registry.open(path, "tests") as registry:
        other = subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, cwd=ROOT)
        assert other.stdout is not None
        assert other.stdout.readline() == b"ready\n"
        registry.add(base("second"), action="base")
        assert other.poll() is None
    other.communicate()

    assert other.returncode == 0
    assert names(path) == ["first", "second", "by another"]


def test_a_forked_process_that_lives_longer_keeps_nobody_out(path: Path) -> None:
    with Registry.open(path, "tests"):
        child = os.fork()
        if child == 0:
            time.sleep(60)
            os._exit(0)

    try:
        with Registry.open(path, "tests", wait_s=0.5) as registry:
            registry.add(base("second"), action="base")
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)

    assert names(path) == ["first", "second"]


def test_of_a_large_file_a_small_log_is_left_beside_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "_LARGE_BYTES", 1)
    place = path.stat().st_ino

    add(path, "second")
    assert path.stat().st_ino == place
    for number in range(60):
        add(path, f"base {number}")

    assert path.stat().st_ino != place
    assert len(names(path)) == 62


def test_whoever_shares_the_file_by_its_group_shares_the_new_one(path: Path) -> None:
    others = {*os.getgroups(), *([12345] if os.getuid() == 0 else [])} - {path.stat().st_gid}
    if not others:
        pytest.skip("whoever runs this is in one group alone: no other can be given to the file")
    os.chown(path, -1, min(others))
    path.chmod(0o664)

    add(path, "second")

    stands = path.stat()
    assert (stands.st_gid, stands.st_mode & 0o777) == (min(others), 0o664)
