"""A real Prefect server on a free loopback port, with a home of its own, and its stock command line."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.walked import ROOT

QUIET = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_CLI_PROMPT": "false",
    "DO_NOT_TRACK": "1",
}


@dataclass(frozen=True)
class PrefectServer:
    url: str
    home: Path

    @property
    def env(self) -> dict[str, str]:
        return {**QUIET, "PREFECT_API_URL": self.url, "PREFECT_HOME": str(self.home)}

    def prefect(self, *arguments: str, cwd: Path = ROOT) -> str:
        """Run `prefect …`; returns what it printed."""
        command = [sys.executable, "-m", "prefect", "--no-prompt", *arguments]
        done = subprocess.run(
            command, env={**os.environ, **self.env}, cwd=cwd, capture_output=True, text=True, timeout=180, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def worker(self, pool: str, env: dict[str, str], cwd: Path) -> Iterator[Path]:
        """A worker of this pool, as an operator starts it in the checkout; gives the path of its log."""
        command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", pool, "--type", "process"]
        log = self.home / "worker.log"
        with running(command, {**self.env, "PREFECT_WORKER_QUERY_SECONDS": "1", **env}, log, cwd):
            yield log


@contextmanager
def server(home: Path) -> Iterator[PrefectServer]:
    """Started, answering, and ended with everything it started."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    place = ["--host", "127.0.0.1", "--port", str(port)]
    command = [sys.executable, "-m", "prefect", "server", "start", *place, "--no-ui"]
    ready = PrefectServer(f"http://127.0.0.1:{port}/api", home)
    with running(command, {**QUIET, "PREFECT_HOME": str(home)}, home / "server.log", ROOT) as process:
        _wait(ready.url, process, home / "server.log")
        yield ready


@contextmanager
def running(command: list[str], env: dict[str, str], log: Path, cwd: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a group of its own; the whole group is ended with it."""
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, env={**os.environ, **env}, stdout=file, stderr=file, cwd=cwd, start_new_session=True
        )
    try:
        yield process
    finally:
        for sign in (signal.SIGINT, signal.SIGKILL):
            try:
                os.killpg(process.pid, sign)
                process.wait(timeout=20)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.3)
    raise AssertionError(f"the Prefect server did not start: {log.read_text(errors='replace')[-2000:]}")
