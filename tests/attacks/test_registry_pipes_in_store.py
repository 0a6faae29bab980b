"""A pipe, a link or a socket in an artifact: named as a change, waited for by nobody, served by none."""

from __future__ import annotations

import os
import resource
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from registry import artifacts
from registry.errors import DigestMismatch, DiskFull
from registry.records import Adapter
from serving import rollout
from tests.registered import Place, approved_today, refusal, typed
from tests.released import House, house
from tests.serving_stub import door


def pipe(directory: Path) -> None:
    os.mkfifo(directory / "adapter_config.json.new")


def pipe_instead(directory: Path) -> None:
    (directory / "adapter_model.safetensors").unlink()
    os.mkfifo(directory / "adapter_model.safetensors")


def listening(directory: Path) -> None:
    with short_way(directory), socket.socket(socket.AF_UNIX) as other:
        other.bind("s")


def link(directory: Path) -> None:
    (directory / "more").symlink_to("adapter_model.safetensors")


@contextmanager
def short_way(directory: Path) -> Iterator[None]:
    """The path of a socket has a hundred characters at most."""
    before = Path.cwd()
    os.chdir(directory)
    try:
        yield
    finally:
        os.chdir(before)


ODD = [pipe, pipe_instead, listening, link]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    return approved_today(tmp_path, monkeypatch)


def weights(place: Place) -> Path:
    with place.registry() as registry:
        return place.workspace.artifacts.path(registry.all(Adapter)[0].weights)


@pytest.mark.parametrize("odd", ODD)
def test_it_is_found_and_not_promoted(place: Place, odd: Callable[[Path], None]) -> None:
    odd(weights(place))

    error = refusal(place, "promote", "demo", "--key", "olaf")

    assert isinstance(error, DigestMismatch)
    assert "not of files alone" in error.message
    assert typed(place.workspace, "verify").exit_code == 5


def test_a_pipe_in_the_place_of_the_whole_artifact_is_found(place: Place) -> None:
    whole = weights(place)
    whole.rename(place.workspace.root / "aside")
    os.mkfifo(whole)

    assert isinstance(refusal(place, "promote", "demo", "--key", "olaf"), DigestMismatch)


@pytest.mark.parametrize("odd", ODD)
def test_what_is_made_again_takes_its_place(tmp_path: Path, odd: Callable[[Path], None]) -> None:
    store = artifacts.Artifacts(tmp_path / "store")
    for round_ in range(2):
        made = tmp_path / f"made{round_}"
        made.mkdir()
        (made / "adapter_model.safetensors").write_text("weights")
        digest = store.put(made)
        if not round_:
            odd(store.path(digest))

    assert store.verified(digest)


@contextmanager
def limited(size_bytes: int) -> Iterator[None]:
    """No file may grow larger, as where a quota is used up."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def served(tmp_path: Path) -> tuple[House, Adapter]:
    made = house(tmp_path)
    adapter = made.adapter(1)
    made.put(made.envelope(adapter, 1))
    return made, adapter


@pytest.mark.parametrize("odd", ODD)
async def test_it_is_not_served(served: tuple[House, Adapter], odd: Callable[[Path], None]) -> None:
    h, adapter = served
    odd(h.workspace.artifacts.path(adapter.weights))

    async with door(h) as d:
        with pytest.raises(DigestMismatch):
            await d.rollout.bring(d.rollout.read(), d.engine)

        assert d.rollout.aliases.name("production") == "demo@0"
    assert not list((h.workspace.serving / "adapters").iterdir())


def test_a_disk_that_is_full_is_no_release_that_cannot_be_read(served: tuple[House, Adapter]) -> None:
    h, adapter = served

    with limited(100), pytest.raises(DiskFull):
        rollout.fetch(h.workspace, adapter, 8)
