"""Two thousand odd command lines on spoilt files: each refused by name with what to do next, or done; nothing between.

`FUZZ` says how many; `make fuzz` asks for 2,000. `FUZZ_FROM` begins at another number, to play a case again.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

import duckdb
import pytest

from flows import cli
from registry.workspace import Workspace
from tests.erasable import make_erasable
from tests.fuzzed import Case, drawn
from tests.walked import Ended, Place

CASES = int(os.environ.get("FUZZ", "100"))
FIRST = int(os.environ.get("FUZZ_FROM", "0"))
SEED = int(os.environ.get("FUZZ_SEED", "0"))
CODES = {0, 1, 2, 3, 4, 5, 6}
LONGEST_S = 120
OWN = re.compile(
    r"\.queue|\.gate$|\.lock$|registry\.duckdb(\.wal)?$|checkpoints/|witness/|trust/untold$|trust-[0-9a-f]{12}\.json$"
)
"""What a refused attempt may write: its event, the checkpoint that was due with it, which trust root was believed."""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = make_erasable(tmp_path_factory.mktemp("sound"))
    desk = place.root.parent / "desk"
    desk.mkdir()
    (desk / "rows.jsonl").write_text('{"id": 1, "text": "A trip means any journey."}\n')
    (desk / "card.md").write_text("---\nlicense: mit\n---\n")
    return place


@pytest.fixture
def place(sound: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    copied = fresh(sound, tmp_path)
    for name, value in copied.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MUNIMENT_VLLM_PYTHON", "/nowhere/python")
    monkeypatch.setattr(sys, "stdin", io.StringIO("\udcff no answer\n"))
    monkeypatch.chdir(tmp_path / "desk")
    return copied


def fresh(sound: Place, home: Path) -> Place:
    for name in ("workspace", "keys", "desk"):
        shutil.rmtree(home / name, ignore_errors=True)
        shutil.copytree(sound.root.parent / name, home / name, symlinks=True)
    return Place(home / "workspace", home / "keys")


def files(home: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(home)): bytes(path.readlink()) if path.is_symlink() else path.read_bytes()
        for path in sorted(home.rglob("*"))
        if (path.is_symlink() or path.is_file()) and not OWN.search(str(path.relative_to(home)))
    }


def rows(registry: Path) -> object:
    """All that is in it but refused attempts and questions asked; None where it cannot be read."""
    try:
        with duckdb.connect(str(registry), read_only=True) as connection:
            counts = [connection.execute(f"SELECT count(*) FROM {name}").fetchone()
                      for name in ("records", "edges", "attestations", "stages", "schema_version")]  # fmt: skip
            done = connection.execute(
                "SELECT count(*) FROM events WHERE body ->> 'outcome' = 'done' AND body ->> 'action' <> 'reveal.asked'"
            ).fetchone()
    except duckdb.Error:
        return None
    return counts, done


@contextmanager
def no_longer_than(seconds: int) -> Iterator[None]:
    """A command that hangs ends the test with its number."""

    def ring(*_: object) -> None:
        raise TimeoutError("it hangs")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def run(words: tuple[str, ...]) -> Ended:
    """As the process would: what it prints, and the code that it exits with; -1 for a traceback."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["muniment", *words])
        try:
            with no_longer_than(LONGEST_S):
                cli.main()
            code: object = 0
        except SystemExit as ended:
            code = ended.code
        except BaseException:  # noqa: BLE001 - that is what is looked for
            return Ended(-1, out.getvalue(), traceback.format_exc())
    return Ended(code if isinstance(code, int) else 0, out.getvalue(), err.getvalue())


def complaint(case: Case, place: Place, home: Path, healthy: dict[str, bytes]) -> str:
    """What is wrong with how this line ended, if anything is. A release may be put back as it was: `healthy`."""
    before, kept = files(home), rows(Workspace(place.root).registry)
    ended = run(case.words)
    if ended.code not in CODES:
        return f"exit code {ended.code}: {ended.err[-1500:]}"
    refused = ended.code > 1 or "error (" in ended.err or "error:" in ended.err
    if not refused:
        return ""
    if not re.search(r"next: \S|Try '|--help", ended.err):
        return f"no next step: {ended.err[-500:]!r}"
    after = files(home)
    names = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    if changed := {name for name in names if after.get(name) != healthy.get(name)}:
        return f"refused, and wrote {sorted(changed)[:5]}: {ended.err[-300:]!r}"
    return "" if kept == rows(Workspace(place.root).registry) else f"refused, and changed rows: {ended.err[-300:]!r}"


@pytest.mark.timeout(5400)
def test_whatever_is_typed_and_whatever_lies_there_is_done_or_refused_with_a_next_step(
    place: Place, sound: Place, tmp_path: Path
) -> None:
    wrong, healthy = [], files(tmp_path)
    for number in range(FIRST, FIRST + CASES):
        fresh(sound, tmp_path)
        os.chdir(tmp_path / "desk")
        case = drawn(number, place, SEED)

        if found := complaint(case, place, tmp_path, healthy):
            wrong.append(f"{case}\n  {found}")

    assert not wrong, f"{len(wrong)} of {CASES}:\n" + "\n".join(wrong)
