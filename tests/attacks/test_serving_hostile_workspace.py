"""What a hostile hand in a served workspace does not reach: another base, a dead server, a listening proxy."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from registry.errors import Unservable
from serving import chat
from serving.watch import watch
from tests.released import House, house
from tests.serving_stub import door


async def test_an_adapter_of_another_base_is_not_loaded_after_a_withdrawal(tmp_path: Path) -> None:
    h = house(tmp_path)
    first = h.adapter(1)
    async with door(h) as d:
        h.put(h.envelope(first, 1))
        await d.rollout.bring(d.rollout.read(), d.engine)
        h.revoke(first)
        d.rollout.withdraw_revoked()
        other = tmp_path / "other"
        other.mkdir()
        (other / "config.json").write_text('{"other": true}')
        base = h.base.model_copy(update={"weights": h.workspace.artifacts.put(other)})
        stranger = House(h.workspace, h.keys, base)
        h.put(stranger.envelope(stranger.adapter(2), 2))

        with pytest.raises(Unservable, match="another base model"):
            await d.rollout.bring(d.rollout.read(), d.engine)

        assert set(d.stub.loaded) == {first.version}


def _odd_release(h: House) -> None:
    envelope = json.loads(h.envelope(h.adapter(2), 2))
    envelope["signatures"][0]["keyid"] = None
    h.put(json.dumps(envelope).encode())


def _odd_refusal(h: House) -> None:
    h.workspace.refusals.mkdir()
    (h.workspace.refusals / "one.json").write_bytes(b"\xff\x00")


def _folder_as_refusal(h: House) -> None:
    (h.workspace.refusals / "one.json").mkdir(parents=True)


@pytest.mark.parametrize("hostile", [_odd_release, _odd_refusal, _folder_as_refusal])
async def test_no_file_in_the_workspace_ends_the_watch(tmp_path: Path, hostile: Callable[[House], None]) -> None:
    h = house(tmp_path)
    async with door(h) as d:
        watching = asyncio.create_task(watch(d.gateway, 0.01))
        h.put(h.envelope(h.adapter(1), 1))
        while d.rollout.release is None:
            await asyncio.sleep(0.01)

        hostile(h)
        while not d.rollout.refused and not watching.done():
            await asyncio.sleep(0.01)

        assert not watching.done()
        watching.cancel()


async def test_the_question_goes_to_the_server_and_to_no_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    h = house(tmp_path)
    async with door(h) as d:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        key = d.client.headers["Authorization"].removeprefix("Bearer ")

        said = await asyncio.to_thread(lambda: "".join(chat.ask(d.url, key, "production", [("user", "hello")], 5)))

    assert said == "yes"
