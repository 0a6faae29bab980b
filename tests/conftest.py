"""Fixtures that many rooms share. Nothing here touches the user's own keys, caches or Prefect."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

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
