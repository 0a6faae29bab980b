"""SIGTERM, as systemd and Kubernetes send it, and Ctrl-C end a command with one line, and nothing is lost."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tiny import make_workspace
from tests.walked import ROOT, Ended, Place


def terminated(
    place: Place, after: str, *arguments: str, number: signal.Signals = signal.SIGTERM, with_all: bool = False
) -> Ended:
    """The command line, sent a signal as soon as it says `after`, alone or with all that it started."""
    command = [sys.executable, "-m", "flows.cli", *arguments]
    environment = {**os.environ, **place.env}
    signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background it may be ignored, by children as well
    running = subprocess.Popen(
        command, env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert running.stderr is not None
    said = ""
    while after not in said and (line := running.stderr.readline()):
        said += line
    if with_all:
        os.killpg(running.pid, number)
    else:
        running.send_signal(number)
    rest = running.communicate(timeout=300)[1]
    assert after in said, said
    return Ended(running.returncode, "", rest)


def test_a_terminated_run_says_so_in_one_line_and_keeps_what_was_done(tmp_path: Path, tiny_base: Path) -> None:
    place = Place(make_workspace(tmp_path / "workspace", tiny_base), tmp_path / "keys")

    ended = terminated(place, "ingest", "run")

    assert ended.code == 128 + signal.SIGTERM, ended.err
    assert "Traceback" not in ended.err
    assert ended.err.count("terminated; what was done is kept: give the same command again") == 1
    assert place.stages()


@pytest.mark.parametrize(("number", "said"), [(signal.SIGINT, "interrupted"), (signal.SIGTERM, "terminated")])
def test_a_signal_to_all_ends_a_run_in_one_line_though_it_ends_prefects_server_as_well(
    tmp_path: Path, tiny_base: Path, number: signal.Signals, said: str
) -> None:
    """As a terminal sends Ctrl-C, and `timeout`, systemd or a container's end SIGTERM."""
    place = Place(make_workspace(tmp_path / "workspace", tiny_base), tmp_path / "keys")

    ended = terminated(place, "ingest", "run", number=number, with_all=True)

    assert ended.code == 128 + number, ended.err
    assert "Traceback" not in ended.err
    assert ended.err.count(f"{said}; what was done is kept: give the same command again") == 1
    assert place.stages()


@pytest.mark.parametrize(("number", "said"), [(signal.SIGINT, "interrupted"), (signal.SIGTERM, "terminated")])
def test_a_scrub_that_is_ended_says_so_and_leaves_no_draft_beside_its_journal(
    tmp_path: Path, number: signal.Signals, said: str
) -> None:
    place = Place(tmp_path, tmp_path / "keys")
    line = '{"id": %d, "text": "Jane Roe called. ' + "The board met and agreed. " * 2_000 + '"}\n'
    (tmp_path / "in.jsonl").write_text("".join(line % number for number in range(40)))

    ended = terminated(
        place, "lines scrubbed: 1 of 40", "scrub", str(tmp_path / "in.jsonl"), "--spans", str(tmp_path / "out.jsonl"),
        number=number,
    )  # fmt: skip

    assert ended.code == 128 + number, ended.err
    assert "Traceback" not in ended.err
    assert ended.err.count(f"{said}; what was done is kept: give the same command again") == 1
    assert not (tmp_path / "out.jsonl").exists()
    assert not [path.name for path in tmp_path.iterdir() if re.fullmatch(r"\.out\.jsonl\.\d{1,7}", path.name)]
