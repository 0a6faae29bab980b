"""What a hostile caller, or a hostile hand in the workspace, does not get."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from registry.errors import (
    ApprovalMissing,
    DigestMismatch,
    Expired,
    IntegrityError,
    MunimentError,
    ReleaseReplayed,
    UnknownSigner,
    Unservable,
)
from registry.records import GoldenPrompt
from serving import access
from serving.settings import ServeSection
from serving.watch import watch
from tests.released import House, house
from tests.serving_stub import PROMPT, Stub, door

HIDDEN = (
    "/adapters", "/v1/load_lora_adapter", "/v1/unload_lora_adapter", "/tokenize", "/detokenize", "/invocations",
    "/docs", "/openapi.json", "/version", "/load", "/ping", "/v1/../adapters", "//adapters", "/v1//chat/completions",
    "/v1/%2e%2e/adapters", "/v1/chat/completions/", "/v1/chat%2Fcompletions", "/v1/chat/completions/../../adapters",
    "/healthz/..", "/V1/models", "/v1/models/base", "/metrics;x",
)  # fmt: skip


@pytest.mark.parametrize("path", HIDDEN)
async def test_no_path_reaches_past_the_five_routes(tmp_path: Path, path: str) -> None:
    async with door(house(tmp_path)) as d:
        host, port = d.url.removeprefix("http://").split(":")
        authorization = d.client.headers["Authorization"]
        for method in ("GET", "POST", "DELETE", "PUT", "OPTIONS", "HEAD", "PATCH"):
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(
                f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\n"
                "Content-Length: 2\r\nConnection: close\r\n\r\n{}".encode()
            )
            answer = await reader.read()
            writer.close()

            assert answer.startswith((b"HTTP/1.1 404", b"HTTP/1.0 404", b"HTTP/1.1 400")), (method, answer[:200])

    assert d.stub.bodies == []
    assert d.stub.loaded == {}


async def test_nothing_of_the_callers_headers_or_query_reaches_vllm(tmp_path: Path) -> None:
    async with door(house(tmp_path)) as d:
        headers = {"X-Model": "base", "X-Lora": "evil", "X-Request-Id": "r", "Cookie": "a=b"}
        url = d.url + "/v1/chat/completions?model=base&lora=evil"
        async with d.client.post(url, json=PROMPT, headers=headers) as response:
            assert response.status == 200

        assert d.stub.bodies[0]["model"] == "demo@0"
        assert not {"X-Model", "X-Lora", "X-Request-Id", "Cookie"} & set(d.stub.headers[0])
        assert d.stub.headers[0]["Authorization"] == "Bearer inner"


async def test_a_model_named_twice_is_one_model(tmp_path: Path) -> None:
    async with door(house(tmp_path)) as d:
        data = b'{"model":"base",' + json.dumps(PROMPT).encode()[1:]
        async with d.client.post(d.url + "/v1/chat/completions", data=data) as response:
            assert response.status == 200

        assert d.stub.bodies[0]["model"] == "demo@0"


async def test_a_compressed_bomb_is_too_large(tmp_path: Path) -> None:
    async with door(house(tmp_path), ServeSection(max_body_bytes=10_000)) as d:
        bomb = gzip.compress(b" " * 20_000_000)
        headers = {"Content-Encoding": "gzip"}
        async with d.client.post(d.url + "/v1/chat/completions", data=bomb, headers=headers) as response:
            assert response.status in (400, 413)


def test_a_stolen_key_file_holds_no_key(tmp_path: Path) -> None:
    path = tmp_path / "api_keys.json"

    secret = access.new_key(path, "shop")

    assert len(secret) > 40
    assert secret not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    stored = access.stored_keys(path)[0].sha256
    assert access.Doorkeeper(path).name_of(f"Bearer {secret}") == "shop"
    for guess in (stored, secret[:-1], secret + "x", secret.upper(), ""):
        assert access.Doorkeeper(path).name_of(f"Bearer {guess}") is None


def test_a_removed_key_stops_working_at_once(tmp_path: Path) -> None:
    path = tmp_path / "api_keys.json"
    secret = access.new_key(path, "shop")
    keeper = access.Doorkeeper(path)
    assert keeper.name_of(f"Bearer {secret}") == "shop"

    access.remove_key(path, "shop")

    assert keeper.name_of(f"Bearer {secret}") is None


def test_a_damaged_key_file_lets_nobody_in(tmp_path: Path) -> None:
    path = tmp_path / "api_keys.json"
    secret = access.new_key(path, "shop")
    path.write_text("[")

    assert access.Doorkeeper(path).name_of(f"Bearer {secret}") is None


def _bad_releases(h: House) -> dict[type[MunimentError], bytes]:
    good, now = h.adapter(2), datetime.now(UTC)
    return {
        UnknownSigner: h.envelope(good, 3, signer="stranger"),
        ApprovalMissing: h.envelope(good, 3, approvers=("rita", "rita")),
        Expired: h.envelope(good, 3, issued=now - timedelta(days=2), expires=now - timedelta(days=1)),
        ReleaseReplayed: h.envelope(good, 1),
        IntegrityError: _altered(h.envelope(good, 3)),
    }


def _altered(envelope: bytes) -> bytes:
    """The same signatures over another reason."""
    body = json.loads(envelope)
    body["payload"] = base64.b64encode(base64.b64decode(body["payload"]).replace(b'"test"', b'"tent"')).decode()
    return json.dumps(body).encode()


@pytest.mark.parametrize("error", [UnknownSigner, ApprovalMissing, Expired, ReleaseReplayed, IntegrityError])
async def test_a_release_that_must_not_be_served_is_not_and_the_running_one_stays(
    tmp_path: Path, error: type[MunimentError]
) -> None:
    h = house(tmp_path)
    adapter = h.adapter(1)
    async with door(h) as d:
        h.put(h.envelope(adapter, 2))
        await d.rollout.bring(d.rollout.read(), d.engine)
        h.put(_bad_releases(h)[error])

        with pytest.raises(error):
            d.rollout.read()
        watching = asyncio.create_task(watch(d.gateway, 0.01))
        while not d.rollout.refused:
            await asyncio.sleep(0.01)
        watching.cancel()

        assert d.rollout.aliases.name("production") == adapter.version
        assert list(d.stub.loaded) == [adapter.version]
        async with d.client.get(d.url + "/healthz") as response:
            assert (await response.json())["refused"]


async def test_an_adapter_revoked_while_it_serves_answers_no_more(tmp_path: Path) -> None:
    h = house(tmp_path)
    adapter = h.adapter(1)
    async with door(h) as d:
        h.put(h.envelope(adapter, 1))
        watching = asyncio.create_task(watch(d.gateway, 0.01))
        while d.rollout.release is None:
            await asyncio.sleep(0.01)

        h.revoke(adapter)
        while d.rollout.release is not None:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        watching.cancel()
        status, _ = await d.ask()

        assert status == 404
        assert d.rollout.refused == "Revoked"
        assert d.rollout.aliases.name("production") is None


async def test_another_release_under_a_version_already_served_is_refused(tmp_path: Path) -> None:
    h = house(tmp_path)
    one, two = h.adapter(1), h.adapter(2)
    async with door(h) as d:
        h.put(h.envelope(one, 1))
        await d.rollout.bring(d.rollout.read(), d.engine)

        h.put(h.envelope(two, 1))

        with pytest.raises(ReleaseReplayed):
            d.rollout.read()


async def test_an_adapter_changed_after_approval_is_not_served(tmp_path: Path) -> None:
    h = house(tmp_path)
    adapter = h.adapter(1)
    h.put(h.envelope(adapter, 1))
    file = h.workspace.artifacts.path(adapter.weights) / "adapter_model.safetensors"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)

    async with door(h) as d:
        with pytest.raises(DigestMismatch):
            await d.rollout.bring(d.rollout.read(), d.engine)

        assert d.stub.loaded == {}
        assert d.rollout.aliases.name("production") == "demo@0"


async def test_code_beside_the_weights_is_not_served(tmp_path: Path) -> None:
    h = house(tmp_path)
    adapter = h.adapter(1)
    place = tmp_path / "again"
    place.mkdir()
    for file in h.workspace.artifacts.path(adapter.weights).iterdir():
        (place / file.name).write_bytes(file.read_bytes())
    (place / "adapter_model.bin").write_bytes(b"\x80\x04.")
    changed = adapter.model_copy(update={"weights": h.workspace.artifacts.put(place)})
    h.put(h.envelope(changed, 1))

    async with door(h) as d:
        with pytest.raises(Unservable, match=r"adapter_model\.bin"):
            await d.rollout.bring(d.rollout.read(), d.engine)


@pytest.mark.parametrize("stub", [Stub(tokens=(1, 2)), Stub(answer=" ")], ids=["other tokens", "no answer"])
async def test_an_adapter_that_serves_otherwise_than_it_was_trained_is_unloaded(tmp_path: Path, stub: Stub) -> None:
    h = house(tmp_path)
    h.put(h.envelope(h.adapter(1), 1))
    async with door(h, stub=stub) as d:
        with pytest.raises(Unservable):
            await d.rollout.bring(d.rollout.read(), d.engine)

        assert stub.loaded == {}
        assert d.rollout.aliases.name("production") == "demo@0"


async def test_an_adapter_without_golden_prompts_is_not_served(tmp_path: Path) -> None:
    h = house(tmp_path)
    none: tuple[GoldenPrompt, ...] = ()
    h.put(h.envelope(h.adapter(1, none), 1))
    async with door(h) as d:
        with pytest.raises(Unservable, match="golden"):
            await d.rollout.bring(d.rollout.read(), d.engine)


def test_vllm_gets_no_secret_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    from serving.vllm import environment

    monkeypatch.setenv("MUNIMENT_KEY_PASSPHRASE", "hush")

    given = environment(ServeSection(), "inner")

    assert "hush" not in given.values()
    assert given["VLLM_API_KEY"] == "inner"
    assert os.environ["PATH"] == given["PATH"]
