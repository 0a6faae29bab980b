"""Work spread over processes: in order, no more of it in memory than needed, and an end for every process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from governance.pii.journal import journaled
from governance.pii.parallel import BATCH_CHARS, batches, fitting
from registry.errors import WorkerDied
from registry.processes import WAITING, Crew, crew

ALONE = Crew(None, 1)


def slow_first(number: int) -> int:
    time.sleep(0.2 if number == 0 else 0)
    return number * number


def die_at_three(number: int) -> str:
    if number == 3:
        time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGKILL)
    return str(number)


def pid_after(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


@pytest.fixture(scope="module")
def two() -> Iterator[Crew]:
    with crew(2) as us:
        yield us


def test_results_come_in_the_order_of_the_items(two: Crew) -> None:
    assert list(two.each(slow_first, range(20))) == [n * n for n in range(20)]


def test_only_a_few_items_are_read_ahead(two: Crew) -> None:
    taken = []

    next(two.each(slow_first, (taken.append(n) or n for n in range(100))))  # type: ignore[func-returns-value]

    assert len(taken) == WAITING * 2


def test_several_processes_share_the_work(two: Crew) -> None:
    assert len(set(two.each(pid_after, [0.2] * 4))) == 2


def test_a_killed_worker_is_named_and_what_was_done_before_is_kept(tmp_path: Path) -> None:
    journal = tmp_path / "journal"

    with crew(2) as us, pytest.raises(WorkerDied, match="ended before its work was done") as died:
        list(journaled(journal, us, die_at_three, range(6)))
    again = list(journaled(journal, ALONE, lambda n: f"again {n}", range(6)))

    assert "goes on where it ended" in died.value.next_step
    assert again[:3] == ["0", "1", "2"]
    assert again[3:] == ["again 3", "again 4", "again 5"]


def test_what_a_power_cut_tore_is_worked_out_again(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    list(journaled(journal, ALONE, str, range(5)))
    whole = journal.read_bytes()
    journal.write_bytes(whole[:25] + b"\0\0" + whole[27:-3])

    again = list(journaled(journal, ALONE, lambda n: f"{n}!", range(5)))

    assert again == ["0", "1!", "2!", "3!", "4!"]
    assert list(journaled(journal, ALONE, str, range(5))) == again


def test_workers_end_with_a_parent_that_was_killed() -> None:
    code = (
        "from registry.processes import crew\nfrom tests.unit.test_pii_parallel import pid_after\n"
        "if __name__ == '__main__':\n with crew(2) as us:\n"
        "  print(*us.each(pid_after, [0.3, 0.3]), flush=True)\n  list(us.each(pid_after, [60, 60]))\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    workers = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]

    parent.kill()
    parent.communicate()

    _, alive = psutil.wait_procs(workers, timeout=120)
    assert len(workers) == 2
    assert alive == []


def test_neighbours_travel_together_and_none_is_lost() -> None:
    sizes = [1, BATCH_CHARS, 5, 3 * BATCH_CHARS, 7]

    assert list(batches(sizes, lambda n: n)) == [[1, BATCH_CHARS], [5, 3 * BATCH_CHARS], [7]]


def test_a_short_text_is_not_worth_a_second_process() -> None:
    assert fitting(1_000) == 1
    assert 1 <= fitting(10**12) <= (os.cpu_count() or 1)
