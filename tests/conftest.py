"""Fixtures that many rooms share. Nothing here touches the user's own keys, caches or Prefect."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.prefect_server import PrefectServer, server
from tests.quack_house import backend, houses, pytest_generate_tests  # noqa: F401 - fixtures and a hook
from tests.walked import Place, started

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ["HF_HUB_OFFLINE"] = "1"


@pytest.fixture(autouse=True)
def own_places(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys and caches of this test session, not of the person who runs it."""
    home = tmp_path_factory.getbasetemp() / "home"
    home.mkdir(exist_ok=True)
    monkeypatch.setenv("MUNIMENT_KEYS", str(home / "keys"))
    monkeypatch.setenv("MUNIMENT_CACHE", str(home / "cache"))
    monkeypatch.delenv("MUNIMENT_HOME", raising=False)
    monkeypatch.delenv("MUNIMENT_KEY_PASSPHRASE", raising=False)


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random base model, made once a session."""
    from tests.tiny import make_base

    return make_base(tmp_path_factory.mktemp("base"))


@pytest.fixture
def new_place(tiny_base: Path, walked_once: Place, tmp_path: Path) -> Callable[[], Place]:
    """Makes a tiny workspace in which nothing ran yet, with the keys of the one that was walked."""
    from tests.tiny import make_workspace

    return lambda: Place(make_workspace(tmp_path / "fresh", tiny_base), walked_once.keys)


@pytest.fixture(scope="session")
def erasable_once(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Documents that speak of one person, as far as two released adapters. Tests take a copy."""
    from tests.erasable import make_erasable

    return make_erasable(tmp_path_factory.mktemp("erasable"))


@pytest.fixture(scope="session")
def walked_once(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A tiny workspace on which `muniment run` ended. Tests that change it take a copy."""
    from tests.tiny import make_workspace

    home = tmp_path_factory.mktemp("walked")
    place = Place(make_workspace(home / "workspace", tiny_base), home / "keys")
    ended = started(place, "run")
    assert ended.code == 0, ended.err
    return place


@pytest.fixture(scope="session")
def released_once(walked_once: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The walked workspace after two people approved its candidate and an operator promoted it."""
    from tests.walked import released

    return released(walked_once.copy(tmp_path_factory.mktemp("released")))


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrefectServer]:
    """One real Prefect server for the whole session."""
    with server(tmp_path_factory.mktemp("prefect")) as running:
        yield running
