"""Checkpoints of a served registry are signed in other workspaces: what never lay here was not taken away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from registry.audit.proving import prove
from registry.database.store import Registry
from registry.errors import ChainBroken
from registry.workspace import Workspace
from tests.bench.registry_quack import Server, served
from tests.registered import Place, make_place

SEALS = 3


@contextmanager
def sealed_by_a_guest(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Server, Place]]:
    """A server while it runs, and the people of a workspace that sealed its chain from elsewhere."""
    place = make_place(root)
    with served(root) as server:
        monkeypatch.setenv("MUNIMENT_REGISTRY_TOKEN", server.token)
        with Registry.open(server.guest.registry, "rita") as registry:
            for _ in range(SEALS):
                registry.refuse("try", (), "known")
                registry.writer.seal(place.by("rita"))
        yield server, place


def test_whose_workspace_is_new_is_not_told_that_checkpoints_are_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sealed_by_a_guest(tmp_path, monkeypatch) as (server, place):
        auditor = Workspace(tmp_path / "auditor")
        auditor.root.mkdir()
        auditor.pipeline.write_text(server.guest.pipeline.read_text())

        with Registry.open(auditor.registry, "ada") as registry:
            assert prove(registry, place.trust).checkpoints == SEALS


def test_the_servers_own_workspace_has_every_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sealed_by_a_guest(tmp_path, monkeypatch) as (server, place):
        pass  # what the server does when it ends is asked about

    with Registry.open(server.home.registry, "eve") as registry:
        assert prove(registry, place.trust).checkpoints == SEALS
    assert len(list(server.home.checkpoints.iterdir())) == SEALS


def test_a_checkpoint_that_lies_here_still_shows_a_chain_cut_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        sealed_by_a_guest(tmp_path, monkeypatch) as (server, place),
        Registry.open(server.guest.registry, "eve") as registry,
    ):
        newest = max(server.guest.checkpoints.iterdir())
        newest.rename(newest.with_name(f"{int(newest.stem) + 9:012d}.json"))

        with pytest.raises(ChainBroken):
            prove(registry, place.trust)
