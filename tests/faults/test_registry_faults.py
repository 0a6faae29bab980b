"""Two writers, a kill, a full disk: nothing half-written, nothing lost, every refusal by name."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from itertools import groupby
from pathlib import Path

import pytest

from registry.audit import chain
from registry.audit.verification import verify
from registry.database.store import Registry
from registry.decisions import approvals
from registry.errors import DiskFull, RegistryBusy
from registry.records import Document
from registry.release.files import heal
from tests.registered import NOW, make_place

WRITER = """
import sys
from pathlib import Path
from registry.records import Document
from registry.database.store import Registry

path, who, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
for n in range(count):
    with Registry.open(path, who, 60) as registry:
        record = Document(content="0" * 64, path=f"{who}/{n}", media_type="text/plain", size_bytes=n, licence="MIT")
        registry.add(record)
    print(n, flush=True)
"""
HOLDER = """
import sys, time
from pathlib import Path
from registry.database.store import Registry

with Registry.open(Path(sys.argv[1]), "holder"):
    print("held", flush=True)
    time.sleep(60)
"""
FULL = """
import resource, signal, sys
from pathlib import Path
from registry.errors import DiskFull
from registry.records import Document
from registry.database.store import Registry, StageResult
from tests.unit.test_registry_store import document_set, documents

path = Path(sys.argv[1])
with Registry.open(path, "eve") as registry:
    registry.add(documents(1)[0])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
size = path.stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 4096, size + 4096))
try:
    with Registry.open(path, "eve") as registry:
        registry.commit(StageResult("key", "ingest", document_set(20000), documents(20000)))
except DiskFull as error:
    print("DiskFull")
"""


def run(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True)


def test_two_processes_writing_at_once_lose_nothing_and_take_turns(tmp_path: Path) -> None:
    """No operation of 200 each waits longer than its minute, or its writer would end with RegistryBusy."""
    path = tmp_path / "r.duckdb"
    writers = [run(WRITER, str(path), who, "200") for who in ("one", "two")]
    codes = [writer.wait(550) for writer in writers]

    assert codes == [0, 0]
    with Registry.open(path, "eve") as registry:
        chain.verify_chain(registry.events())
        actors = [event.actor for event in registry.events()]
        assert len(actors) == len(registry.all(Document)) == 400
    assert longest_run(actors) <= 40


def longest_run(actors: list[str]) -> int:
    """Of one writer's turns in a row, while the other still had something to write."""
    first = max(actors.index(who) for who in set(actors))
    last = min(len(actors) - actors[::-1].index(who) for who in set(actors))
    return max(len(list(turns)) for _, turns in groupby(actors[first:last]))


def test_a_ticket_of_the_dead_holds_nobody_up(tmp_path: Path) -> None:
    path = tmp_path / "r.duckdb"
    holder = run(HOLDER, str(path))
    assert holder.stdout is not None
    holder.stdout.readline()
    holder.kill()
    holder.wait()
    assert len(list((tmp_path / ".r.duckdb.queue").iterdir())) == 1

    with Registry.open(path, "eve", wait_s=5):
        pass

    assert list((tmp_path / ".r.duckdb.queue").iterdir()) == []


def test_two_connections_of_one_process_take_turns(tmp_path: Path) -> None:
    path = tmp_path / "r.duckdb"
    with Registry.open(path, "one") as one, Registry.open(path, "two") as two:
        for n in range(5):
            one.refuse("try", (), str(n))
            two.refuse("try", (), str(n))

        chain.verify_chain(one.events())
        assert len(two.events()) == 10


def test_a_registry_held_by_another_process_is_busy_after_a_bounded_wait(tmp_path: Path) -> None:
    path = tmp_path / "r.duckdb"
    holder = run(HOLDER, str(path))
    assert holder.stdout is not None
    holder.stdout.readline()
    try:
        with pytest.raises(RegistryBusy, match=str(holder.pid)), Registry.open(path, "eve", wait_s=0.2):
            pass
    finally:
        holder.kill()
        holder.wait()

    with Registry.open(path, "eve", wait_s=5):
        pass


@pytest.mark.parametrize("delay_ms", [3, 11, 23, 47, 80])
def test_a_killed_writer_leaves_whole_commits_and_an_unbroken_chain(tmp_path: Path, delay_ms: int) -> None:
    path = tmp_path / "r.duckdb"
    writer = run(WRITER, str(path), "one", "1000")
    assert writer.stdout is not None
    for _ in range(3):
        writer.stdout.readline()
    time.sleep(delay_ms / 1000)
    os.kill(writer.pid, signal.SIGKILL)
    acknowledged = 3 + len(writer.stdout.readlines())
    writer.wait()

    with Registry.open(path, "eve") as registry:
        chain.verify_chain(registry.events())
        assert len(registry.events()) == len(registry.all(Document))
        assert acknowledged <= len(registry.events()) <= acknowledged + 1


def test_a_full_disk_is_named_and_keeps_what_was_committed(tmp_path: Path) -> None:
    path = tmp_path / "r.duckdb"
    writer = run(FULL, str(path))
    said, _ = writer.communicate(timeout=550)

    assert said.strip() == "DiskFull"
    with Registry.open(path, "eve") as registry:
        chain.verify_chain(registry.events())
        assert len(registry.all(Document)) == len(registry.events()) == 1


def test_a_release_file_that_a_kill_left_behind_is_written_by_the_next_command(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        place.promote(registry, adapter)
        first = place.workspace.release.read_bytes()
        place.promote(registry, adapter)
        second = place.workspace.release.read_bytes()

        for left_behind in (first, None):
            place.workspace.release.unlink()
            if left_behind:
                place.workspace.release.write_bytes(left_behind)
            assert any(not f.integrity and f.about == "release.json"
                       for f in verify(registry, place.workspace, place.trust, NOW))  # fmt: skip
            assert heal(registry, place.workspace) == ["production"]
            assert place.workspace.release.read_bytes() == second

        place.workspace.release.write_bytes(b"foreign")
        assert heal(registry, place.workspace) == []


def test_a_reader_of_a_long_chain_finishes_what_the_last_events_left(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        place.promote(registry, adapter)
        release = registry.head().sequence
        other = place.adapter(registry, 2)
        approvals.reject(registry, place.case(other), place.by("rita"))
        heal(registry, place.workspace)
        rejection = registry.head().sequence
        written = {path: path.read_bytes() for path in (place.workspace.release, *place.workspace.refusals.iterdir())}
        assert len(written) == 2

        for first, expected in ((rejection + 1, set()), (release + 1, set(written) - {place.workspace.release}),
                                (release, set(written))):  # fmt: skip
            for path in written:
                path.unlink(missing_ok=True)
            heal(registry, place.workspace, first)
            assert {path for path in written if path.exists()} == expected
        assert {path: path.read_bytes() for path in written} == written


def test_a_checkpoint_that_a_kill_left_in_the_database_alone_is_written_by_the_next_command(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        place.promote(registry, adapter)
        (seal,) = place.workspace.checkpoints.iterdir()
        written = seal.read_bytes()
        seal.unlink()

        assert not any(finding.integrity for finding in verify(registry, place.workspace, place.trust, NOW))
        heal(registry, place.workspace)
        assert seal.read_bytes() == written


def test_no_space_for_a_small_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno

    from registry import files

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull):
        files.write_atomically(tmp_path / "trust.json", b"{}")
    assert list(tmp_path.iterdir()) == []
