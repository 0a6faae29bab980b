"""Each file is opened by a process that may crash, hang or eat its memory without hurting the run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from flows.ingest.reading import Reading, refused
from flows.ingest.settings import IngestSection
from registry.records import Reason

_ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 20


class Reader:
    """One reading process, started when first needed and again after it was lost."""

    def __init__(self, section: IngestSection) -> None:
        self.section = section
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, data: bytes, suffix: str, columns: Mapping[str, str] | None = None) -> Reading:
        """Never raises for what the file does to the process: TOO_SLOW or UNREADABLE come back instead.

        `columns` as in `formats.read`.
        """
        process, allowance = self._running()
        timed_out = threading.Event()

        def end() -> None:
            timed_out.set()
            process.kill()

        timer = threading.Timer(self.section.max_seconds + allowance, end)
        timer.start()
        try:
            answer = self._ask(process, data, {"suffix": suffix, "columns": columns})
        finally:
            timer.cancel()
        if answer is None or timed_out.is_set():
            self.close()
        if answer is not None:
            return answer
        if timed_out.is_set():
            seconds = f"{self.section.max_seconds:g} s"
            return refused(Reason.TOO_SLOW, f"not read within {seconds}: ingest.max_seconds gives it more")
        return refused(Reason.UNREADABLE, "the reading process died of it: ingest.max_memory_mb gives it more memory")

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _running(self) -> tuple[subprocess.Popen[bytes], int]:
        """The process, and the seconds it may need to start."""
        if self._process is not None and self._process.poll() is None:
            return self._process, 0
        self.close()
        command = [sys.executable, "-m", "flows.ingest.worker", str(self.section.max_memory_mb)]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_ROOT,
            env=_environment(),
        )
        return self._process, _START_SECONDS

    def _ask(self, process: subprocess.Popen[bytes], data: bytes, how: Mapping[str, object]) -> Reading | None:
        assert process.stdin is not None
        assert process.stdout is not None
        request = {**how, "size": len(data), "max_characters": self.section.max_characters}
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n" + data)
            process.stdin.flush()
            line = _line(process.stdout, len(data))
            return Reading.model_validate_json(line) if line.endswith(b"\n") else None
        except (BrokenPipeError, ConnectionResetError, ValidationError):
            return None


def _line(stream: IO[bytes], size: int) -> bytes:
    """An answer is bounded too: a process that was taken over may not fill our memory."""
    return stream.readline(size * 8 + 2**28)


def _environment() -> dict[str, str]:
    """What Python needs to start, and none of the caller's secrets."""
    kept = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TMPDIR", "TEMP")
    named = {name: os.environ[name] for name in kept if name in os.environ}
    return {**named, "PYTHONPATH": str(_ROOT), "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"}
