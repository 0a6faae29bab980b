"""Statements that somebody with a token would like to run at a registry server, and may not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import duckdb
import pytest

from registry.database import schema
from registry.database.store import Registry
from registry.errors import MunimentError, Refused
from registry.records import Document
from registry.server.access import FORBIDDEN_CALLS
from registry.server.client import Quack, bound, literal
from registry.server.tokens import TokenRole
from tests.quack_house import Houses

EDITS = (
    "UPDATE records SET body = '{}'",
    "DELETE FROM events",
    "DROP TABLE events",
    "ALTER TABLE records RENAME TO gone",
    "TRUNCATE events",
    "CREATE TABLE more (i INTEGER)",
    "CREATE OR REPLACE MACRO contains(a, b) AS false",
    "CREATE OR REPLACE VIEW releases AS SELECT 1",
    "INSERT OR REPLACE INTO events SELECT * FROM events",
    "INSERT INTO records SELECT * FROM records ON CONFLICT DO UPDATE SET body = '{}'",
    "WITH x AS (SELECT 1) DELETE FROM events",
    "WITH x AS (SELECT 1) UPDATE records SET body = '{}'",
    "MERGE INTO records USING records r ON true WHEN MATCHED THEN DELETE",
    "SELECT 1; DELETE FROM events",
    "SELECT ''; DELETE FROM events; SELECT ''",
    "SELECT E'\\''; DELETE FROM events; --'",
    "SELECT $$'$$; DELETE FROM events",
    "SELECT 1 /* ' */; DELETE FROM events /* ' */",
    "SELECT \"'\" FROM (SELECT 1 AS \"'\"); DELETE FROM events; SELECT '\"'",
    "EXPLAIN ANALYZE DELETE FROM events",
    "PREPARE p AS DELETE FROM events",
    "EXECUTE p",
    "INSERT INTO schema_version VALUES (999)",
    "INSERT INTO main.schema_version VALUES (999)",
)
REACHES = (
    "FROM quack_stop('quack:localhost:1')",
    "SELECT * FROM quack_serve('quack:localhost:1')",
    'FROM "quack_stop"(\'quack:localhost:1\')',
    "FROM quack_active_connections()",
    "FROM query('FROM quack_stop(''quack:localhost:1'')')",
    "FROM query_table('access.tokens')",
    "SELECT * FROM access.tokens",
    "FROM json_execute_serialized_sql(json_serialize_sql('SELECT * FROM access.tokens'))",
    "SELECT json_serialize_plan('SELECT * FROM access.tokens WHERE sha256 < ''1''', optimize := true)",
    "SELECT pg_sleep(0.01)",
    "FROM query\u00a0('SELECT * FROM access.tokens')",
    "FROM query\u2003('SELECT * FROM access.tokens')",
    "FROM quack_active_connections\u00a0()",
    "FROM histogram('access.tokens', sha256)",
    "FROM duckdb_table_sample('access.tokens')",
    "INSERT INTO access.tokens VALUES ('writer', sha256('mine'))",
    "SELECT * FROM read_text('/etc/hostname')",
    "SELECT * FROM '/etc/hostname'",
    "SELECT * FROM read_csv('/etc/hostname')",
    "COPY records TO '/tmp/stolen.csv'",
    "ATTACH '/tmp/other.duckdb' AS other",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET enable_external_access = true",
    "SET GLOBAL quack_authorization_function = 'quack_nop_authorization'",
    "PRAGMA database_list",
    "CALL force_checkpoint()",
    "FROM force_checkpoint()",
    "SELECT getenv('HOME')",
    "USE access",
    "EXPORT DATABASE '/tmp/all'",
    "VACUUM",
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served") / "registry.duckdb"


@pytest.fixture(scope="module")
def sessions(file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Quack]]:
    """One session a role, at a registry with one record."""
    with Registry.open(file, "eve") as registry:
        registry.add(Document(content="0" * 64, path="a", media_type="t", size_bytes=1, licence="MIT"))
    with ExitStack() as stack:
        houses = Houses(stack, tmp_path_factory.mktemp("tokens") / "tokens.json")
        roles: tuple[TokenRole, ...] = ("reader", "writer")
        yield {role: stack.enter_context(closing(houses.session(file, role))) for role in roles}


def whole(session: Quack) -> tuple[object, ...]:
    counts = session.execute("SELECT (SELECT count(*) FROM records), (SELECT count(*) FROM events)").fetchone()
    return tuple(counts)


@pytest.mark.parametrize("statement", [*EDITS, *REACHES])
@pytest.mark.parametrize("role", ["reader", "writer"])
def test_a_token_neither_edits_nor_reaches_beyond_the_registry(
    sessions: dict[str, Quack], role: str, statement: str
) -> None:
    session = sessions[role]

    with pytest.raises((MunimentError, duckdb.Error)):
        session.execute(statement).fetchall()

    with suppress(MunimentError, duckdb.Error):
        session.rollback()
    assert whole(session) == (1, 1)
    assert session.execute("SELECT path FROM documents").fetchall() == [("a",)]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO events VALUES (7, '', '{}')",
        "WITH x AS (SELECT 7) INSERT INTO events SELECT 7, '', '{}'",
        "FROM (SELECT 1) INSERT INTO events VALUES (7, '', '{}')",
        "BEGIN TRANSACTION",
        "COMMIT",
        "INSERT OR REPLACE INTO checkpoints VALUES (1, '', 1)",
    ],
)
def test_a_readers_token_adds_nothing(sessions: dict[str, Quack], statement: str) -> None:
    with pytest.raises(Refused):
        sessions["reader"].execute(statement).fetchall()

    assert whole(sessions["reader"]) == (1, 1)


def test_nor_by_a_client_that_speaks_the_protocol_itself(sessions: dict[str, Quack]) -> None:
    near = sessions["reader"]._near

    for statement in (
        "INSERT INTO far.events VALUES (7, '', '{}')",
        "CREATE TABLE far.more (i INTEGER)",
        "DROP TABLE far.events",
        "INSERT INTO far.stages SELECT '', '', '', 0, now()::TIMESTAMP, range FROM range(5000)",
    ):
        with pytest.raises(duckdb.Error):
            near.execute(statement)
    assert whole(sessions["reader"]) == (1, 1)


def test_no_list_of_sessions_holds_a_name_to_speak_in_one(houses: Houses, tmp_path: Path) -> None:
    """Quack asks for a token once, and takes every later request that bears the session's name."""
    own = tmp_path / "registry.duckdb"
    with closing(houses.session(own)) as session:
        session.execute("SELECT 1").fetchall()
        with duckdb.connect(str(own), config=schema.SETTINGS) as server:
            noted = server.execute("SELECT session FROM access.sessions").fetchall()
            named = server.execute("SELECT sha256(connection_id) FROM quack_active_connections()").fetchall()

    assert noted == named
    assert len(noted) == 1


@pytest.mark.parametrize("role", ["reader", "writer"])
def test_every_function_that_makes_a_table_was_looked_at(sessions: dict[str, Quack], role: str) -> None:
    """One that runs or names what a text says would go round the rules; a new version of the engine may bring it."""
    harmless = re.compile(
        r"duckdb_(?!table_sample|log|secrets|prepared)\w+|generate_series|range|repeat(_row)?|unnest|json_each|json_tree"
        r"|icu_calendar_names|pg_timezone_names|summary|test_\w+_types|whoami"
    )
    found = sessions[role].execute(
        "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type IN ('table', 'table_macro')"
    )

    unseen = {name for (name,) in found.fetchall() if not harmless.fullmatch(name)}
    assert {name for name in unseen if not re.fullmatch(FORBIDDEN_CALLS, name)} == set()


def test_a_question_too_large_for_the_memory_takes_no_disk(sessions: dict[str, Quack]) -> None:
    place = sessions["reader"].execute("SELECT current_setting('temp_directory')").fetchall()

    assert place == [("",)]


def test_a_token_opens_the_port_of_its_role_alone(file: Path, houses: Houses, tmp_path: Path) -> None:
    own = tmp_path / "registry.duckdb"
    for role, other in (("reader", "writer"), ("writer", "reader")):
        with pytest.raises(Refused, match="does not know this token"):
            Quack(houses.url(own, role), houses.secrets[other])  # type: ignore[arg-type, index]
    for wrong in ("", "reader", "writer", "mr-guessed", houses.secrets["writer"][:-1]):
        with pytest.raises(Refused):
            Quack(houses.url(own), wrong)


@pytest.mark.parametrize(
    "text",
    [
        "plain", "", "it's", "'; DROP TABLE events; --", "a\\'b", "zwölf — ∞", "line\nbreak\0null", "$$", "E'\\''",
        "/* */", "x" * 5000,
    ],
)
def test_whatever_a_text_holds_it_stays_a_text(sessions: dict[str, Quack], text: str) -> None:
    for session in sessions.values():
        found = session.execute("SELECT ?, [?], length(?)", [text, text, text]).fetchall()

        assert found == [(text, [text], len(text))]


def test_values_take_the_places_of_question_marks_outside_texts() -> None:
    assert bound("SELECT '?', ?, 'it''s ?' WHERE x = ?", [1, None]) == "SELECT '?', 1, 'it''s ?' WHERE x = NULL"
    assert literal([]) == "CAST([] AS VARCHAR[])"
    with pytest.raises(TypeError):
        literal(object())
