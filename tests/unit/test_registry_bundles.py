"""A bundle of the audit chain proves itself to whoever holds the trust root, and nothing less than all of it does."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.audit import bundles
from registry.errors import ChainBroken, ChainCut, CheckpointForged, NotFound
from registry.trust.principals import Trust
from registry.trust.root import load_trust
from tests.registered import NOW, make_place
from tests.unit.test_registry_audit import withdraw


@pytest.mark.usefixtures("backend")
def test_a_bundle_that_ends_with_a_withdrawn_key_is_refused(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    with place.registry() as registry:
        registry.refuse("try", (), "")
        registry.writer.seal(place.by("olaf"))
        bundles.export(registry, tmp_path / "bundle")
    bundles.verify(tmp_path / "bundle", place.trust)
    withdraw(place, "olaf")

    with pytest.raises(ChainCut, match="nobody in force"):
        bundles.verify(tmp_path / "bundle", place.trust)


def test_whoever_has_an_older_trust_root_is_told_of_the_newest(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    older = place.trust
    place.add_key("olga", "olga", "operator")
    with place.registry() as registry:
        registry.refuse("try", (), "")
        registry.writer.seal(place.by("olga"))
        bundles.export(registry, tmp_path / "bundle")

    with pytest.raises(CheckpointForged) as error:
        bundles.verify(tmp_path / "bundle", older)

    assert "newest trust root" in error.value.next_step
    assert bundles.verify(tmp_path / "bundle", place.trust).sealed_by == ("olga",)


@pytest.mark.usefixtures("backend")
def test_what_came_after_the_last_checkpoint_is_not_in_the_bundle_and_said(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    with place.registry() as registry:
        place.adapter(registry)
        registry.writer.seal(place.by("olaf"))
        registry.refuse("try", (), "later")

        assert bundles.export(registry, tmp_path / "bundle") == (4, 1)
    assert bundles.verify(tmp_path / "bundle", place.trust).events == 4


def bundle(tmp_path: Path) -> Path:
    place = make_place(tmp_path)
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        place.promote(registry, adapter)
        bundles.export(registry, tmp_path / "bundle.jsonl")
    return tmp_path / "bundle.jsonl"


def test_a_release_is_always_sealed_and_its_bundle_proves_itself_with_the_trust_root_alone(tmp_path: Path) -> None:
    path = bundle(tmp_path)
    (tmp_path / "workspace" / "registry.duckdb").unlink()

    proof = bundles.verify(path, load_trust(tmp_path / "workspace" / "trust.json", NOW))

    assert (proof.events, proof.sealed, proof.sealed_by) == (7, 6, ("olaf",))


@pytest.mark.parametrize("place_of_line", range(9))
def test_a_bundle_without_one_of_its_lines_is_refused(tmp_path: Path, place_of_line: int) -> None:
    path = bundle(tmp_path)
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:place_of_line] + lines[place_of_line + 1 :]))

    with pytest.raises(ChainBroken) as caught:
        bundles.verify(path, load_trust(tmp_path / "workspace" / "trust.json", NOW))

    assert caught.value.next_step.startswith("get the bundle again from whoever exported it")


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Trust:
    return make_place(tmp_path_factory.mktemp("place")).trust


@given(junk=st.binary(max_size=60))
@settings(max_examples=40, deadline=None)
def test_no_bytes_make_the_bundle_reader_crash(
    tmp_path_factory: pytest.TempPathFactory, trust: Trust, junk: bytes
) -> None:
    path = tmp_path_factory.mktemp("junk") / "bundle"
    path.write_bytes(junk)

    with pytest.raises(ChainBroken):
        bundles.verify(path, trust)


def test_a_bundle_that_is_not_there_is_not_found(tmp_path: Path, trust: Trust) -> None:
    with pytest.raises(NotFound):
        bundles.verify(tmp_path / "bundle", trust)
