"""What a session at a registry server may do: which tokens open one and keep it open, which statements a role may run.

A reader's token reads. A writer's adds rows, as the registry itself does, and can neither change nor remove one. The
statement is judged as DuckDB parses it where it has to be a question, and without its texts in any case. With which
token a session came is noted when it opens, so that it ends with the token.
"""

from __future__ import annotations

from threading import Lock

import duckdb

from registry.database import schema
from registry.server import queueing
from registry.server.tokens import Token, TokenRole

FIRST_WORDS = {"reader": "select|with|from", "writer": "select|with|from|insert|begin|commit|rollback"}
FORBIDDEN_WORDS = (
    "access|alter|attach|call|checkpoint|comment|copy|create|deallocate|delete|detach|drop|execute|export|import|"
    "install|load|merge|pragma|prepare|reset|set|truncate|update|use|vacuum"
)
FORBIDDEN_CALLS = (
    r"quack_\w*|query|query_table|getenv|glob|read_\w*|sniff_\w*|parquet_\w*|\w*_scan\w*|write_\w*|enable_\w*|"
    r"disable_\w*|truncate_\w*|\w*checkpoint|json_execute\w*|json_serialize\w*|histogram\w*|pragma_\w*|python_\w*|"
    r"\w*secrets?|duckdb_table_sample|duckdb_log\w*|duckdb_prepared\w*|\w*sleep\w*"
)
"""What reaches outside, changes how the engine works, or names in a text what no statement may name, be it to plan it:
from a plan it can be told what a table holds.
"""
ODD = r"[^\x20-\x7e\t\n\r]|[\"$;`\\]|--|/[*]|[a-z0-9_]''''"
"""What no statement of ours has outside its texts, and what could make a text end elsewhere than it seems.

The engine takes every kind of blank for one, a regular expression only some.
"""
ADDED_TO = "records|edges|stages|events|attestations|checkpoints"
"""Where a writer adds rows: a higher schema version would shut everybody out."""
ALONE = "or replace into checkpoints"
"""What a writer may replace: a checkpoint that a withdrawn key signed, by one that counts."""
ADMITTED = "quack_admitted"
"""Named so that no statement may call it: see FORBIDDEN_CALLS."""
_ENTER = """
INSERT INTO access.sessions SELECT sha256(?), role, sha256, now() FROM access.tokens
WHERE role = ? AND sha256 = sha256(?) RETURNING session
"""
"""Whoever knows the name of a session can speak in it: it is noted as a hash alone."""
_ENDED = """
DELETE FROM access.sessions WHERE since < now() - INTERVAL 1 MINUTE
AND session NOT IN (SELECT sha256(connection_id) FROM quack_active_connections())
"""


def install(connection: duckdb.DuckDBPyConnection, own: duckdb.DuckDBPyConnection) -> None:
    """The tables and rules that a server asks before every connection and every statement, in memory alone.

    `own` is a cursor of the connection's that nobody else uses.
    """
    connection.execute("ATTACH ':memory:' AS access")
    connection.execute("CREATE TABLE access.tokens (role VARCHAR, sha256 VARCHAR)")
    connection.execute("CREATE TABLE access.sessions (session TEXT, role TEXT, sha256 TEXT, since TIMESTAMPTZ)")
    one_at_a_time = Lock()

    def admitted(session: str, shown: str, port: str) -> bool:
        """A session that comes by a role's port with a token of that role, noted together with that token."""
        with one_at_a_time:
            return own.execute(_ENTER, [session, port, shown]).fetchone() is not None

    connection.create_function(ADMITTED, admitted, ["VARCHAR"] * 3, "BOOLEAN", side_effects=True)
    connection.execute(f"CREATE MACRO access.allowed(session, asked) AS {_rule()}")


def uninstall(connection: duckdb.DuckDBPyConnection) -> None:
    """The rule holds the cursor, which would hold the file."""
    connection.remove_function(ADMITTED)


def forget_ended(connection: duckdb.DuckDBPyConnection) -> None:
    """Sessions that are no more need no note."""
    connection.execute(_ENDED)


def admit(connection: duckdb.DuckDBPyConnection, tokens: dict[str, Token]) -> None:
    """From now on these tokens open a session and keep it, and no others."""
    with schema.transaction(connection):
        connection.execute("DELETE FROM access.tokens")
        for token in tokens.values():
            connection.execute("INSERT INTO access.tokens VALUES (?, ?)", [token.role, token.sha256])


def _rule() -> str:
    """True for a statement that the session's token allows. A text becomes '' first, then nothing odd may be left."""
    bare = r"""lower(regexp_replace(CAST(asked AS VARCHAR), '''([^'']|'''')*''', '''''', 'g'))"""
    wrong = rf"{ODD}|\b({FORBIDDEN_WORDS})\b|\b({FORBIDDEN_CALLS})\s*\("
    plain = f"NOT regexp_matches({bare}, '{wrong}')"
    into = rf"""regexp_replace(replace({bare}, '{ALONE}', ''), '\binsert\s+into\s+({ADDED_TO})\b', '', 'g')"""
    adding = rf"""NOT regexp_matches({into}, '\binto\b|\bdo\s+update\b')"""
    asking = "(json_serialize_sql(CAST(asked AS VARCHAR)) ->> 'error') = 'false'"
    reading = f"{asking} AND NOT contains({bare}, '{queueing.ASK}')"
    return f"({plain}) AND (({_is('writer')} AND {_begins(bare, 'writer')} AND {adding})" \
           f" OR ({_is('reader')} AND {_begins(bare, 'reader')} AND {reading}))"


def _is(role: TokenRole) -> str:
    """Whether the session came with a token of this role, which still counts."""
    known = f"SELECT s.session FROM access.sessions s JOIN access.tokens USING (role, sha256) WHERE role = '{role}'"  # noqa: S608
    return f"sha256(session) IN ({known})"


def _begins(bare: str, role: TokenRole) -> str:
    return rf"regexp_matches(trim({bare}), '^\s*({FIRST_WORDS[role]})\b')"
