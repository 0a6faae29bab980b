"""Directories that may not be written: each command says so or does its work, and what was acknowledged is kept."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from registry.audit.proving import prove
from registry.database import folding
from registry.errors import RegistryBusy
from registry.trust.keys import new_key
from tests.registered import Place, approved_today, said, typed
from tests.walked import ROOT

ACTS = (
    ("list",), ("show", "demo"), ("history",), ("verify",), ("promote", "demo", "--key", "olaf"),
    ("trust", "add", "nora", "nora.pub", "--role", "reviewer"), ("registry", "token", "new", "trainer"),
    ("registry", "backup", "house.backup"), ("keys", "new", "zoe", "--no-passphrase"), ("gc",),
    ("audit", "export", "bundle"), ("revoke", "demo", "--key", "paul", "--reason", "it tells secrets"),
)  # fmt: skip
PLACES = (".", ".registry.duckdb.queue", "checkpoints", "refusals", "artifacts", "trust", "../keys")
RUN = """
import json, sys
from pathlib import Path
from registry.workspace import Workspace
from tests.registered import typed

for words in json.load(sys.stdin):
    ended = typed(Workspace(Path(".")), *words)
    print(json.dumps([words[0], ended.exit_code, repr(ended.exception)]), flush=True)
"""
NAMED = ("None", "SystemExit", "PermissionError", "MunimentError", "Exit")
"""What the command line says in a sentence; a directory that may not be written is a PermissionError or is named so."""


def obeying() -> list[str]:
    """What makes a process that root starts obey modes as anybody's does."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root obeys no modes, and there is no setpriv")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    made = approved_today(tmp_path, monkeypatch)
    said(made, "promote", "demo", "--key", "olaf")
    (made.workspace.root / "refusals").mkdir(exist_ok=True)
    new_key("nora", made.keys)
    shutil.move(made.keys / "nora.pub", made.workspace.root / "nora.pub")
    return made


@pytest.mark.parametrize("where", PLACES)
def test_a_directory_that_may_not_be_written_is_named_and_nothing_is_lost(place: Place, where: str) -> None:
    directory = (place.workspace.root / where).resolve()
    with place.registry() as registry:
        before = registry.events()
    directory.chmod(0o555)
    try:
        ended = subprocess.run(
            [*obeying(), sys.executable, "-c", RUN], input=json.dumps(ACTS), cwd=place.workspace.root,
            env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
    finally:
        directory.chmod(0o755)

    assert ended.returncode == 0, ended.stderr
    told = [json.loads(line) for line in ended.stdout.splitlines()]
    assert len(told) == len(ACTS)
    assert [one for one in told if not one[2].startswith(NAMED)] == []
    assert any("Permission denied" in error for _, _, error in told) or where == "artifacts", told
    with place.registry() as registry:
        events = registry.events()
        assert events[: len(before)] == before
        prove(registry, place.trust)
    kept = {event.action for event in events[len(before) :] if event.outcome == "done"}
    assert {verb for verb, code, _ in told if code == 0} & {"promote", "revoke", "trust"} <= kept


def test_an_auditor_reads_a_workspace_that_may_not_be_written(place: Place) -> None:
    """As it was handed over, with what the engine keeps in its log; and nothing is signed into a copy."""
    root, looks = place.workspace.root, (
        ("audit", "verify"), ("verify",), ("audit",), ("list",), ("show", "demo"), ("history",), ("lineage", "demo"),
        ("diff", "demo", "demo"), ("bom", "demo"),
    )  # fmt: skip
    before = [typed(place.workspace, *words) for words in looks]
    acts = (("revoke", "demo", "--key", "paul", "--reason", "it tells secrets"), ("gc",))
    held = {path: path.stat().st_mode for path in (root, *root.rglob("*"))}
    for path, mode in held.items():
        path.chmod(mode & ~0o222)
    try:
        ended = subprocess.run(
            [*obeying(), sys.executable, "-c", RUN], input=json.dumps([*looks, *acts]), cwd=root,
            env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
    finally:
        for path, mode in held.items():
            path.chmod(mode)

    assert ended.returncode == 0, ended.stderr
    told = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [code for _, code, _ in told[: len(looks)]] == [one.exit_code for one in before], told
    assert all("Permission denied" in error for _, _, error in told[len(looks) :]), told
    assert {root, *root.rglob("*")} == held.keys()


def test_a_copy_for_reading_waits_for_whoever_writes(place: Place, tmp_path: Path) -> None:
    with place.registry(), pytest.raises(RegistryBusy):
        folding.snapshot(place.workspace.registry, tmp_path, 0.05)

    copy = folding.snapshot(place.workspace.registry, tmp_path, 1.0)

    assert copy.read_bytes() == place.workspace.registry.read_bytes()
