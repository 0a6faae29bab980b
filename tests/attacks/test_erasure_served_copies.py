"""Weights that learnt from the erased, where a server copied them: refused long ago, or copied half when it died."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from registry.database.store import Registry
from registry.records import Adapter
from tests.erasable import NAME
from tests.walked import Place, muniment


@pytest.fixture
def place(erasable_once: Place, tmp_path: Path) -> Place:
    """A server has copied both adapters, and was killed while it copied one again; both were reported on."""
    made = erasable_once.copy(tmp_path)
    served = made.workspace.serving / "adapters"
    for adapter in adapters(made):
        shutil.copytree(made.workspace.artifacts.path(adapter.weights), served / adapter.version)
        (made.workspace.reports / adapter.version).mkdir(parents=True)
        (made.workspace.reports / adapter.version / "audit.html").write_text("What it was made of")
    (served / ".0f3a").mkdir()
    (served / ".0f3a" / "adapter_model.safetensors").write_text("weig")
    return made


def adapters(place: Place) -> list[Adapter]:
    with Registry.open(place.workspace.registry, "tests") as registry:
        return registry.all(Adapter)


def test_what_was_revoked_before_the_erasure_and_what_was_half_copied_goes_as_well(place: Place) -> None:
    revoked = adapters(place)[0].version
    assert muniment(place, "revoke", revoked, "--key", "rita", "--reason", "It leaks").code == 0

    ended = muniment(place, "erase", NAME, "--reason", "Request under article 17", "--key", "paul", "--yes")

    assert ended.code == 0, ended.err
    assert list((place.workspace.serving / "adapters").iterdir()) == []
    assert list(place.workspace.reports.iterdir()) == []
