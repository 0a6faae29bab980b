"""The audit chain: any edit, deletion, insertion, reorder or truncation is found and named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.audit import bundles, chain, checkpoint_files, witness
from registry.audit.proving import prove
from registry.audit.sealing import Sealing
from registry.commands.session import opened
from registry.database.store import Registry
from registry.decisions import approvals
from registry.errors import ChainBroken, NotFound, UnknownSigner
from registry.records import AuditEvent
from registry.trust.changes import without_person
from registry.trust.keys import load_key, new_key
from registry.trust.signing import change
from tests.registered import Place, make_place


@dataclass(frozen=True)
class Told:
    action: str
    subjects: tuple[str, ...] = ()
    outcome: Literal["done", "refused"] = "done"
    detail: str = ""


def chained(actions: list[str]) -> list[AuditEvent]:
    events: list[AuditEvent] = []
    for n, action in enumerate(actions):
        source = chain.Source(datetime(2027, 1, 1, tzinfo=UTC) + timedelta(seconds=n), "eve")
        events.append(chain.link(head(events), source, Told(action)))
    return events


def head(events: list[AuditEvent]) -> chain.Head:
    return chain.Head(events[-1].sequence, events[-1].digest) if events else chain.Head()


def edit(events: list[AuditEvent], at: int) -> list[AuditEvent]:
    return [*events[:at], events[at].model_copy(update={"actor": "mallory"}), *events[at + 1 :]]


def delete(events: list[AuditEvent], at: int) -> list[AuditEvent]:
    return [*events[:at], *events[at + 1 :]]


def insert(events: list[AuditEvent], at: int) -> list[AuditEvent]:
    forged = chain.link(head(events[:at]), chain.Source(events[at].at, "mallory"), Told("forged"))
    return [*events[:at], forged, *events[at:]]


def swap(events: list[AuditEvent], at: int) -> list[AuditEvent]:
    return [*events[:at], events[at + 1], events[at], *events[at + 2 :]]


ACTIONS = st.lists(st.text(max_size=5), min_size=3, max_size=12)


@given(ACTIONS)
@settings(max_examples=30, deadline=None)
def test_an_untouched_chain_holds(actions: list[str]) -> None:
    chain.verify_chain(chained(actions))


@pytest.mark.parametrize("attack", [edit, delete, insert, swap])
@given(data=st.data(), actions=ACTIONS)
@settings(max_examples=30, deadline=None)
def test_every_attack_before_the_last_event_is_found(
    attack: Callable[[list[AuditEvent], int], list[AuditEvent]], data: st.DataObject, actions: list[str]
) -> None:
    events = chained(actions)
    at = data.draw(st.integers(0, len(events) - 2))

    with pytest.raises(ChainBroken) as broken:
        chain.verify_chain(attack(events, at))

    assert f"audit event {at} " in broken.value.message or f"audit event {at + 1} " in broken.value.message


def sealing(place: Place, every: int = 5, who: str | None = None) -> Sealing:
    """`who`, if anybody, has a key at hand where no person signs."""
    return Sealing(place.workspace.checkpoints, lambda: every, lambda: place.by(who) if who else None)


def kept(registry: Registry) -> list[int]:
    """The events that are sealed, by the files outside the database."""
    return sorted(checkpoint_files.read(registry.sealing.outside))


@pytest.mark.usefixtures("backend")
def test_a_command_with_a_key_seals_what_is_due_and_one_without_leaves_it_to_the_next(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    with Registry.open(place.workspace.registry, "eve", sealing=sealing(place)) as registry:
        for _ in range(7):
            registry.refuse("try", (), "no key at hand")
        assert kept(registry) == []

        adapter = place.adapter(registry)
        approvals.approve(registry, place.case(adapter), place.by("rita"))

        assert kept(registry) == [11]
        assert prove(registry, place.trust).sealed_by == ("rita",)


@pytest.mark.usefixtures("backend")
def test_a_run_seals_every_so_many_events_with_its_own_key(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    with Registry.open(place.workspace.registry, "eve", sealing=sealing(place, every=4, who="eve")) as registry:
        for _ in range(10):
            registry.refuse("try", (), "by the pipeline")

        assert kept(registry) == [3, 7]
        assert prove(registry, place.trust).due == 11


@pytest.mark.usefixtures("backend")
def test_a_release_is_sealed_in_the_very_transaction_that_tells_of_it(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        place.promote(registry, adapter)

        assert registry.query("SELECT sequence FROM checkpoints") == [(6,)]
        assert registry.events()[-1].action == "promote"


def test_a_release_on_a_broken_chain_is_refused_and_a_revocation_is_not(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    with Registry.open(place.workspace.registry, "eve", sealing=sealing(place, every=1)) as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        registry.refuse("try", (), "unsealed")
        registry.connection.execute("UPDATE events SET digest = repeat('0', 64) WHERE sequence = 6")

        with pytest.raises(ChainBroken):
            place.promote(registry, adapter)
        approvals.revoke(registry, place.case(adapter), place.by("rob"))

        assert [event.outcome for event in registry.events(2)] == ["refused", "done"]
        assert not place.workspace.release.exists()


@pytest.mark.usefixtures("backend")
def test_a_stranger_seals_nothing(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    new_key("stranger", place.keys)
    with Registry.open(place.workspace.registry, "eve", sealing=sealing(place, every=1, who="stranger")) as registry:
        registry.refuse("try", (), "")

        with pytest.raises(UnknownSigner):
            registry.writer.seal(place.by("stranger"))
        assert kept(registry) == []


@pytest.mark.usefixtures("backend")
def test_sealing_twice_makes_one_checkpoint(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    with place.registry() as registry:
        registry.refuse("try", (), "")
        paths = {registry.writer.seal(place.by(who)) for who in ("olaf", "rita")}

        assert len(paths) == 1
        assert prove(registry, place.trust).sealed_by == ("olaf",)


def withdraw(place: Place, name: str) -> None:
    """Strike off a person, whose key may be in anybody's hands."""
    struck = without_person(place.trust, name)
    change(place.workspace.trust, struck, [load_key("root", place.keys)], place.now)


@pytest.mark.usefixtures("backend")
def test_checkpoints_by_a_key_withdrawn_since_count_where_somebody_in_force_sealed_after_them(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    with place.registry() as registry:
        for who in ("olaf", "rita", "olaf"):
            registry.refuse("try", (), "")
            registry.writer.seal(place.by(who))
        withdraw(place, "olaf")

        proof = prove(registry, place.trust)
        assert (proof.checkpoints, proof.sealed, proof.sealed_by) == (3, 1, ("rita",))

        registry.writer.seal(place.by("rob"))
        proof = prove(registry, place.trust)
        assert (proof.checkpoints, proof.sealed, proof.sealed_by) == (3, 2, ("rob",))


@pytest.mark.usefixtures("backend")
def test_an_empty_chain_has_nothing_to_seal_and_nothing_to_export(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    with place.registry() as registry:
        assert prove(registry, place.trust).events == 0
        with pytest.raises(NotFound):
            registry.writer.seal(place.by("olaf"))
        with pytest.raises(NotFound):
            bundles.export(registry, tmp_path / "bundle")


def test_what_cannot_be_remembered_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "no directory").write_text("")
    monkeypatch.setenv("MUNIMENT_KEYS", str(tmp_path / "no directory"))
    place = make_place(tmp_path)
    with place.registry() as registry:
        registry.refuse("try", (), "")
        registry.writer.seal(place.by("olaf"))

        assert prove(registry, place.trust).sealed == 0


@pytest.mark.usefixtures("backend")
def test_a_later_checkpoint_seen_is_not_forgotten_for_an_earlier_one(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    with place.registry() as registry:
        for _ in range(2):
            registry.refuse("try", (), "")
            registry.writer.seal(place.by("olaf"))
        first, second = checkpoint_files.read(registry.sealing.outside).values()

        witness.remember(registry.chain, first)

        assert witness.recall(registry.chain) == second


def test_the_checkpoint_setting_is_read_from_the_pipeline_file(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    place.workspace.pipeline.write_text("documents: d\nbase_model: b\naudit:\n  seal_every: 3\n")
    with place.registry() as registry:
        registry.refuse("try", (), "")

    with opened(place.workspace) as registry:
        assert registry.sealing.every() == 3
