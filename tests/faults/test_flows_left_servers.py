"""A run that was killed at once leaves no Prefect server behind for longer than until the next one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from flows import local


@contextmanager
def server_of(owner: int) -> Iterator[subprocess.Popen[bytes]]:
    """A process that looks like the Prefect server of the run with this id."""
    command = [sys.executable, "-c", "import time; time.sleep(60)", local._SERVER]
    process = subprocess.Popen(command, env={**os.environ, local._OWNER: str(owner)})
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_the_server_of_a_run_that_is_gone_is_ended_and_that_of_one_at_work_is_not() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()

    with server_of(gone.pid) as left, server_of(os.getpid()) as used:
        local.end_left_servers()

        assert left.wait(60) == -9
        assert used.poll() is None
