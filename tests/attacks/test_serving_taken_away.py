"""What is taken away from a served workspace, or closed to the server, brings no forbidden adapter back; nor does a
clock that is set back."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest

from registry.errors import ClockBehind, DigestMismatch, IntegrityError, Revoked
from registry.records import Adapter, Release
from serving import rollout, seen
from serving import watch as watching_room
from serving.server import _Server
from serving.settings import ServeSection
from serving.watch import watch
from tests.fake_vllm import install
from tests.released import House, house
from tests.serving_stub import Door, door


@asynccontextmanager
async def watched(h: House, adapter: Adapter) -> AsyncIterator[Door]:
    """A server that looks at its workspace and has put the adapter into force."""
    async with door(h) as d:
        watching = asyncio.create_task(watch(d.gateway, 0.01))
        h.put(h.envelope(adapter, 1))
        while d.rollout.release is None:
            await asyncio.sleep(0.01)
        yield d
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


async def withdrawn(d: Door) -> None:
    async with asyncio.timeout(60):
        while d.rollout.release is not None:
            await asyncio.sleep(0.01)


async def test_no_refusal_says_of_a_revoked_release_that_it_stays(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    h = house(tmp_path)
    adapter = h.adapter(1)
    async with watched(h, adapter) as d:
        h.revoke(adapter)
        await withdrawn(d)
        await asyncio.sleep(0.1)

    assert "release 1 withdrawn" in caplog.text
    assert "stays in force" not in caplog.text


async def test_what_is_revoked_while_the_release_is_read_is_not_said_to_stay(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    h = house(tmp_path)
    adapter = h.adapter(1)
    read = rollout.Rollout.read

    def meanwhile(self: rollout.Rollout) -> Release:
        h.revoke(adapter)
        return read(self)

    async with watched(h, adapter) as d:
        monkeypatch.setattr(rollout.Rollout, "read", meanwhile)
        h.put(h.envelope(adapter, 2))
        await withdrawn(d)
        await asyncio.sleep(0.1)

    assert "release 1 withdrawn" in caplog.text
    assert "stays in force" not in caplog.text


async def test_a_revocation_that_was_taken_away_still_holds(tmp_path: Path) -> None:
    h = house(tmp_path)
    adapter = h.adapter(1)
    async with watched(h, adapter) as d:
        h.revoke(adapter)
        await withdrawn(d)

        shutil.rmtree(h.workspace.refusals)
        await asyncio.sleep(0.1)

        assert d.rollout.release is None
    (h.workspace.serving / "api_keys.json").unlink()
    async with door(h) as restarted:
        with pytest.raises(Revoked):
            restarted.rollout.read()


async def test_a_refusal_that_nobody_signed_holds_no_longer_than_it_lies_there(tmp_path: Path) -> None:
    h = house(tmp_path)
    adapter = h.adapter(1)
    async with watched(h, adapter) as d:
        h.revoke(adapter, "stranger")
        await withdrawn(d)

        shutil.rmtree(h.workspace.refusals)

        assert d.rollout.read().adapter == adapter


async def test_a_revocation_counts_at_once_where_the_release_is_gone(tmp_path: Path) -> None:
    h = house(tmp_path)
    adapter = h.adapter(1)
    async with watched(h, adapter) as d:
        h.workspace.release.unlink()
        while not d.rollout.refused:
            await asyncio.sleep(0.01)

        h.revoke(adapter)

        await withdrawn(d)


@pytest.mark.parametrize("closed", ["file", "link", "denied"])
async def test_refusals_that_cannot_be_listed_are_not_none(
    tmp_path: Path, closed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    h = house(tmp_path)
    h.put(h.envelope(h.adapter(1), 1))
    if closed == "file":
        h.workspace.refusals.write_bytes(b"")
    elif closed == "link":
        h.workspace.refusals.symlink_to(tmp_path / "nowhere")
    else:  # root, whom no mode keeps out, may run this test
        h.workspace.refusals.mkdir()
        monkeypatch.setattr(os, "scandir", _deny)
        monkeypatch.setattr(os, "listdir", _deny)

    async with door(h) as d:
        with pytest.raises(IntegrityError, match="refusals cannot be read"):
            d.rollout.read()


def _deny(path: Path) -> None:
    raise PermissionError(13, "Permission denied", str(path))


def test_a_base_swapped_while_vllm_was_down_is_not_started_on(tmp_path: Path) -> None:
    h = house(tmp_path / "w")
    h.put(h.envelope(h.adapter(1), 1))
    base = h.workspace.artifacts.path(h.base.weights) / "config.json"
    log = h.workspace.serving / "vllm.log"

    def swap_and_kill(_: object) -> None:
        base.write_text('{"other": true}')
        os.kill(int(log.read_text().split()[1]), 9)

    with pytest.raises(DigestMismatch):
        asyncio.run(_Server(h.workspace, ServeSection(port=0, vllm_python=install(tmp_path)), swap_and_kill).run())


class _Earlier(datetime):
    """A clock that stands still, before now."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) - timedelta(days=3)


async def test_a_server_is_not_started_by_a_clock_of_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    h = house(tmp_path)
    async with watched(h, h.adapter(1)):
        pass
    (h.workspace.serving / "api_keys.json").unlink()
    monkeypatch.setattr(rollout, "datetime", _Earlier)

    async with door(h) as restarted:
        with pytest.raises(ClockBehind, match="this server has come to"):
            restarted.rollout.read()


async def test_how_late_it_is_is_noted_while_nothing_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching_room, "_NOTE_S", 0.05)
    h = house(tmp_path)
    async with watched(h, h.adapter(1)) as d:
        before = seen.read(d.rollout.seen_path)
        async with asyncio.timeout(60):
            while (later := seen.read(d.rollout.seen_path)).at == before.at:
                await asyncio.sleep(0.01)

    assert later.at > before.at
    assert (later.version, later.digest) == (before.version, before.digest)


def test_a_note_of_the_time_never_goes_back(tmp_path: Path) -> None:
    path, now = tmp_path / "seen.json", datetime.now(UTC)
    seen.note(path, now)
    seen.note(path, now - timedelta(days=1))

    assert seen.read(path).at == now
