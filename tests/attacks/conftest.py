"""A sealed registry, made once, and copies of it to do harm to; and a sound release to forge others from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.forging import Scene, make_scene
from tests.revealing import desk, scrubbed_once  # noqa: F401 - fixtures
from tests.sealed import SealedPlace, make_sealed


@pytest.fixture(scope="session")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SealedPlace]:
    """What its makers' machine has seen of the chain is kept apart from what other tests see."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MUNIMENT_KEYS", str(tmp_path_factory.mktemp("witness")))
        yield make_sealed(tmp_path_factory.mktemp("sealed"))


@pytest.fixture
def harmed(untouched: SealedPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SealedPlace:
    """A copy to do harm to, on a machine that has seen nothing of it."""
    monkeypatch.setenv("MUNIMENT_KEYS", str(tmp_path / "nothing-seen"))
    return untouched.copy(tmp_path)


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return make_scene(tmp_path_factory.mktemp("forgeries"))
