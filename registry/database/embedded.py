"""The registry's own file. Our statements are few and come again and again: the engine reads the text of each once."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from registry.database.engine import Result

_KNOWN = 64


class Embedded:
    """A connection to the file."""

    def __init__(self, own: duckdb.DuckDBPyConnection) -> None:
        self._own = own
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

    def _read(self, query: str) -> duckdb.Statement | str:
        found = self._own.extract_statements(query)
        if len(found) != 1:
            return query
        if len(self._known) < _KNOWN:
            self._known[query] = found[0]
        return found[0]
