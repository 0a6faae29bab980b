"""The steps from one schema of the registry file to the next, oldest first; each runs in a transaction of its own.

A step is never changed once a registry was written by it: fixtures of every schema since are kept and opened.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb

Step = Callable[[duckdb.DuckDBPyConnection, str], None]
"""Takes the connection and who opens the registry."""


def _script(name: str) -> Step:
    def step(connection: duckdb.DuckDBPyConnection, _: str) -> None:
        connection.execute((Path(__file__).parent / name).read_text(encoding="utf-8"))

    return step


def _events_vouch(connection: duckdb.DuckDBPyConnection, actor: str) -> None:
    """Loaded where a file is that old: it brings the records of that time, which every command would wait for."""
    from registry.database.migrations import events_vouch

    events_vouch.migrate(connection, actor)


STEPS: tuple[Step, ...] = (_script("0001.sql"), _events_vouch)
