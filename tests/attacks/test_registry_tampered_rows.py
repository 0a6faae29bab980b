"""Rows edited, removed, added, moved and redated with plain SQL, around an audit chain that stays whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.audit.proving import prove
from registry.audit.verification import verify
from registry.decisions import approvals
from registry.errors import ChainBroken, Revoked, RowsDiffer, SchemaAltered
from registry.records import Evidence, Figure, Verdict
from tests.registered import POLICY, make_place
from tests.sealed import SealedPlace

OTHER, MOVED_TO = "0" * 64, 7
ROWS = {
    "records": {
        "edited": "UPDATE records SET body = json_merge_patch(body, '{{\"forged\": 1}}') WHERE digest = '{row}'",
        "spelled otherwise": "UPDATE records SET body = replace(body, ':', ': ') WHERE digest = '{row}'",
        "said twice": "UPDATE records SET body = '{{\"kind\":\"x\",' || body[2:] WHERE digest = '{row}'",
        "another kind": "UPDATE records SET kind = 'verdict' WHERE digest = '{row}'",
        "another's body": "UPDATE records SET body = (SELECT min(body) FROM records) WHERE digest = '{row}'",
        "buried": "UPDATE records SET kind = 'tombstone', body = '{{\"of\":\"{row}\",\"remains\":{{}},\"was\":\"x\"}}'"
                  " WHERE digest = '{row}'",
        "redated": "UPDATE records SET created_at = TIMESTAMP '2099-01-01' WHERE digest = '{row}'",
        "moved": "UPDATE records SET event = {other} WHERE digest = '{row}'",
        "moved away": "UPDATE records SET event = -1 WHERE digest = '{row}'",
        "moved past the end": "UPDATE records SET event = 999 WHERE digest = '{row}'",
        "gone": "DELETE FROM records WHERE digest = '{row}'",
        "added": "INSERT INTO records SELECT '{new}', kind, created_at, body, event FROM records"
                 " WHERE digest = '{row}'",
        "another digest": "UPDATE records SET digest = '{new}' WHERE digest = '{row}'",
    },
    "edges": {
        "another parent": "UPDATE edges SET parent = '{new}' WHERE parent || child = '{row}'",
        "another child": "UPDATE edges SET child = '{new}' WHERE parent || child = '{row}'",
        "another relation": "UPDATE edges SET relation = 'forged' WHERE parent || child = '{row}'",
        "turned round": "UPDATE edges SET parent = child, child = parent WHERE parent || child = '{row}'",
        "moved": "UPDATE edges SET event = {other} WHERE parent || child = '{row}'",
        "moved away": "UPDATE edges SET event = -1 WHERE parent || child = '{row}'",
        "gone": "DELETE FROM edges WHERE parent || child = '{row}'",
        "added": "INSERT INTO edges SELECT parent, '{new}', relation, event FROM edges WHERE parent || child = '{row}'",
    },
    "stages": {
        "another result": "UPDATE stages SET record = '{new}' WHERE key || event = '{row}'",
        "another key": "UPDATE stages SET key = '{new}' WHERE key || event = '{row}'",
        "another name": "UPDATE stages SET name = 'train' WHERE key || event = '{row}'",
        "another duration": "UPDATE stages SET seconds = 9 WHERE key || event = '{row}'",
        "redated": "UPDATE stages SET finished_at = TIMESTAMP '2099-01-01' WHERE key || event = '{row}'",
        "moved": "UPDATE stages SET event = {other} WHERE key || event = '{row}'",
        "gone": "DELETE FROM stages WHERE key || event = '{row}'",
        "added": "INSERT INTO stages SELECT '{new}', name, record, seconds, finished_at, event FROM stages"
                 " WHERE key || event = '{row}'",
    },
    "attestations": {
        "another subject": "UPDATE attestations SET subject = '{new}' WHERE digest = '{row}'",
        "another type": "UPDATE attestations SET type = 'model-signature' WHERE digest = '{row}'",
        "another signer": "UPDATE attestations SET signer = 'mallory' WHERE digest = '{row}'",
        "edited": "UPDATE attestations SET envelope = replace(envelope, 'sig', 'gis') WHERE digest = '{row}'",
        "moved": "UPDATE attestations SET event = {other} WHERE digest = '{row}'",
        "moved away": "UPDATE attestations SET event = -1 WHERE digest = '{row}'",
        "gone": "DELETE FROM attestations WHERE digest = '{row}'",
        "added": "INSERT INTO attestations SELECT '{new}', subject, type, envelope, signer, event FROM attestations"
                 " WHERE digest = '{row}'",
    },
}  # fmt: skip
NAMED = {
    "records": "digest", "edges": "parent || child", "stages": "key || event", "attestations": "digest",
}  # fmt: skip
CASES = [
    pytest.param(table, statement, place, id=f"{table}-{name}-{place}")
    for table, ways in ROWS.items()
    for name, statement in ways.items()
    for place in ("first", "middle", "last")
]
BENT = {
    "a function called max": "CREATE MACRO max(a) AS 0",
    "a function called contains": "CREATE MACRO contains(a, b) AS false",
    "a table function": "CREATE MACRO helpful(a) AS TABLE SELECT a",
    "a view that hides": "CREATE OR REPLACE VIEW releases AS SELECT * FROM (SELECT digest, created_at, '' AS alias,"
                         " 0 AS version FROM records) WHERE false",
    "a view taken out": "DROP VIEW decisions",
    "a view put in": "CREATE VIEW more AS SELECT 1",
    "a table taken out": "DROP TABLE adopted",
    "a table put in": "CREATE TABLE more (a INTEGER)",
    "a table as a view": "ALTER TABLE stages RENAME TO hidden; CREATE VIEW stages AS SELECT * FROM hidden",
    "a column": "ALTER TABLE edges ADD COLUMN more INTEGER",
    "an index": "CREATE INDEX more ON edges (parent)",
    "a schema": "CREATE SCHEMA more",
    "a sequence": "CREATE SEQUENCE more",
    "a type": "CREATE TYPE more AS ENUM ('a')",
}  # fmt: skip


def found(place: SealedPlace) -> ChainBroken:
    """What `muniment audit verify` says."""
    with place.registry() as registry, pytest.raises(ChainBroken) as broken:
        prove(registry, place.place.trust)
    return broken.value


@pytest.mark.parametrize(("table", "statement", "where"), CASES)
def test_a_harmed_row_is_found_at_the_event_that_told_of_it(
    harmed: SealedPlace, table: str, statement: str, where: str
) -> None:
    row, event = a_row(harmed, table, where)

    harmed.sql(statement.format(row=row, new=OTHER, other=MOVED_TO))

    error = found(harmed)
    assert isinstance(error, RowsDiffer)
    assert error.event == (min(event, MOVED_TO) if "{other}" in statement else event)
    assert f"event {error.event}" in error.message


def a_row(place: SealedPlace, table: str, where: str) -> tuple[str, int]:
    """What a row of the table is known by, and the event that brought it."""
    rows = place.ask(f"SELECT {NAMED[table]}, event FROM {table} ORDER BY event, 1")
    name, event = rows[{"first": 0, "middle": len(rows) // 2, "last": -1}[where]]
    return str(name), int(str(event))


@pytest.mark.parametrize("table", ROWS)
def test_a_table_emptied_is_found_at_its_first_event(harmed: SealedPlace, table: str) -> None:
    harmed.sql(f"DELETE FROM {table}")

    error = found(harmed)
    assert isinstance(error, RowsDiffer)
    assert error.event == {"records": 0, "edges": 0, "stages": 0, "attestations": 8}[table]


@pytest.mark.parametrize("statement", BENT.values(), ids=BENT)
def test_a_file_that_would_answer_otherwise_is_found_before_it_is_asked(harmed: SealedPlace, statement: str) -> None:
    harmed.sql(statement)

    assert isinstance(found(harmed), SchemaAltered)


def test_evidence_and_verdict_put_in_from_outside_are_found(harmed: SealedPlace) -> None:
    adapter = str(harmed.ask("SELECT min(digest) FROM adapters")[0][0])
    evidence = Evidence(type="headline", subject=adapter, figures=(Figure(name="accuracy", value=0.99, n=500),))
    verdict = Verdict(subject=adapter, policy=POLICY, evidence=(evidence.digest,), passed=True, reasons=("Made up.",))
    for record in (evidence, verdict):
        body = record.canonical().decode()
        harmed.sql(f"INSERT INTO records VALUES ('{record.digest}', '{record.kind}', now()::TIMESTAMP, '{body}', -1)")

    error = found(harmed)
    assert isinstance(error, RowsDiffer)
    assert "put in from outside" in error.message


def test_everything_that_was_done_is_named_at_once(harmed: SealedPlace) -> None:
    place = harmed.place
    harmed.sql(
        "DELETE FROM stages WHERE event = 2",
        "UPDATE records SET kind = 'base' WHERE kind = 'verdict'",
        "UPDATE events SET digest = repeat('0', 64) WHERE sequence = 12",
        "UPDATE attestations SET signer = 'mallory' WHERE event = 9",
    )

    with harmed.registry() as registry:
        findings = verify(registry, place.workspace, place.trust, place.now)

    sentences = " ".join(finding.sentence for finding in findings if finding.integrity)
    for number in (2, 6, 9, 12, 17, 29):
        assert f"event {number} " in f"{sentences} "


def test_an_erased_revocation_still_forbids_and_is_found(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        approvals.revoke(registry, place.case(adapter), place.by("rita"))
        for statement in (
            "DELETE FROM edges WHERE event = 6", "DELETE FROM attestations WHERE event = 6",
            "DELETE FROM records WHERE event = 6",
        ):  # fmt: skip
            registry.connection.execute(statement)

        with pytest.raises(Revoked):
            place.promote(registry, adapter)
        with pytest.raises(RowsDiffer, match="event 6 "):
            prove(registry, place.trust)
