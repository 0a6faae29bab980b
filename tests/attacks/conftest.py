"""A sealed registry, made once, and copies of it to do harm to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

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
