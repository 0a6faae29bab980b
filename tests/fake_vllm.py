"""The stub as a program with vLLM's command line: `serve` starts it as it starts vLLM."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from aiohttp import web

from tests.serving_stub import Stub


def install(place: Path) -> Path:
    """An executable that stands where vLLM's python would."""
    python = place / "vllm-python"
    root = Path(__file__).resolve().parent.parent
    python.write_text(f'#!/bin/sh\ncd {root} && exec {sys.executable} -m tests.fake_vllm "$@"\n')
    python.chmod(0o755)
    return python


def main() -> None:
    print(f"pid {os.getpid()}", flush=True)
    if not Path(sys.argv[sys.argv.index("--model") + 1]).is_dir():
        sys.exit("error: there is no such model")
    web.run_app(Stub().application(), path=sys.argv[sys.argv.index("--uds") + 1], print=None, access_log=None)


if __name__ == "__main__":
    main()
