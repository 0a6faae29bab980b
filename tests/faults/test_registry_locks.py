"""Many processes at one lock, whose file goes with whoever held it: no two work at once, and none is lost."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import time
from pathlib import Path

import pytest

from registry.errors import Busy
from registry.locks import alone

PROCESSES, TIMES = 6, 100


def count(place: Path) -> None:
    """As a change of the trust root or of the tokens does it: read, think, write anew."""
    counter, done = place / "count", 0
    while done < TIMES:
        try:
            with alone(place / "one.lock", "another counts"):
                number = int(counter.read_text())
                time.sleep(0.0005)
                draft = place / f".count.{os.getpid()}"
                draft.write_text(str(number + 1))
                draft.replace(counter)
            done += 1
        except Busy:
            continue


def test_of_what_many_write_at_once_nothing_is_lost(tmp_path: Path) -> None:
    (tmp_path / "count").write_text("0")
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=count, args=(tmp_path,)) for _ in range(PROCESSES)]

    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert int((tmp_path / "count").read_text()) == PROCESSES * TIMES
    assert not (tmp_path / "one.lock").exists()


def test_a_lock_that_another_process_took_away_is_left_to_whoever_made_a_new_one(tmp_path: Path) -> None:
    lock = tmp_path / "one.lock"
    with alone(lock, "first"):
        lock.unlink()
        other = os.open(lock, os.O_RDWR | os.O_CREAT)
        fcntl.flock(other, fcntl.LOCK_EX)

    assert lock.exists()
    with pytest.raises(Busy, match="held"), alone(lock, "held"):
        pass
    os.close(other)


def test_a_block_that_fails_lets_the_next_one_in(tmp_path: Path) -> None:
    lock = tmp_path / "one.lock"
    with pytest.raises(ValueError, match="wrong"), alone(lock, "first"):
        raise ValueError("wrong")

    with alone(lock, "second"):
        assert lock.exists()
