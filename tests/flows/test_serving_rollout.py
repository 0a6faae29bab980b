"""Forward, back and forward again, with requests under way."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from registry.errors import ReleaseReplayed, Revoked
from serving import seen
from serving.settings import ServeSection
from serving.watch import watch
from tests.released import house
from tests.serving_stub import Stub, door


async def test_a_new_release_file_comes_into_force_while_serving(tmp_path: Path) -> None:
    h = house(tmp_path)
    adapter = h.adapter(1)
    async with door(h) as d:
        watching = asyncio.create_task(watch(d.gateway, 0.01))
        h.put(h.envelope(adapter, 1))
        while d.rollout.release is None:
            await asyncio.sleep(0.01)
        watching.cancel()

        _, body = await d.ask()

    assert body["model"] == "production"
    assert d.stub.bodies[-1]["model"] == adapter.version
    assert d.stub.loaded[adapter.version].endswith(f"adapters/{adapter.version}")


async def test_rolling_back_loads_nothing(tmp_path: Path) -> None:
    h = house(tmp_path)
    one, two = h.adapter(1), h.adapter(2)
    async with door(h) as d:
        for version, adapter in ((1, one), (2, two)):
            h.put(h.envelope(adapter, version))
            await d.rollout.bring(d.rollout.read(), d.engine)
        probes = len(d.stub.bodies)

        h.put(h.envelope(one, 3))
        await d.rollout.bring(d.rollout.read(), d.engine)

        assert d.rollout.aliases.name("production") == one.version
        assert len(d.stub.bodies) == probes
        assert set(d.stub.loaded) == {one.version, two.version}


async def test_older_adapters_are_unloaded_only_when_they_answer_nothing(tmp_path: Path) -> None:
    h = house(tmp_path)
    adapters = [h.adapter(seed) for seed in (1, 2, 3)]
    async with door(h) as d:
        h.put(h.envelope(adapters[0], 1))
        await d.rollout.bring(d.rollout.read(), d.engine)
        free = d.stub.until = asyncio.Event()
        slow, probes = asyncio.create_task(d.ask()), len(d.stub.bodies)
        while len(d.stub.bodies) == probes:
            await asyncio.sleep(0.01)
        d.stub.until = None
        for version in (2, 3):
            h.put(h.envelope(adapters[version - 1], version))
            await d.rollout.bring(d.rollout.read(), d.engine)
        assert adapters[0].version in d.stub.loaded

        free.set()
        status, _ = await slow
        while adapters[0].version in d.stub.loaded:
            await asyncio.sleep(0.01)

        assert status == 200
        assert set(d.stub.loaded) == {adapters[1].version, adapters[2].version}


async def test_a_replay_is_known_after_a_restart(tmp_path: Path) -> None:
    h = house(tmp_path)
    old = h.envelope(h.adapter(1), 1)
    async with door(h) as d:
        h.put(h.envelope(h.adapter(2), 2))
        await d.rollout.bring(d.rollout.read(), d.engine)
    (h.workspace.serving / "api_keys.json").unlink()

    h.put(old)

    async with door(h) as d:
        with pytest.raises(ReleaseReplayed):
            d.rollout.read()
    assert seen.read(h.workspace.serving / "seen.json").version == 2


async def test_the_same_release_may_be_served_again_after_a_restart(tmp_path: Path) -> None:
    h = house(tmp_path)
    h.put(h.envelope(h.adapter(1), 1))
    for _ in range(2):
        async with door(h, ServeSection(), Stub()) as d:
            await d.rollout.bring(d.rollout.read(), d.engine)
            assert d.rollout.release is not None
        (h.workspace.serving / "api_keys.json").unlink()


async def test_a_vllm_that_was_restarted_gets_its_adapters_again(tmp_path: Path) -> None:
    h = house(tmp_path)
    adapter = h.adapter(1)
    h.put(h.envelope(adapter, 1))
    async with door(h) as d:
        await d.rollout.bring(d.rollout.read(), d.engine)
        d.stub.loaded.clear()

        await d.rollout.reload(d.engine)

        assert set(d.stub.loaded) == {adapter.version}


async def test_a_refusal_is_logged_once_until_it_is_another(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    h = house(tmp_path)
    async with door(h) as d:
        for said in ("revoked by paul", "revoked by paul", "revoked by rita"):
            d.rollout.refuse(Revoked(said, "promote another"))

    logged = [record.getMessage() for record in caplog.records if "release refused" in record.getMessage()]
    assert [("paul" in one, "rita" in one) for one in logged] == [(True, False), (False, True)]
