"""One running vLLM: a child in its own environment, reachable over a Unix socket by us alone.

No TCP port is opened for requests: the socket lies in a directory only our user may enter, and the
API key, random for each start, is handed over in the environment, where `ps` does not show it.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from registry.errors import NotFound, ServerDied
from registry.progress import Progress
from serving.engine import Engine
from serving.precision import processor_dtype
from serving.settings import ServeSection

_WARDEN = Path(__file__).with_name("warden.py")
_GRACE_S = 15.0
_NOT_FOR_VLLM = re.compile(r"^(MUNIMENT|PYTHON|VIRTUAL_ENV)|TOKEN|SECRET|PASS|CREDENTIAL|_KEY$", re.IGNORECASE)
_NOISE = re.compile(r"^\(?(?:APIServer|EngineCore|Worker)\S* ?(?:pid=\d+)?\)?\s*")


def command(section: ServeSection, base: Path, socket: Path) -> list[str]:
    """The command line of vLLM for `base` on `socket`, its paths absolute. GPU flags only where there is a GPU."""
    line = [
        str(section.vllm_python.absolute()), "-m", "vllm.entrypoints.openai.api_server",
        "--model", str(base.absolute()), "--served-model-name", "base", "--uds", str(socket),
        "--dtype", _dtype(section), "--max-model-len", str(section.max_model_len),
        "--enable-lora", "--max-lora-rank", str(section.max_lora_rank),
        "--max-loras", str(section.max_loras), "--max-cpu-loras", str(section.max_loras + 2),
        "--disable-uvicorn-access-log",
    ]  # fmt: skip
    if _on_gpu(section):
        return [*line, "--gpu-memory-utilization", str(section.gpu_memory_fraction)]
    return [*line, "--enforce-eager"]


def _on_gpu(section: ServeSection) -> bool:
    return has_gpu() and not is_cpu_build(section.vllm_python)


def _dtype(section: ServeSection) -> str:
    """On a processor `auto` is what it computes fast; vLLM's own is what the weights are in."""
    return processor_dtype() if section.dtype == "auto" and not _on_gpu(section) else section.dtype


def environment(section: ServeSection, key: str) -> dict[str, str]:
    """Our environment without what looks like a secret or is ours alone, with vLLM's switches."""
    kept = {k: v for k, v in os.environ.items() if not _NOT_FOR_VLLM.search(k)}
    return kept | {
        "VLLM_API_KEY": key,
        "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "True",
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
        "HF_HUB_OFFLINE": "1",
        "VLLM_HOST_IP": "127.0.0.1",
        "VLLM_CPU_KVCACHE_SPACE": str(section.kv_cache_gib),
        "VLLM_CPU_OMP_THREADS_BIND": "nobind",
        "OMP_NUM_THREADS": str(section.omp_threads),
    }


def is_cpu_build(python: Path) -> bool:
    """Whether the environment of `python` holds vllm-cpu."""
    return any(python.parent.parent.glob("lib/python3*/site-packages/vllm_cpu-*.dist-info"))


def has_gpu() -> bool:
    return Path("/dev/nvidiactl").exists() or Path("/dev/kfd").exists()


class Vllm:
    """A vLLM process with a life: `start`, `wait_ready`, `ended`, `stop`."""

    def __init__(self, section: ServeSection, base: Path, log: Path) -> None:
        self._section, self._base, self._log = section, base, log
        self._process: subprocess.Popen[bytes] | None = None
        self._room: Path | None = None
        self.engine: Engine | None = None

    def start(self) -> None:
        """Raises NotFound where the environment is missing."""
        if not self._section.vllm_python.exists():
            raise NotFound(
                f"vLLM's environment is missing: no {self._section.vllm_python}",
                "make it with: make install, or name its python in serve.vllm_python",
            )
        self._room = Path(tempfile.mkdtemp(prefix="muniment-"))
        socket, key = self._room / "vllm.sock", secrets.token_urlsafe(32)
        self._log.parent.mkdir(parents=True, exist_ok=True)
        if self._log.exists():
            self._log.replace(self._log.with_suffix(".log.1"))
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_WARDEN), str(_GRACE_S), *command(self._section, self._base, socket)],
                stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True,
                cwd=self._room, env=environment(self._section, key),
            )  # fmt: skip
        self.engine = Engine(socket, key, self._section.request_timeout_s)

    async def wait_ready(self, progress: Progress | None = None) -> Engine:
        """Returns once requests are answered; `progress` gets (seconds waited, seconds allowed).

        Raises ServerDied with vLLM's last meaningful log line.
        """
        assert self.engine is not None
        began, allowed = time.monotonic(), self._section.startup_timeout_s
        while not await self.engine.healthy():
            waited = time.monotonic() - began
            if self.ended():
                raise ServerDied(f"vLLM ended while starting: {last_words(self._log)}", f"read {self._log}")
            if waited > allowed:
                raise ServerDied(
                    f"vLLM was not ready in {allowed:.0f} s: {last_words(self._log)}",
                    f"read {self._log}, or raise serve.startup_timeout_s",
                )
            if progress:
                progress(int(waited), int(allowed))
            await asyncio.sleep(0.25)
        return self.engine

    def ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    async def stop(self) -> None:
        """End vLLM and everything it started; returns when it is gone."""
        if self.engine is not None:
            await self.engine.close()
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            await asyncio.to_thread(self._process.wait)
        if self._room is not None:
            shutil.rmtree(self._room, ignore_errors=True)
        self._process = self._room = self.engine = None


def last_words(log: Path) -> str:
    """The line of a vLLM log that says why it ended: its last error, else its last line."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 65536))
            lines = [_NOISE.sub("", line).strip() for line in file.read().decode(errors="replace").splitlines()]
    except OSError:
        return "it wrote no log"
    lines = [line for line in lines if line]
    errors = [line for line in lines if re.match(r"^[\w.]*(Error|Exception|Exit)\b.*:", line) or "error:" in line]
    causes = [line for line in errors if "See root cause above" not in line and "EngineCore" not in line]
    return (causes or errors or lines or ["it wrote nothing"])[-1][:300]
