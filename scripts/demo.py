"""The walk on the shipped documents, as a person would type it: every step is a `muniment` command.

Makes keys for three invented people so that one person can play all parts. Never do that in a real
workspace: whoever holds two reviewers' keys is one pair of eyes.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from scripts.live import Served, ask_both, served

ROOT = Path(__file__).resolve().parent.parent
WORKSPACE = ROOT / "var" / "demo"
KEYS = ROOT / "var" / "demo-keys"
MUNIMENT = str(Path(sys.executable).parent / "muniment")
PEOPLE = {"alice": "reviewer", "bruno": "privacy_officer", "olga": "operator"}


def say(text: str) -> None:
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n{text}", flush=True)


def muniment(*arguments: str, show: bool = True) -> str:
    """Run one command in the demo's workspace; its output is shown and returned."""
    if show:
        print(f"$ muniment {' '.join(arguments)}", flush=True)
    command = [MUNIMENT, "-C", str(WORKSPACE), *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if show and done.stdout:
        print(done.stdout, end="", flush=True)
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout


def listing(*arguments: str) -> Any:
    return json.loads(muniment(*arguments, "--json", show=False))


def prepare() -> None:
    """The workspace with the shipped settings, and the demo's keys."""
    if not (WORKSPACE / "trust.json").exists():
        shutil.rmtree(KEYS, ignore_errors=True)
        subprocess.run([MUNIMENT, "init", str(WORKSPACE)], check=True)
    for name in ("pipeline.yaml", "policy.yaml"):
        shutil.copyfile(ROOT / "examples" / name, WORKSPACE / name)
    for person, role in PEOPLE.items():
        if not (KEYS / f"{person}.pem").exists():
            muniment("keys", "new", person, "--no-passphrase")
            muniment("trust", "add", person, str(KEYS / f"{person}.pub"), "--role", role)
    print("\n*** DEMO KEYS: one person holds all of them here. A real workspace never does this. ***", flush=True)


def release(version: str, reason: str) -> None:
    """Four eyes, then production."""
    muniment("approve", version, "--key", "alice", "--reason", "Better than the base, privacy summary read")
    muniment("approve", version, "--key", "bruno", "--reason", "Personal data scrubbed, licences in order")
    muniment("promote", version, "production", "--key", "olga", "--reason", reason)


def train_and_release() -> tuple[str, str]:
    """Run the flow; release the SFT adapter first, then the DPO adapter judged against it."""
    candidates = listing_of_run()
    newest, first = candidates[0], candidates[-1]
    production = listing("status")["production"]
    if production is None and first != newest:
        say("First release: the SFT adapter")
        release(first, "First release")
        say("The gate again, now against production; all else is looked up")
        newest = listing_of_run()[0]
        say("Second release: the DPO adapter")
        release(newest, "Preference-trained")
    elif production is None:
        release(newest, "First release")
    elif production != newest:
        release(newest, "Retrained")
    return newest, first


def listing_of_run() -> list[str]:
    print("$ muniment run", flush=True)
    return [str(version) for version in listing("run")["candidates"]]


def roll_back_and_forward(server: Served, newest: str) -> None:
    say("10. Roll back, live, and forward again")
    started = time.monotonic()
    muniment("rollback", "production", "--key", "olga", "--reason", "Demo: the release before")
    server.wait_for_other_than(newest)
    print(f"the previous adapter answers {time.monotonic() - started:.2f} s after the command was typed")
    ask_both(server, "production", "base", limit=3)
    muniment("promote", newest, "production", "--key", "olga", "--reason", "Demo: forward again")
    server.wait_for(newest)
    ask_both(server, "production", "base", limit=3)


def main() -> None:
    started = time.monotonic()
    os.environ["MUNIMENT_KEYS"] = str(KEYS)
    os.environ.setdefault("MUNIMENT_ACTOR", "demo")
    prepare()
    say("1–7. Ingest, scrub, validate, build, train, evaluate, register")
    newest, first = train_and_release()
    walked = time.monotonic() - started
    muniment("list")
    say("9. Deploy: vLLM behind the gateway, asked with the stock openai client")
    with served(MUNIMENT, WORKSPACE, keep=os.environ.get("KEEP") == "1") as server:
        ask_both(server, "production", "base")
        if first != newest:
            roll_back_and_forward(server, newest)
        else:
            say("10. Only one candidate passed the gate, so there is no earlier release to go back to")
        say("11. Audit report, and the audit chain verified offline")
        muniment("report", "production")
        muniment("audit", "export", str(WORKSPACE / "audit-bundle.jsonl"))
        muniment("audit", "verify", "--bundle", str(WORKSPACE / "audit-bundle.jsonl"))
    total = time.monotonic() - started
    say(f"Done in {total:.0f} s ({walked:.0f} s until released). Workspace: {WORKSPACE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
