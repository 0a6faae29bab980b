"""The registry's file is taken away and the same adapter made again: what was signed against it still lies there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.export.verb import _require_standing
from governance.policy import policy_of
from registry.audit import witness
from registry.audit.proving import prove
from registry.database.changes import Change
from registry.decisions.approvals import approve, reject, revoke
from registry.errors import ChainBroken, Revoked
from registry.records import Adapter, Decision
from registry.release.files import heal
from serving import refusals
from tests.registered import Place, make_place, place_today, said


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


def begun_anew(place: Place) -> None:
    """Nothing is known of before; equal runs make equal adapters."""
    for file in place.workspace.root.glob("*registry.duckdb*"):
        if file.is_file():
            file.unlink()
    place.workspace.release.unlink(missing_ok=True)


@pytest.mark.parametrize("verb", [revoke, reject])
@pytest.mark.parametrize("seen", [False, True], ids=["published", "seen by a server"])
def test_what_was_refused_before_is_not_released(place: Place, verb: Callable[..., Decision], seen: bool) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        verb(registry, place.case(adapter), place.by("rob"))
        heal(registry, place.workspace)
    if seen:
        assert refusals.known(place.workspace, place.trust)
        for file in place.workspace.refusals.iterdir():
            file.unlink()
    begun_anew(place)

    with place.registry() as registry:
        again = place.adapter(registry)
        assert again.digest == adapter.digest
        place.approve(registry, again)
        with pytest.raises(Revoked):
            place.promote(registry, again)

        assert registry.releases("production") == []
    assert not place.workspace.release.exists()


def test_what_was_refused_before_does_not_leave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An export is verified by nobody afterwards."""
    place = place_today(tmp_path, monkeypatch)
    policy = policy_of(place.workspace).digest
    monkeypatch.setattr("tests.registered.POLICY", policy)
    with place.registry() as registry:
        revoke(registry, place.case(place.adapter(registry), policy), place.by("rob"))
        heal(registry, place.workspace)
    begun_anew(place)
    with place.registry() as registry:
        adapter = place.adapter(registry)
        for name in ("rita", "paul"):
            approve(registry, place.case(adapter, policy), place.by(name))

        with pytest.raises(Revoked):
            _require_standing(place.workspace, registry, adapter)


def written_anew(place: Place) -> Adapter:
    """A registry that holds together, in which two people's approvals stand and a revocation does not."""
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        statements, decisions = registry.attestations(adapter.digest, Decision.kind), registry.all(Decision)
        revoke(registry, place.case(adapter), place.by("rob"))
    begun_anew(place)
    for folder in (place.workspace.checkpoints, place.workspace.refusals):
        shutil.rmtree(folder, ignore_errors=True)
    with place.registry() as registry:
        assert place.adapter(registry) == adapter
        for one in decisions:
            own = tuple(said for said in statements if said.signer == one.principal)
            registry.apply(Change("approve", (adapter.digest, one.digest), records=(one,), attestations=own))
    return adapter


def test_a_chain_that_is_written_anew_from_its_first_event_on_is_known(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUNIMENT_KEYS", str(place.keys))
    adapter = written_anew(place)

    with place.registry() as registry:
        with pytest.raises(ChainBroken, match="another audit chain"):
            prove(registry, place.trust)
        with pytest.raises(ChainBroken, match="another audit chain"):
            place.promote(registry, adapter)

    assert not place.workspace.release.exists()


def test_a_kill_while_a_chain_is_noted_leaves_no_other_chain(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUNIMENT_KEYS", str(place.keys))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    def killed_halfway(path: Path, *_: object, **__: object) -> None:
        path.touch()
        raise KeyboardInterrupt

    with monkeypatch.context() as halfway:
        halfway.setattr(os, "fsync", killed)
        halfway.setattr(Path, "write_text", killed_halfway)
        with pytest.raises(KeyboardInterrupt):
            witness.place(place.workspace.checkpoints, "a" * 64)

    witness.require_same(place.workspace.checkpoints, "b" * 64)


def test_whoever_begins_a_workspace_anew_begins_with_its_trust_root(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUNIMENT_KEYS", str(place.keys))
    written_anew(place)
    place.workspace.trust.unlink()
    shutil.rmtree(place.workspace.trust.with_suffix(""))

    said(place, "trust", "init")

    with place.registry() as registry:
        assert prove(registry, place.trust).checkpoints == 0
