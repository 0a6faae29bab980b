"""vLLM fails, the port is taken, the environment is missing: each has a name and shows nothing of the machine."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from registry.errors import Busy, IntegrityError, NotFound, PortInUse, ServerDied
from serving import seen, server, vllm
from serving.settings import ServeSection
from tests.released import house
from tests.serving_stub import Stub, door


@pytest.mark.parametrize(
    ("upstream", "status"),
    [
        ((400, "bad prompt at /opt/models/base/x.json"), 400),
        ((500, "Traceback in /opt/secret"), 502),
        ((404, "x"), 502),
    ],
)
async def test_an_error_of_vllm_leaks_no_path(tmp_path: Path, upstream: tuple[int, str], status: int) -> None:
    async with door(house(tmp_path), stub=Stub(fails_with=upstream)) as d:
        found, body = await d.ask()

    assert found == status
    assert "/opt" not in str(body)


async def test_without_an_engine_the_gateway_says_503_and_healthz_agrees(tmp_path: Path) -> None:
    async with door(house(tmp_path)) as d:
        d.gateway.engine = None
        status, _ = await d.ask()
        async with d.client.get(d.url + "/healthz") as response:
            body = await response.json()

    assert (status, response.status, body["engine"]) == (503, 503, "down")


async def test_an_engine_that_is_gone_gives_502(tmp_path: Path) -> None:
    async with door(house(tmp_path)) as d:
        d.engine.origin = "http://127.0.0.1:1"

        assert (await d.ask())[0] == 502


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    h = house(tmp_path)
    h.put(h.envelope(h.adapter(1), 1))
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()

        with pytest.raises(PortInUse):
            server.serve(h.workspace, ServeSection(port=other.getsockname()[1]))


def test_nothing_released_says_to_promote(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nothing is released") as caught:
        server.serve(house(tmp_path).workspace, ServeSection(port=0))

    assert "promote" in caught.value.next_step


def test_a_workspace_is_served_once(tmp_path: Path) -> None:
    h = house(tmp_path)
    with server._alone(h.workspace), pytest.raises(Busy):
        server.serve(h.workspace, ServeSection(port=0))


def test_a_missing_vllm_environment_is_named(tmp_path: Path) -> None:
    h = house(tmp_path)
    h.put(h.envelope(h.adapter(1), 1))

    with pytest.raises(NotFound, match="environment"):
        server.serve(h.workspace, ServeSection(port=0, vllm_python=tmp_path / "none"))


def test_a_vllm_that_dies_at_start_gives_its_last_words(tmp_path: Path) -> None:
    h = house(tmp_path)
    h.put(h.envelope(h.adapter(1), 1))
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\necho 'INFO starting'\necho 'ValueError: no memory for the cache'\nexit 1\n")
    fake.chmod(0o755)

    with pytest.raises(ServerDied, match="no memory for the cache"):
        server.serve(h.workspace, ServeSection(port=0, vllm_python=fake))


def test_a_vllm_that_never_answers_is_ended(tmp_path: Path) -> None:
    h = house(tmp_path)
    h.put(h.envelope(h.adapter(1), 1))
    fake = tmp_path / "python"
    fake.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 600\n")
    fake.chmod(0o755)

    with pytest.raises(ServerDied, match="not ready"):
        server.serve(h.workspace, ServeSection(port=0, vllm_python=fake, startup_timeout_s=1))

    assert not _alive(int((tmp_path / "pid").read_text()))


def test_when_the_server_is_killed_nothing_keeps_running(tmp_path: Path) -> None:
    warden = Path(vllm.__file__).with_name("warden.py")
    note = tmp_path / "pids"
    script = f"sleep 600 & echo $! $$ > {note}.new; mv {note}.new {note}; trap '' TERM; wait; sleep 600"
    line = [sys.executable, "-I", "-S", str(warden), "0.2", "sh", "-c", script]
    owner = subprocess.Popen(
        [sys.executable, "-c", f"import subprocess,time; subprocess.Popen({line!r}, stdin=-1); time.sleep(600)"]
    )
    _until(note.exists)
    pids = [int(word) for word in note.read_text().split()]

    owner.send_signal(signal.SIGKILL)
    owner.wait()

    _until(lambda: not any(_alive(pid) for pid in pids))


def test_a_damaged_memory_of_releases_is_refused_not_forgotten(tmp_path: Path) -> None:
    (tmp_path / "seen.json").write_text("{")

    with pytest.raises(IntegrityError):
        seen.read(tmp_path / "seen.json")


async def test_a_bad_release_leaves_requests_in_flight_alone(tmp_path: Path) -> None:
    h = house(tmp_path)
    async with door(h, stub=Stub(pause_s=0.2)) as d:
        asking = asyncio.create_task(d.ask())
        h.put(b"not a release")
        with pytest.raises(IntegrityError):
            d.rollout.read()

        assert (await asking)[0] == 200


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return not Path("/proc").exists()
    return state != "Z"


def _until(true: object) -> None:
    assert callable(true)
    while not true():
        time.sleep(0.05)
