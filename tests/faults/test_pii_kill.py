"""Scrubbing under SIGKILL: run again it goes on, and ends with the same bytes as if nothing had happened."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pyarrow as pa

from governance.pii.journal import key
from governance.pii.jsonl import scrub_jsonl
from governance.pii.parallel import BATCH_CHARS
from governance.pii.scrub import scrub
from governance.pii.settings import PiiPolicy
from governance.pii.standins.pseudonyms import key_of
from registry.artifacts import Artifacts
from registry.digests import of_file
from registry.errors import WorkerDied
from registry.records import DocumentSet, ScrubbedSet
from registry.tables import UNITS, write_table

POLICY = PiiPolicy()
UNITS_IN_ALL, DEADLY = 12, 4


def text(number: int) -> str:
    """A batch of its own: nearly all of it one word, which costs no time."""
    return f"Dear Ms Karlsson,\nyour account of case {number} is with jane.roe{number}@corp.com.\n" + "x" * BATCH_CHARS


def documents(root: Path) -> tuple[DocumentSet, Artifacts]:
    artifacts = Artifacts(root / "artifacts")
    blank = dict.fromkeys(UNITS.names)
    rows = [
        {**blank, "document": f"d{n}", "path": "p", "unit": 0, "kind": "text", "text": text(n)}
        for n in range(UNITS_IN_ALL)
    ]
    table = write_table(pa.Table.from_pylist(rows, schema=UNITS), artifacts, root, "in")
    return DocumentSet(units=table, documents=UNITS_IN_ALL, formats={}, licences={}, rejected=()), artifacts


def stage(root: Path, workers: int, dies: bool = False) -> ScrubbedSet:
    """The scrub stage; `dies` at once after the fourth batch."""

    def progress(done: int, total: int) -> None:
        print(done, flush=True)
        if dies and done == DEADLY:
            os.kill(os.getpid(), signal.SIGKILL)

    root.mkdir(exist_ok=True)
    batch, artifacts = documents(root)
    return scrub(batch, POLICY, key_of(b"k" * 32), (artifacts, root), progress, workers)


def lines(root: Path, workers: int, dies: bool = False) -> str:
    """`scrub --spans`; `dies` means that its workers are killed after the fourth batch. Returns the digest."""
    source, out, told = root / "in.jsonl", root / "out.jsonl", 0
    source.write_text("".join(json.dumps({"id": n, "text": text(n)}) + "\n" for n in range(UNITS_IN_ALL)))

    def progress(done: int, total: int) -> None:
        nonlocal told
        told += 1
        if dies and told == DEADLY:
            for child in psutil.Process().children():
                if "spawn_main" in " ".join(child.cmdline()):
                    child.kill()

    try:
        scrub_jsonl(source, out, POLICY, progress, workers)
    except WorkerDied:
        return "WorkerDied"
    return of_file(out)


def elsewhere(call: str) -> tuple[int, list[str]]:
    """A call of this module in a process of its own: how it ended and what it printed."""
    code = f"from tests.faults.test_pii_kill import *\nif __name__ == '__main__':\n print({call})"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=300)
    return ended.returncode, ended.stdout.splitlines()


def test_a_killed_scrub_stage_goes_on_to_the_same_digest_with_any_number_of_workers(tmp_path: Path) -> None:
    killed, whole = tmp_path / "killed", tmp_path / "whole"

    code, told = elsewhere(f"stage(Path({str(killed)!r}), 2, True).digest")
    again, then = elsewhere(f"stage(Path({str(killed)!r}), 2).digest")

    assert (code, told[-1]) == (-signal.SIGKILL, str(DEADLY))
    assert again == 0
    assert then[-1] == stage(whole, 1).digest
    kept = (killed / next(p.name for p in killed.glob("scrubbed-*"))).read_bytes()
    assert kept == next(whole.glob("scrubbed-*")).read_bytes()
    assert b"Karlsson" not in kept


def test_after_its_workers_were_killed_a_file_is_finished_from_the_journal(tmp_path: Path) -> None:
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    killed.mkdir()
    whole.mkdir()

    code, told = elsewhere(f"lines(Path({str(killed)!r}), 2, True)")
    begun = key(of_file(killed / "in.jsonl"), POLICY.model_dump(mode="json"))[:16]
    kept = (killed / f".out.jsonl.{begun}").read_bytes().splitlines()

    assert (code, told) == (0, ["WorkerDied"])
    assert not (killed / "out.jsonl").exists()
    assert DEADLY <= len(kept) < UNITS_IN_ALL
    assert lines(killed, 1) == lines(whole, 1)
    assert {path.name for path in killed.iterdir()} == {"in.jsonl", "out.jsonl"}
