"""The demo's server and its questions, asked as an application would: with the stock openai client."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from openai import OpenAI

QUESTIONS = Path(__file__).resolve().parent.parent / "examples" / "ask.jsonl"


@dataclass(frozen=True)
class Served:
    """A running gateway and an API key for it."""

    address: str
    key: str

    @property
    def client(self) -> OpenAI:
        return OpenAI(base_url=f"{self.address}/v1", api_key=self.key)

    def in_force(self) -> str:
        """The versioned adapter name behind `production`."""
        with urllib.request.urlopen(f"{self.address}/healthz", timeout=5) as answer:
            return str(json.load(answer)["adapter"])

    def wait_for(self, version: str) -> None:
        self._wait(lambda now: now == version, version)

    def wait_for_other_than(self, version: str) -> None:
        self._wait(lambda now: now != version, f"something other than {version}")

    def _wait(self, reached: Callable[[str], bool], what: str) -> None:
        until = time.monotonic() + 60
        while not reached(self.in_force()):
            if time.monotonic() > until:
                sys.exit(f"production did not become {what} within 60 s")
            time.sleep(0.05)


@contextmanager
def served(muniment: str, workspace: Path, keep: bool) -> Iterator[Served]:
    """`muniment serve` until the block ends; with `keep` it stays and its address and key are printed."""
    made = [muniment, "-C", str(workspace), "serve", "--new-key", f"demo-{os.getpid()}"]
    key = subprocess.run(made, stdout=subprocess.PIPE, text=True, check=True).stdout.split()[-1]
    log = workspace / "serving" / "demo-server.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        command = [muniment, "-C", str(workspace), "serve", "--port", "0"]
        print("$ muniment serve --port 0", flush=True)
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        server = Served(_address(process, log), key)
        yield server
    except BaseException:
        keep = False
        raise
    finally:
        if not keep:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)
    if keep:
        print(f"\nstill running: {server.address}/v1  key {key}  (stop it: kill {process.pid})")


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    started, shown = time.monotonic(), 0.0
    while True:
        text = log.read_text(errors="replace")
        found = re.search(r"https?://[^\s/]+:\d+", text)
        if found and "ready" in text.lower():
            print(f"vLLM and gateway ready after {time.monotonic() - started:.0f} s at {found.group()}", flush=True)
            return found.group()
        if process.poll() is not None:
            sys.exit(f"the server ended while starting:\n{text[-2000:]}")
        if time.monotonic() - started > shown + 15:
            shown = time.monotonic() - started
            print(f"  vLLM is loading: {shown:.0f} s", flush=True)
        time.sleep(0.2)


def ask_both(server: Served, ours: str, base: str, limit: int = 6) -> None:
    """The shipped questions, the two models' answers side by side."""
    questions = [json.loads(line) for line in QUESTIONS.read_text().splitlines()][:limit]
    print(f"\n{server.in_force()} is in production\n{'expected':<10}{ours:<16}{base}")
    for question in questions:
        answers = [_ask(server, model, question["prompt"]) for model in (ours, base)]
        mark = "✓" if answers[0].strip() == question["expected"].strip() else "✗"
        print(f"{question['expected'].strip():<10}{mark} {answers[0]:<14}{answers[1]}", flush=True)


def _ask(server: Served, model: str, prompt: str) -> str:
    answer = server.client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": prompt}], max_tokens=12, temperature=0
    )
    return " ".join((answer.choices[0].message.content or "").split())[:40]
