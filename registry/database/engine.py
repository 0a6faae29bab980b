"""What the registry asks of its database: DuckDB's own connection, or one that sends the same SQL to a server."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol


class Result(Protocol):
    """The rows of one statement."""

    @property
    def description(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def fetchone(self) -> Any: ...
    def fetch_record_batch(self, rows_per_batch: int = ...) -> Any: ...


class Connection(Protocol):
    """One session: statements with bound values, one transaction at a time."""

    def execute(self, query: str, parameters: Sequence[object] = ...) -> Result: ...
    def begin(self) -> object: ...
    def commit(self) -> object: ...
    def rollback(self) -> object: ...
    def close(self) -> None: ...


class Session(Connection, Protocol):
    """A connection to the registry itself."""

    def mark(self) -> object:
        """Equal to the one before where nobody has written since, in this process or another."""

    def turn(self, until: float) -> AbstractContextManager[None]:
        """Where others write as well: wait for the turn, no longer than to a moment of `time.monotonic()`."""
