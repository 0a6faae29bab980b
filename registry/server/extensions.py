"""DuckDB's extensions as packages: loaded from their files, never from a network."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import duckdb

from registry.errors import ConfigError

QUACK = ("httpfs", "quack")
"""DuckDB's client-server protocol, and the HTTP client that it needs."""


def load(connection: duckdb.DuckDBPyConnection) -> None:
    """Load what it takes to serve a registry or to use a served one. Raises ConfigError where it is not installed."""
    for name in QUACK:
        path = _file(name)
        try:
            connection.execute(f"LOAD '{path}'")
        except duckdb.Error as error:
            first = str(error).partition("\n")[0]
            raise ConfigError(f"DuckDB's extension {name} does not load: {first}", _install(name)) from error


def _file(name: str) -> Path:
    found = find_spec(f"duckdb_extension_{name}")
    for place in (found.submodule_search_locations or []) if found else []:
        path = Path(place) / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
        if path.is_file():
            return path
    raise ConfigError(f"DuckDB's extension {name} for version {duckdb.__version__} is not installed", _install(name))


def _install(name: str) -> str:
    return f"pip install duckdb-extension-{name}=={duckdb.__version__}"
