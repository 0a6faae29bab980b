"""A registry file that is replaced or taken away beneath its server: nothing acknowledged is lost or mixed in."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from registry.audit import chain
from registry.database.folding import log_of
from registry.database.store import Registry
from tests.bench.registry_quack import served


def moved_over(path: Path, other: Path) -> None:
    other.replace(path)


def copied_over(path: Path, other: Path) -> None:
    shutil.copyfile(other, path)


def removed(path: Path, _: Path) -> None:
    path.unlink()


def without_its_log(path: Path, _: Path) -> None:
    log_of(path).unlink()


@pytest.mark.parametrize("replace", [moved_over, copied_over, removed, without_its_log])
def test_what_a_server_acknowledged_outlives_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, replace: Callable[[Path, Path], None]
) -> None:
    other = tmp_path / "other.duckdb"
    with Registry.open(other, "eve") as registry:
        registry.refuse("another", (), "known")
    with served(tmp_path) as server:
        path = server.home.registry
        monkeypatch.setenv("MUNIMENT_REGISTRY_TOKEN", server.token)
        with Registry.open(server.guest.registry, "eve") as registry:
            registry.refuse("try", (), "known")
            replace(path, other)
        ended = server.process.wait(120)
        left = path.read_bytes() if path.exists() else b""

    assert ended == 5
    (kept,) = path.parent.glob(f"{path.name}.served-*")
    with Registry.open(kept, "eve") as registry:
        chain.verify_chain(registry.events())
        assert registry.events()[-1].action == "try"
    assert not log_of(path).exists(), "it would be folded into a file that it does not belong to"
    assert (path.read_bytes() if path.exists() else b"") == left
