"""A second name for the bytes of an artifact or of a published file: nothing changes unnoticed, or through it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from registry.errors import DigestMismatch
from registry.records import Adapter
from tests.registered import Place, approved_today, refusal, said, typed


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    return approved_today(tmp_path, monkeypatch)


def weights(place: Place) -> Path:
    with place.registry() as registry:
        adapter = registry.all(Adapter)[0]
    return place.workspace.artifacts.path(adapter.weights) / "adapter_model.safetensors"


def linked(path: Path, other: Path) -> Path:
    """`path` is from now on another name of `other`, which has the same content."""
    other.write_bytes(path.read_bytes() if path.exists() else b"")
    path.unlink(missing_ok=True)
    os.link(other, path)
    return other


def test_weights_changed_through_another_name_are_not_promoted(place: Place, tmp_path: Path) -> None:
    outside = linked(weights(place), tmp_path / "mine")
    said(place, "promote", "demo", "--key", "olaf")

    outside.write_text("other weights")

    assert isinstance(refusal(place, "promote", "demo", "--key", "olaf"), DigestMismatch)
    assert typed(place.workspace, "verify").exit_code == 5


@pytest.mark.parametrize("name", ["release.json", "trust.json", "registry_tokens.lock"])
def test_what_is_published_is_not_written_through_another_name(place: Place, tmp_path: Path, name: str) -> None:
    victim = linked(place.workspace.root / name, tmp_path / "victim")
    before, mode = victim.read_bytes(), victim.stat().st_mode

    said(place, "promote", "demo", "--key", "olaf")
    said(place, "trust", "renew")
    said(place, "registry", "token", "new", "trainer")

    assert (victim.read_bytes(), victim.stat().st_mode) == (before, mode)


def test_a_store_of_links_to_one_file_is_found(place: Place) -> None:
    one, other = weights(place), place.workspace.root / "evil"
    other.write_text("evil weights")
    one.unlink()
    os.link(other, one)

    assert isinstance(refusal(place, "promote", "demo", "--key", "olaf"), DigestMismatch)
