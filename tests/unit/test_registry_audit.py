"""The audit chain: any edit, deletion, insertion, reorder or truncation is found and named."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry import audit, checkpoints
from registry.errors import ChainBroken, UnknownSigner
from registry.keys import load_key, new_key
from registry.records import AuditEvent
from registry.trust import Trust, load_trust
from tests.registered import NOW, make_place


@dataclass(frozen=True)
class Told:
    action: str
    subjects: tuple[str, ...] = ()
    outcome: Literal["done", "refused"] = "done"
    detail: str = ""


def chain(actions: list[str]) -> list[AuditEvent]:
    events: list[AuditEvent] = []
    for n, action in enumerate(actions):
        at = datetime(2027, 1, 1, tzinfo=UTC) + timedelta(seconds=n)
        events.append(audit.link(events[-1] if events else None, at, "eve", Told(action)))
    return events


def edit(events: list[AuditEvent], at: int) -> list[AuditEvent]:
    return [*events[:at], events[at].model_copy(update={"actor": "mallory"}), *events[at + 1 :]]


def delete(events: list[AuditEvent], at: int) -> list[AuditEvent]:
    return [*events[:at], *events[at + 1 :]]


def insert(events: list[AuditEvent], at: int) -> list[AuditEvent]:
    before = events[at - 1] if at else None
    return [*events[:at], audit.link(before, events[at].at, "mallory", Told("forged")), *events[at:]]


def swap(events: list[AuditEvent], at: int) -> list[AuditEvent]:
    return [*events[:at], events[at + 1], events[at], *events[at + 2 :]]


ACTIONS = st.lists(st.text(max_size=5), min_size=3, max_size=12)


@given(ACTIONS)
@settings(max_examples=30, deadline=None)
def test_an_untouched_chain_holds(actions: list[str]) -> None:
    audit.verify_chain(chain(actions))


@pytest.mark.parametrize("attack", [edit, delete, insert, swap])
@given(data=st.data(), actions=ACTIONS)
@settings(max_examples=30, deadline=None)
def test_every_attack_before_the_last_event_is_found(
    attack: Callable[[list[AuditEvent], int], list[AuditEvent]], data: st.DataObject, actions: list[str]
) -> None:
    events = chain(actions)
    at = data.draw(st.integers(0, len(events) - 2))

    with pytest.raises(ChainBroken) as broken:
        audit.verify_chain(attack(events, at))

    assert f"audit event {at} " in broken.value.message or f"audit event {at + 1} " in broken.value.message


def test_a_chain_cut_or_rewritten_at_its_end_does_not_reach_its_checkpoint(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    events = chain(["a", "b", "c"])
    checkpoints.write(events, tmp_path / "seals", load_key("olaf", place.keys))
    seals = checkpoints.read(tmp_path / "seals")

    assert checkpoints.prove(events, seals, place.trust).sealed == 2
    with pytest.raises(ChainBroken, match="ends at event 1"):
        checkpoints.prove(events[:2], seals, place.trust)
    with pytest.raises(ChainBroken, match="audit event 2"):
        checkpoints.prove(chain(["a", "b", "x"]), seals, place.trust)


@pytest.mark.parametrize("signer", ["rita", "stranger"])
def test_a_checkpoint_by_somebody_without_the_role_is_refused(tmp_path: Path, signer: str) -> None:
    place = make_place(tmp_path)
    new_key("stranger", place.keys)
    events = chain(["a"])
    checkpoints.write(events, tmp_path / "seals", load_key(signer, place.keys))

    with pytest.raises(UnknownSigner):
        checkpoints.prove(events, checkpoints.read(tmp_path / "seals"), place.trust)


def bundle(tmp_path: Path) -> Path:
    place = make_place(tmp_path)
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        place.promote(registry, adapter)
        events = registry.events()
    path = tmp_path / "bundle.jsonl"
    checkpoints.export(events, checkpoints.read(place.workspace.checkpoints), path)
    return path


def test_a_release_is_always_sealed_and_its_bundle_proves_itself_with_the_trust_root_alone(tmp_path: Path) -> None:
    path = bundle(tmp_path)
    (tmp_path / "workspace" / "registry.duckdb").unlink()

    proof = checkpoints.verify_bundle(path, load_trust(tmp_path / "workspace" / "trust.json", NOW))

    assert (proof.events, proof.sealed) == (7, 6)


@pytest.mark.parametrize("place_of_line", range(8))
def test_a_bundle_without_one_of_its_lines_is_refused(tmp_path: Path, place_of_line: int) -> None:
    path = bundle(tmp_path)
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:place_of_line] + lines[place_of_line + 1 :]))

    with pytest.raises(ChainBroken):
        checkpoints.verify_bundle(path, load_trust(tmp_path / "workspace" / "trust.json", NOW))


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
        checkpoints.verify_bundle(path, trust)


def test_a_bundle_line_that_is_other_json_is_named(tmp_path: Path) -> None:
    path = bundle(tmp_path)
    path.write_text(json.dumps({"event": {"sequence": -1}}) + "\n")

    with pytest.raises(ChainBroken, match=":1 "):
        checkpoints.verify_bundle(path, load_trust(tmp_path / "workspace" / "trust.json", NOW))
