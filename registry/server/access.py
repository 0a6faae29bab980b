"""Who may do what at a registry server: tokens by role, and which statements each role may run.

A reader's token reads. A writer's adds rows, as the registry itself does, and can neither change nor remove one. The
statement is judged as DuckDB parses it where it has to be a question, and without its texts in any case.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from pathlib import Path
from typing import Annotated, Literal, get_args

import duckdb
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from registry.errors import ConfigError, IntegrityError, NotFound
from registry.files import read_whole, write_atomically
from registry.pages.labels import visible

TokenRole = Literal["reader", "writer"]
ROLES: tuple[TokenRole, ...] = get_args(TokenRole)
FIRST_WORDS = {"reader": "select|with|from", "writer": "select|with|from|insert|begin|commit|rollback"}
FORBIDDEN_WORDS = (
    "access|alter|attach|call|checkpoint|comment|copy|create|deallocate|delete|detach|drop|execute|export|import|"
    "install|load|merge|pragma|prepare|reset|set|truncate|update|use|vacuum"
)
FORBIDDEN_CALLS = (
    r"quack_\w*|query|query_table|getenv|glob|read_\w*|sniff_\w*|parquet_\w*|\w*_scan|write_\w*|enable_\w*|"
    r"\w*checkpoint"
)
ODD = r"[\"$;`\\]|--|/[*]|[a-z0-9_]''''"
"""What no statement of ours has outside its texts, and what could make a text end elsewhere than it seems."""
ALONE = "or replace into checkpoints"
"""What a writer may replace: a checkpoint that a withdrawn key signed, by one that counts."""


class Token(BaseModel):
    """One token: of the secret only the SHA-256 is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    role: TokenRole
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


LONGEST_NAME = 64

Tokens = TypeAdapter(dict[str, Token])


def read(path: Path) -> dict[str, Token]:
    """Tokens by name. Raises IntegrityError."""
    try:
        return Tokens.validate_json(read_whole(path)) if path.exists() else {}
    except ValidationError as error:
        raise IntegrityError(f"{path} is no list of tokens", "make new ones: muniment registry token new") from error


def add(path: Path, name: str, role: TokenRole) -> str:
    """Make a token; returns its secret, which is kept nowhere. Raises ConfigError where the name is taken."""
    if not 0 < len(name) <= LONGEST_NAME or visible(name) != name:
        raise ConfigError(f"a token's name is one line of {LONGEST_NAME} visible characters at most", "choose another")
    known = read(path)
    if name in known:
        raise ConfigError(f"there is already a token {name!r}", f"muniment registry token remove {name}")
    secret = f"mr-{secrets.token_urlsafe(32)}"
    _write(path, {**known, name: Token(role=role, sha256=hashlib.sha256(secret.encode()).hexdigest())})
    return secret


def remove(path: Path, name: str) -> None:
    """Raises NotFound."""
    known = read(path)
    if name not in known:
        raise NotFound(f"there is no token {name!r}", "muniment registry token list")
    _write(path, {one: token for one, token in known.items() if one != name})


def install(connection: duckdb.DuckDBPyConnection, ports: dict[TokenRole, int]) -> None:
    """The tables and rules that a server asks before every connection and every statement, in memory alone."""
    connection.execute("ATTACH ':memory:' AS access")
    connection.execute("CREATE TABLE access.tokens (role VARCHAR, sha256 VARCHAR)")
    connection.execute(
        "CREATE MACRO access.admitted(session, shown, port) AS "
        "EXISTS (SELECT 1 FROM access.tokens WHERE role = port AND sha256 = sha256(shown))"
    )
    connection.execute(f"CREATE MACRO access.allowed(session, asked) AS {_rule(ports)}")


def admit(connection: duckdb.DuckDBPyConnection, tokens: dict[str, Token]) -> None:
    """From now on these tokens open a session, and no others."""
    connection.execute("BEGIN")
    connection.execute("DELETE FROM access.tokens")
    for token in tokens.values():
        connection.execute("INSERT INTO access.tokens VALUES (?, ?)", [token.role, token.sha256])
    connection.execute("COMMIT")


def _rule(ports: dict[TokenRole, int]) -> str:
    """True for a statement that the session's port allows. A text becomes '' first, then nothing odd may be left."""
    bare = r"""lower(regexp_replace(CAST(asked AS VARCHAR), '''([^'']|'''')*''', '''''', 'g'))"""
    wrong = rf"{ODD}|\b({FORBIDDEN_WORDS})\b|\b({FORBIDDEN_CALLS})\s*\("
    plain = f"NOT regexp_matches({bare}, '{wrong}')"
    adding = rf"""NOT regexp_matches(replace({bare}, '{ALONE}', ''), '\breplace\s+into\b|\bdo\s+update\b')"""
    asking = "(json_serialize_sql(CAST(asked AS VARCHAR)) ->> 'error') = 'false'"
    return f"({plain}) AND (({_on(ports['writer'])} AND {_begins(bare, 'writer')} AND {adding})" \
           f" OR ({_on(ports['reader'])} AND {_begins(bare, 'reader')} AND {asking}))"


def _on(port: int) -> str:
    """Whether the session came in by this port."""
    known = f"SELECT connection_id FROM quack_active_connections() WHERE ends_with(server_id, ':{port}')"  # noqa: S608
    return f"session IN ({known})"


def _begins(bare: str, role: TokenRole) -> str:
    return rf"regexp_matches(trim({bare}), '^\s*({FIRST_WORDS[role]})\b')"


def _write(path: Path, tokens: dict[str, Token]) -> None:
    whole = {name: token.model_dump() for name, token in sorted(tokens.items())}
    write_atomically(path, json.dumps(whole, indent=1).encode())
    path.chmod(0o600)
