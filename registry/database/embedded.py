"""The registry's own file. Our statements are few and come again and again: the engine reads the text of each once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import duckdb

from registry.database.engine import Result
from registry.database.folding import log_of

_KNOWN = 64


class Embedded:
    """A connection to the file. No other process can write to it meanwhile."""

    def __init__(self, own: duckdb.DuckDBPyConnection, path: Path) -> None:
        self._own, self._log = own, log_of(path)
        self._known: dict[str, duckdb.Statement] = {}

    def execute(self, query: str, parameters: Sequence[object] = ()) -> Result:
        return self._own.execute(self._known.get(query) or self._read(query), parameters)

    def begin(self) -> None:
        self.execute("BEGIN TRANSACTION")

    def commit(self) -> None:
        self.execute("COMMIT")

    def rollback(self) -> None:
        self.execute("ROLLBACK")

    def close(self) -> None:
        self._own.close()

    def mark(self) -> object:
        """Each commit of this process, by whichever connection, lengthens the log; the file stays as it is."""
        try:
            stands = self._log.stat()
        except FileNotFoundError:
            return None
        return stands.st_ino, stands.st_size, stands.st_mtime_ns

    def turn(self, until: float) -> AbstractContextManager[None]:
        return nullcontext()

    def _read(self, query: str) -> duckdb.Statement | str:
        found = self._own.extract_statements(query)
        if len(found) != 1:
            return query
        if len(self._known) < _KNOWN:
            self._known[query] = found[0]
        return found[0]
