"""Rows edited with plain SQL, around the audit chain that stays whole."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from registry import approvals
from registry.errors import Revoked
from registry.records import Adapter, Evidence, Figure, Verdict
from registry.store import StageResult
from registry.verification import verify
from tests.registered import POLICY, Place, make_place
from tests.unit.test_registry_store import document_set, documents

NOTHING_ODD = {"nobody signed its weights"}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


def candidate(place: Place, revoked: bool = False) -> Adapter:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        if revoked:
            approvals.revoke(registry, place.case(adapter), place.by("rita"))
    return adapter


def sql(place: Place, *statements: str) -> None:
    with duckdb.connect(str(place.workspace.registry)) as connection:
        for statement in statements:
            connection.execute(statement)


def forged(place: Place) -> set[str]:
    """What `verify` says of changed bytes."""
    with place.registry() as registry:
        found = verify(registry, place.workspace, place.trust, place.now)
    return {f.sentence for f in found if f.integrity}


def test_nothing_is_said_of_a_registry_that_nobody_edited(place: Place) -> None:
    candidate(place)

    assert forged(place) == set()


def test_an_erased_revocation_still_forbids_and_is_found(place: Place) -> None:
    adapter = candidate(place, revoked=True)
    erased = "SELECT digest FROM records WHERE kind = 'decision' AND contains(body, 'revoke')"
    sql(
        place,
        f"DELETE FROM edges WHERE child IN ({erased})",
        "DELETE FROM attestations WHERE contains(envelope, 'decision')",
        "DELETE FROM records WHERE kind = 'decision' AND contains(body, 'revoke')",
    )

    with place.registry() as registry, pytest.raises(Revoked):
        place.promote(registry, adapter)
    assert "is told of by an audit event and gone" in forged(place)


def test_an_erased_verdict_against_an_adapter_is_found(place: Place) -> None:
    adapter = candidate(place)
    with place.registry() as registry:
        place.judge(registry, adapter, accuracy=0.4, passed=False)

    sql(place, "DELETE FROM records WHERE kind = 'verdict' AND (body ->> 'passed') = 'false'")

    assert "is told of by an audit event and gone" in forged(place)


def test_an_older_verdict_dated_anew_is_found(place: Place) -> None:
    adapter = candidate(place)
    with place.registry() as registry:
        place.judge(registry, adapter, accuracy=0.4, passed=False)

    sql(place, "UPDATE records SET created_at = TIMESTAMP '2099-01-01' WHERE (body ->> 'passed') = 'true'")

    assert "is dated otherwise than its audit event" in forged(place)


def test_evidence_put_in_from_outside_is_found(place: Place) -> None:
    adapter = candidate(place)
    evidence = Evidence(type="headline", subject=adapter.digest, figures=(Figure(name="accuracy", value=0.99, n=500),))
    verdict = Verdict(
        subject=adapter.digest, policy=POLICY, evidence=(evidence.digest,), passed=True, reasons=("Made up.",)
    )
    now = datetime.now(UTC).replace(tzinfo=None)
    with duckdb.connect(str(place.workspace.registry)) as connection:
        for record in (evidence, verdict):
            row = [record.digest, record.kind, now, record.model_dump_json()]
            connection.execute("INSERT INTO records VALUES (?, ?, ?, ?)", row)

    assert forged(place) == {"is told of by no audit event: it was put in from outside"}


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("DELETE FROM attestations", "whose signed statement is gone"),
        ("UPDATE attestations SET signer = 'somebody'", "is a decision that no audit event tells of"),
        ("INSERT INTO edges SELECT min(digest), max(digest), 'input' FROM records", "that no audit event tells of"),
    ],
)
def test_edited_statements_and_lineage_are_found(place: Place, statement: str, sentence: str) -> None:
    candidate(place)

    sql(place, statement)

    assert any(sentence in said for said in forged(place))


@pytest.mark.parametrize("body", ['{"a": 1e999}', "[1]", '{"a": 99999999999999999999}'])
def test_a_body_that_no_record_could_have_is_found(place: Place, body: str) -> None:
    candidate(place)

    sql(place, f"UPDATE records SET body = '{body}'")

    assert any("was edited" in said for said in forged(place))


def test_an_erased_document_of_a_set_is_found(place: Place) -> None:
    with place.registry() as registry:
        members = documents(3)
        registry.commit(StageResult("k" * 64, "ingest", document_set(3), members))
    sql(place, f"DELETE FROM records WHERE digest = '{members[1].digest}'")

    assert forged(place) == {"is told of by an audit event and gone"}


def test_a_stage_that_points_to_another_result_is_found(place: Place) -> None:
    adapter = candidate(place)
    with place.registry() as registry:
        registry.commit(StageResult("k" * 64, "ingest", document_set(1), documents(1)))

    sql(place, f"UPDATE stages SET record = '{adapter.digest}'")

    assert any("has another result" in said for said in forged(place))
