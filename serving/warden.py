"""Runs one command and takes it down, with everything it started, when our end of a pipe closes.

vLLM is several processes. Whether the server stops it or dies by SIGKILL itself, the pipe closes,
and this small parent ends the whole group: nothing is left running. Standard library alone, since
it runs outside any environment: `python -I -S warden.py GRACE_S COMMAND…`.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time


def main(arguments: list[str]) -> int:
    """Exit code of the command; a negative one (killed by a signal) as 128 + signal."""
    grace_s, command = float(arguments[0]), arguments[1:]
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _unmoved)
    child = subprocess.Popen(command, start_new_session=True, stdin=subprocess.DEVNULL)
    while child.poll() is None:
        readable, _, _ = select.select([0], [], [], 0.2)
        if readable and not os.read(0, 1):
            _signal(child.pid, signal.SIGTERM)
            _wait(child, grace_s)
            break
    _signal(child.pid, signal.SIGKILL)
    code = child.wait()
    return code if code >= 0 else 128 - code


def _unmoved(_number: int, _frame: object) -> None:
    """The pipe alone ends the command. (An ignored signal would be ignored by the command as well.)"""


def _wait(child: subprocess.Popen[bytes], grace_s: float) -> None:
    end = time.monotonic() + grace_s
    while child.poll() is None and time.monotonic() < end:
        time.sleep(0.05)


def _signal(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
