"""What `muniment list` shows: one SQL query a kind, so that a thousand adapters cost no Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from registry.database.schema import named_errors
from registry.database.store import Registry
from registry.errors import ConfigError

ListedKind = Literal[
    "adapters", "documents", "datasets", "runs", "bases", "evidence", "verdicts", "decisions", "approvals", "releases"
]

ADAPTERS = """
WITH judged AS (
    SELECT adapter,
           bool_or(decision = 'revoke') AS revoked,
           bool_or(decision = 'reject') AS rejected,
           count(DISTINCT principal) FILTER (decision = 'approve') AS approvers
    FROM decisions GROUP BY adapter
), released AS (
    SELECT e.parent AS adapter, string_agg(DISTINCT r.alias, ', ' ORDER BY r.alias) AS aliases
    FROM (SELECT alias, arg_max(digest, version) AS digest FROM releases GROUP BY alias) r
    JOIN edges e ON e.child = r.digest
    GROUP BY e.parent
), headline AS (
    SELECT subject, arg_max(value, created_at) AS value, arg_max(low, created_at) AS low,
           arg_max(high, created_at) AS high
    FROM evidence WHERE type = 'headline' AND figure = 'accuracy' GROUP BY subject
)
SELECT a.version AS adapter,
       CASE WHEN judged.revoked THEN 'revoked' WHEN judged.rejected THEN 'rejected'
            WHEN released.aliases IS NOT NULL THEN released.aliases
            WHEN judged.approvers >= ? THEN 'approved' ELSE 'candidate' END AS status,
       coalesce(bases.name, a.base[1:12]) AS base, headline.value AS headline, headline.low AS low,
       headline.high AS high, strftime(a.created_at, '%Y-%m-%d %H:%M') AS created, a.digest AS digest
FROM adapters a
LEFT JOIN judged ON judged.adapter = a.digest
LEFT JOIN released ON released.adapter = a.digest
LEFT JOIN headline ON headline.subject = a.digest
LEFT JOIN bases ON bases.digest = a.base
ORDER BY a.created_at, a.digest
"""

Cell = str | int | float | bool | None


@dataclass(frozen=True)
class Listing:
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def as_dicts(self) -> list[dict[str, Cell]]:
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def listing(registry: Registry, kind: str, approvers: int = 2) -> Listing:
    """Everything of one kind, oldest first. `approvers` people make an adapter approved.

    Status is what the records say; `muniment show` and `verify` check the signatures behind it.
    Raises ConfigError for an unknown kind.
    """
    if kind == "adapters":
        return _query(registry, ADAPTERS, approvers)
    if kind not in get_args(ListedKind):
        raise ConfigError(f"there is no kind {kind!r}", f"choose one of: {', '.join(get_args(ListedKind))}")
    return _query(registry, f"SELECT * FROM {kind} ORDER BY created_at, digest")  # noqa: S608 - a closed list


def _query(registry: Registry, sql: str, *bound: Cell) -> Listing:
    with named_errors(registry.path):
        result = registry.connection.execute(sql, list(bound))
        columns = tuple(str(column[0]) for column in result.description or ())
        return Listing(columns, tuple(tuple(_cell(value) for value in row) for row in result.fetchall()))


def _cell(value: object) -> Cell:
    return value if isinstance(value, str | int | float | bool | None) else str(value)
