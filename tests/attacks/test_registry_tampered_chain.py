"""Every way to harm the audit chain, at every kind of place, in the database file and in a bundle: found, and where."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from registry.audit import bundles, pieces, proving
from registry.audit.proving import examine, prove
from registry.errors import (
    ChainBroken,
    ChainCut,
    CheckpointForged,
    CheckpointGone,
    RolledBack,
)  # fmt: skip
from registry.release import releases
from tests import tampering
from tests.sealed import SealedPlace
from tests.tampering import ATTACKS, Attack, Bodies

SEALED = (4, 9, 10, 15, 19, 22, 27, 32, 33)
PLACES = {
    "first": 0, "before a checkpoint": 14, "at a checkpoint": 15, "after a checkpoint": 16, "middle": 18, "last": 33,
}  # fmt: skip
EVERYWHERE = pytest.mark.parametrize("at", PLACES.values(), ids=PLACES)


def found(place: SealedPlace) -> ChainBroken:
    """What `muniment audit verify` says, wherever the chain is cut into pieces."""
    error = found_in_pieces(place, 20_000)
    again = found_in_pieces(place, 7)
    assert (type(again), again.event, again.message) == (type(error), error.event, error.message)
    return error


def found_in_pieces(place: SealedPlace, events: int) -> ChainBroken:
    with pytest.MonkeyPatch.context() as patch, place.registry() as registry:
        patch.setattr(pieces, "EVENTS", events)
        with pytest.raises(ChainBroken) as broken:
            prove(registry, place.place.trust)
    return broken.value


def found_in_bundle(place: SealedPlace) -> ChainBroken:
    with pytest.raises(ChainBroken) as broken:
        bundles.verify(place.bundle, place.place.trust)
    return broken.value


def bodies_of(place: SealedPlace) -> Bodies:
    return [str(body).encode() for (body,) in place.ask("SELECT body FROM events ORDER BY sequence")]


def put(place: SealedPlace, bodies: Bodies) -> None:
    """As thoroughly as can be done without a key: numbers and digests fit again."""
    with duckdb.connect(str(place.database)) as connection:
        connection.execute("DELETE FROM events")
        rows = [[number, tampering.digest_of(body), body.decode()] for number, body in enumerate(bodies)]
        if rows:
            connection.executemany("INSERT INTO events VALUES (?, ?, ?)", rows)


def may_be_named(attack: Attack, at: int) -> range:
    """From the first event that differs to the next one sealed; a doubled last one is one too many."""
    first = min(at, 32) if attack is tampering.swap else 0 if attack is tampering.move_to_the_front else at
    first += attack is tampering.double
    return range(first, next((sealed for sealed in SEALED if sealed >= first), 34) + 1)


def test_what_nobody_touched_holds(harmed: SealedPlace) -> None:
    with harmed.registry() as registry:
        proof = prove(registry, harmed.place.trust)

    assert (proof.events, proof.checkpoints, proof.sealed) == (34, len(SEALED), 33)
    assert [row[0] for row in harmed.ask("SELECT sequence FROM checkpoints ORDER BY 1")] == list(SEALED)
    assert bundles.verify(harmed.bundle, harmed.place.trust) == proof


@pytest.mark.parametrize("attack", [None, tampering.swap], ids=["untouched", "swap"])
def test_several_processes_find_what_one_finds(
    harmed: SealedPlace, attack: Attack | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if attack:
        put(harmed, attack(bodies_of(harmed), 18))
    with harmed.registry() as registry:
        alone = examine(registry, harmed.place.trust, 100)
    monkeypatch.setattr(pieces, "EVENTS", 7)
    monkeypatch.setattr(proving, "PIECES_THAT_PAY", 2)
    monkeypatch.setattr(proving, "cores", lambda: 2)

    with harmed.registry() as registry:
        together = examine(registry, harmed.place.trust, 100)

    assert together[0] == alone[0]
    assert [(type(e), e.event, e.message, e.next_step) for e in together[1]] == [
        (type(e), e.event, e.message, e.next_step) for e in alone[1]
    ]
    assert bool(alone[1]) == bool(attack)


@pytest.mark.parametrize("attack", ATTACKS)
@EVERYWHERE
def test_a_harmed_chain_is_found_at_its_first_bad_event(harmed: SealedPlace, attack: Attack, at: int) -> None:
    before = bodies_of(harmed)

    put(harmed, attack(before, at))

    error = found(harmed)
    assert error.event is not None
    assert error.event in may_be_named(attack, at)
    assert f"{error.event}" in error.message
    if attack is tampering.cut:
        assert isinstance(error, ChainCut)
        assert error.event == at


@pytest.mark.parametrize("number", [-(2**60), 2**60])
def test_an_event_of_an_absurd_number_is_found_and_keeps_nobody_waiting(harmed: SealedPlace, number: int) -> None:
    harmed.sql(f"INSERT INTO events SELECT {number}, repeat('0', 64), body FROM events WHERE sequence = 33")

    error = found(harmed)
    assert error.event == (0 if number < 0 else 34)


@EVERYWHERE
def test_an_edited_event_that_kept_its_digest_is_found(harmed: SealedPlace, at: int) -> None:
    harmed.sql(f"UPDATE events SET body = json_merge_patch(body, '{{\"actor\": \"mallory\"}}') WHERE sequence = {at}")

    error = found(harmed)
    assert error.event == at


@EVERYWHERE
def test_a_deleted_event_that_left_a_gap_is_found(harmed: SealedPlace, at: int) -> None:
    harmed.sql(f"DELETE FROM events WHERE sequence = {at}")

    error = found(harmed)
    assert error.event == at


@EVERYWHERE
def test_an_event_with_another_digest_than_its_own_is_found(harmed: SealedPlace, at: int) -> None:
    harmed.sql(f"UPDATE events SET digest = repeat('0', 64) WHERE sequence = {at}")

    error = found(harmed)
    assert error.event == at


@EVERYWHERE
def test_a_cut_that_took_rows_and_checkpoints_along_is_a_rollback(harmed: SealedPlace, at: int) -> None:
    tables = ("records", "edges", "stages", "attestations")
    harmed.sql(
        f"DELETE FROM events WHERE sequence >= {at}",
        f"DELETE FROM checkpoints WHERE sequence >= {at}",
        *(f"DELETE FROM {table} WHERE event >= {at}" for table in tables),
    )

    error = found(harmed)
    assert isinstance(error, RolledBack)
    assert error.event == at


def test_an_event_before_the_first_is_found(harmed: SealedPlace) -> None:
    harmed.sql("INSERT INTO events SELECT -1, digest, body FROM events WHERE sequence = 0")

    assert isinstance(found(harmed), ChainBroken)


@pytest.mark.parametrize("age", [0, 1])
def test_an_old_copy_of_the_database_file_is_found_by_the_checkpoints_outside(harmed: SealedPlace, age: int) -> None:
    shutil.copyfile(harmed.older[age] / "registry.duckdb", harmed.database)

    error = found(harmed)
    assert isinstance(error, RolledBack)
    assert error.event == (11, 23)[age]


@pytest.mark.parametrize("age", [0, 1])
def test_an_old_copy_of_the_whole_workspace_is_found_by_whoever_saw_a_newer_one(
    untouched: SealedPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, age: int
) -> None:
    monkeypatch.setenv("MUNIMENT_KEYS", str(tmp_path / "auditor"))
    place = untouched.copy(tmp_path)
    with place.registry() as registry:
        prove(registry, place.place.trust)

    shutil.rmtree(place.place.workspace.root)
    shutil.copytree(place.older[age], place.place.workspace.root)

    error = found(place)
    assert isinstance(error, RolledBack)
    assert error.event == (11, 23)[age]


@pytest.mark.parametrize("at", SEALED[1:-1])
def test_a_checkpoint_taken_from_the_registry_is_missed(harmed: SealedPlace, at: int) -> None:
    harmed.sql(f"DELETE FROM checkpoints WHERE sequence = {at}")

    error = found(harmed)
    assert isinstance(error, CheckpointGone)
    assert error.event == at


@pytest.mark.parametrize("at", SEALED[:-1])
def test_a_checkpoint_taken_from_outside_is_missed(harmed: SealedPlace, at: int) -> None:
    (harmed.place.workspace.checkpoints / f"{at:012d}.json").unlink()

    error = found(harmed)
    assert isinstance(error, CheckpointGone)
    assert error.event == at


@pytest.mark.parametrize("at", SEALED)
def test_a_checkpoint_taken_from_everywhere_is_missed(harmed: SealedPlace, at: int) -> None:
    harmed.sql(f"DELETE FROM checkpoints WHERE sequence = {at}")
    (harmed.place.workspace.checkpoints / f"{at:012d}.json").unlink()

    error = found(harmed)
    assert isinstance(error, CheckpointGone)
    assert error.event is not None
    assert error.event <= max(at, 4)


def test_a_release_is_sealed_and_other_events_may_wait_for_the_next_checkpoint(
    harmed: SealedPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = harmed.place
    with harmed.registry() as registry:
        earlier = releases.before(registry)
        releases.rollback(registry, place.workspace, place.case(earlier), place.by("olaf"))
        sealed = registry.head().sequence
        registry.refuse("promote", (earlier.digest,), "nobody approved it")
        assert prove(registry, place.trust).sealed == sealed

    harmed.sql(f"DELETE FROM checkpoints WHERE sequence = {sealed}")
    (place.workspace.checkpoints / f"{sealed:012d}.json").unlink()

    monkeypatch.setenv("MUNIMENT_KEYS", str(tmp_path / "another machine"))
    error = found(harmed)
    assert isinstance(error, CheckpointGone)
    assert error.event == sealed
    assert "sealed by no checkpoint" in error.message


@pytest.mark.parametrize("where", ["registry", "outside", "both"])
@pytest.mark.parametrize("at", [SEALED[0], SEALED[4], SEALED[-1]])
@pytest.mark.parametrize("forgery", ["stranger", "signature", "unsigned", "another's", "no checkpoint"])
def test_a_forged_checkpoint_is_found(harmed: SealedPlace, where: str, at: int, forgery: str) -> None:
    envelope = str(harmed.ask(f"SELECT envelope FROM checkpoints WHERE sequence = {at}")[0][0])
    forged = forgery_of(harmed, envelope, forgery, at)

    if where != "outside":
        harmed.sql(f"UPDATE checkpoints SET envelope = '{forged}' WHERE sequence = {at}")
    if where != "registry":
        (harmed.place.workspace.checkpoints / f"{at:012d}.json").write_text(forged)

    error = found(harmed)
    assert isinstance(error, CheckpointForged)
    assert error.event == at


def test_a_forged_checkpoint_past_the_end_is_found(harmed: SealedPlace) -> None:
    envelope = str(harmed.ask("SELECT envelope FROM checkpoints WHERE sequence = 33")[0][0])
    (harmed.place.workspace.checkpoints / f"{99:012d}.json").write_text(forgery_of(harmed, envelope, "stranger", 99))

    error = found(harmed)
    assert isinstance(error, CheckpointForged)
    assert error.event == 99


def test_a_chain_written_anew_with_checkpoints_by_a_stranger_is_found(harmed: SealedPlace) -> None:
    put(harmed, tampering.rewrite(bodies_of(harmed), 0))
    for at in SEALED:
        envelope = str(harmed.ask(f"SELECT envelope FROM checkpoints WHERE sequence = {at}")[0][0])
        forged = forgery_of(harmed, envelope, "stranger", at)
        harmed.sql(f"UPDATE checkpoints SET envelope = '{forged}' WHERE sequence = {at}")
        (harmed.place.workspace.checkpoints / f"{at:012d}.json").unlink()

    error = found(harmed)
    assert isinstance(error, CheckpointForged)
    assert error.event == SEALED[0]


def forgery_of(place: SealedPlace, envelope: str, forgery: str, at: int) -> str:
    """An envelope as somebody without a key in the trust root could make it."""
    from registry.audit.checkpoints import PAYLOAD_TYPE
    from registry.signatures import envelopes
    from registry.trust.keys import new_key

    if forgery == "stranger":
        key = new_key(f"stranger{at}", place.bundle.parent / "elsewhere")
        return envelopes.seal(envelopes.payload(envelope), PAYLOAD_TYPE, [key])
    if forgery == "another's":
        other = next(sealed for sealed in SEALED if sealed != at)
        return str(place.ask(f"SELECT envelope FROM checkpoints WHERE sequence = {other}")[0][0])
    told = json.loads(envelope)
    if forgery == "unsigned":
        told["signatures"] = []
    elif forgery == "signature":
        (signature,) = told["signatures"]
        signature["sig"] = signature["sig"][:-6] + ("AAAAA=" if signature["sig"][-6:] != "AAAAA=" else "BBBBB=")
    else:
        told["payloadType"] = "application/vnd.in-toto+json"
    return json.dumps(told, sort_keys=True)
