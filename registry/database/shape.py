"""What a registry file consists of besides rows: exactly the tables and views that our migrations make.

A function defined in the file goes before the engine's own of that name: whoever plants one called `max` or
`contains` bends every answer without touching a row. A view can hide what its table holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import duckdb

from registry.database import schema
from registry.database.engine import Connection
from registry.errors import SchemaAltered

Shape = dict[tuple[str, str], str]
_ALL = """
SELECT 'table', table_name, sql FROM duckdb_tables() WHERE database_name = current_database() AND NOT internal
UNION ALL
SELECT 'view', view_name, sql FROM duckdb_views() WHERE database_name = current_database() AND NOT internal
UNION ALL
SELECT 'index', index_name, sql FROM duckdb_indexes() WHERE database_name = current_database()
UNION ALL
SELECT 'sequence', sequence_name, sql FROM duckdb_sequences() WHERE database_name = current_database()
UNION ALL
SELECT 'type', type_name, logical_type FROM duckdb_types() WHERE database_name = current_database() AND NOT internal
UNION ALL
SELECT 'schema', schema_name, '' FROM duckdb_schemas() WHERE database_name = current_database() AND NOT internal
UNION ALL
"""
_FUNCTIONS = """
SELECT 'function', function_name, coalesce(macro_definition, '') FROM duckdb_functions()
WHERE database_name = current_database() AND NOT internal
"""


def require_no_functions(connection: Connection) -> None:
    """Nothing in the open file answers in the place of the engine's own functions. Raises SchemaAltered."""
    for kind, name, _ in connection.execute(_FUNCTIONS).fetchall():
        raise _altered(str(kind), str(name), "was added")


def alterations(connection: Connection) -> Iterator[SchemaAltered]:
    """Everything in the open file that is not as the migrations made it, in a stable order."""
    ours, found = _ours(), _shape(connection)
    for kind, name in sorted(ours.keys() | found.keys()):
        if ours.get((kind, name)) != found.get((kind, name)):
            what = "is gone" if (kind, name) not in found else "was altered" if (kind, name) in ours else "was added"
            yield _altered(kind, name, what)


def _altered(kind: str, name: str, what: str) -> SchemaAltered:
    return SchemaAltered(f"the {kind} {name!r} {what} in the registry file", "restore the registry from a backup")


@cache
def _ours() -> Shape:
    with duckdb.connect(":memory:") as fresh:
        schema.migrate(fresh, Path("fresh"), "")
        return _shape(fresh)


def _shape(connection: Connection) -> Shape:
    """Without quotation marks, which the engine sets otherwise after it read a file."""
    found = connection.execute(_ALL + _FUNCTIONS).fetchall()
    return {(str(kind), str(name)): str(sql).replace('"', "") for kind, name, sql in found}
