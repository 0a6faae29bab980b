"""A registry on another machine: the same SQL as text, run in a session of its own on the server.

Values go into the text as literals that cannot end early: whatever is not plain is spelt in hexadecimal digits. What
the server refuses comes back under the names that the embedded engine uses.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import duckdb

from registry.database import schema
from registry.errors import MunimentError, Refused, RegistryUnreachable
from registry.server import extensions

_PLAIN = re.compile(r"[A-Za-z0-9 _.:/@=+,-]*")
_PLACE = re.compile(r"'(?:[^']|'')*'|\?")
_CONFLICTS = ("conflict", "constraint", "duplicate key", "failed to commit")
_GONE = ("could not connect", "failed to send", "connection", "timed out", "http")
_LISTED = {int: "BIGINT", float: "DOUBLE", datetime: "TIMESTAMP"}
_FAR = "far"


class Quack:
    """A session on a registry server."""

    def __init__(self, url: str, token: str) -> None:
        """Connect. Raises ConfigError without the extensions, RegistryUnreachable, Refused for an unknown token."""
        self.url = url
        self._near = duckdb.connect(config=schema.SETTINGS)
        try:
            self._near.execute(schema.SILENT)
            extensions.load(self._near)
            self._run(f"CREATE SECRET (TYPE quack, TOKEN {literal(token)})")
            self._run(f"ATTACH {literal(url)} AS {_FAR}")
        except BaseException:
            self._near.close()
            raise

    def execute(self, query: str, parameters: Sequence[object] = ()) -> Quack:
        """Run one statement there. Raises what the embedded engine would, Refused, RegistryUnreachable."""
        self._run(f"FROM {_FAR}.query({_quoted(bound(query, parameters))})")
        return self

    @property
    def description(self) -> Any:
        return self._near.description

    def fetchall(self) -> list[Any]:
        return self._near.fetchall()

    def fetchone(self) -> Any:
        return self._near.fetchone()

    def fetch_record_batch(self, rows_per_batch: int = 1_000_000) -> Any:
        return self._near.fetch_record_batch(rows_per_batch)

    def begin(self) -> None:
        self.execute("BEGIN TRANSACTION").fetchall()

    def commit(self) -> None:
        self.execute("COMMIT").fetchall()

    def rollback(self) -> None:
        self.execute("ROLLBACK").fetchall()

    def mark(self) -> object:
        """Never the same: others may have written there."""
        return object()

    def close(self) -> None:
        """End the session there."""
        with suppress(duckdb.Error):
            self._near.execute(f"DETACH {_FAR}")
        self._near.close()

    def _run(self, text: str) -> None:
        try:
            self._near.execute(text)
        except duckdb.Error as error:
            raise self._named(error) from error

    def _named(self, error: duckdb.Error) -> duckdb.Error | MunimentError:
        text = str(error).partition("\n")[0]
        said = text.casefold()
        if "authentication" in said:
            next_step = "a token opens the port of its role alone; another: muniment registry token new NAME"
            return Refused(f"{self.url} does not know this token", next_step)
        if "authorization failed" in said:
            next_step = "a reader's token reads, a writer's adds; one that was removed does nothing any more"
            return Refused(f"the token for {self.url} does not allow this", next_step)
        if any(sign in said for sign in _CONFLICTS):
            return duckdb.TransactionException(text)
        if any(sign in said for sign in _GONE):
            return RegistryUnreachable(f"{self.url} does not answer: {text}", "is it running? muniment registry serve")
        if "does not exist" in said:
            return duckdb.CatalogException(text)
        return error


def bound(query: str, parameters: Sequence[object]) -> str:
    """The statement with its values in place of the question marks outside of texts."""
    values = iter(parameters)
    return _PLACE.sub(lambda met: literal(next(values)) if met.group() == "?" else met.group(), query)


def literal(value: object) -> str:  # noqa: PLR0911 - one kind of value a line
    """A value as SQL. Raises TypeError for a kind that the registry does not use."""
    match value:
        case None:
            return "NULL"
        case bool():
            return str(value).upper()
        case int():
            return str(value)
        case float():
            return f"CAST({value!r} AS DOUBLE)"
        case str() if _PLAIN.fullmatch(value):
            return f"'{value}'"
        case str():
            schema.require_text((value,))
            return f"decode(unhex('{value.encode().hex()}'))"
        case datetime():
            return f"CAST('{value.isoformat(sep=' ')}' AS TIMESTAMP)"
        case list() | tuple():
            kind = _LISTED.get(type(value[0]), "VARCHAR") if value else "VARCHAR"
            return f"CAST([{', '.join(map(literal, value))}] AS {kind}[])"
        case _:
            raise TypeError(f"no SQL for {type(value).__name__}")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
