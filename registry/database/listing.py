"""What `muniment list` shows: one SQL query a kind, so that a thousand adapters cost no Python."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, get_args

from registry.database.schema import named_errors
from registry.database.store import Registry
from registry.errors import ConfigError

ListedKind = Literal[
    "adapters", "documents", "datasets", "runs", "bases", "evidence", "verdicts", "decisions", "approvals", "releases",
    "exports",
]
RECORDS: dict[str, ListedKind] = {
    "document": "documents", "dataset": "datasets", "training-run": "runs", "base": "bases", "adapter": "adapters",
    "evidence": "evidence", "verdict": "verdicts", "decision": "decisions", "release": "releases", "export": "exports",
}  # fmt: skip
"""The kinds of records, by the words under which people ask for them."""
COUNTED: tuple[ListedKind, ...] = ("documents", "datasets", "runs", "adapters", "evidence", "releases")

# Every body is read once, for what its kind is asked for: reading them again for each kind is what a listing costs.
# The headline is the figure that the gate judged by, as `muniment show` has it, not one that was measured for another.
ADAPTERS = """
WITH told AS MATERIALIZED (
    SELECT kind, digest, created_at, event, CASE kind
               WHEN 'decision' THEN json_extract_string(
                   body, ['adapter', 'decision', 'principal', 'policy', 'issued', 'expires', 'evidence'])
               WHEN 'verdict' THEN json_extract_string(body, ['subject', 'policy', 'passed', 'evidence'])
               WHEN 'evidence' THEN json_extract_string(body, ['subject', 'type', 'figures'])
               WHEN 'release' THEN json_extract_string(body, ['alias', 'version'])
               ELSE json_extract_string(body, ['name', 'base']) END AS said
    FROM records WHERE kind IN ('adapter', 'base', 'decision', 'release', 'evidence', 'verdict')
), measured AS (
    SELECT said[1] AS adapter, list(digest) AS digests FROM told WHERE kind = 'evidence' GROUP BY said[1]
), judged AS MATERIALIZED (
    SELECT said[1] AS adapter, arg_max(said[2], event) AS policy, arg_max(said[3], event) = 'true' AS passed,
           arg_max(CAST(said[4] AS VARCHAR[]), event) AS evidence
    FROM told WHERE kind = 'verdict' GROUP BY said[1]
), decided AS (
    SELECT t.said[1] AS adapter, bool_or(t.said[2] = 'revoke') AS revoked, bool_or(t.said[2] = 'reject') AS rejected,
           count(DISTINCT t.said[3]) FILTER (
               t.said[2] = 'approve' AND j.passed AND t.said[4] = j.policy
               AND list_sort(CAST(t.said[7] AS VARCHAR[])) = list_sort(list_intersect(j.evidence, m.digests))
               AND CAST(? AS TIMESTAMPTZ) BETWEEN CAST(t.said[5] AS TIMESTAMPTZ) AND CAST(t.said[6] AS TIMESTAMPTZ)
           ) AS approvers
    FROM told t LEFT JOIN judged j ON j.adapter = t.said[1] LEFT JOIN measured m ON m.adapter = t.said[1]
    WHERE t.kind = 'decision' GROUP BY t.said[1]
), released AS (
    SELECT e.parent AS adapter, string_agg(DISTINCT r.alias, ', ' ORDER BY r.alias) AS aliases
    FROM (SELECT said[1] AS alias, arg_max(digest, CAST(said[2] AS BIGINT)) AS digest
          FROM told WHERE kind = 'release' GROUP BY said[1]) r
    JOIN edges e ON e.child = r.digest
    GROUP BY e.parent
), headline AS (
    SELECT subject, first(figure ->> 'value' ORDER BY counts DESC, created_at DESC) AS value,
           first(figure ->> 'low' ORDER BY counts DESC, created_at DESC) AS low,
           first(figure ->> 'high' ORDER BY counts DESC, created_at DESC) AS high
    FROM (SELECT t.said[1] AS subject, t.created_at, coalesce(list_contains(j.evidence, t.digest), FALSE) AS counts,
                 unnest(CAST(t.said[3] AS JSON[])) AS figure
          FROM told t LEFT JOIN judged j ON j.adapter = t.said[1]
          WHERE t.kind = 'evidence' AND t.said[2] = 'headline')
    WHERE figure ->> 'name' = 'accuracy' GROUP BY subject
)
SELECT a.said[1] || '@' || a.digest[1:12] AS adapter,
       CASE WHEN decided.revoked THEN 'revoked' WHEN decided.rejected THEN 'rejected'
            WHEN released.aliases IS NOT NULL THEN released.aliases
            WHEN decided.approvers >= ? THEN 'approved'
            WHEN NOT judged.passed THEN 'refused' ELSE 'candidate' END AS status,
       coalesce(bases.said[1], a.said[2][1:12]) AS base, CAST(headline.value AS DOUBLE) AS headline,
       CAST(headline.low AS DOUBLE) AS low, CAST(headline.high AS DOUBLE) AS high,
       strftime(a.created_at, '%Y-%m-%d %H:%M') AS created, a.digest AS digest
FROM told a
LEFT JOIN judged ON judged.adapter = a.digest
LEFT JOIN decided ON decided.adapter = a.digest
LEFT JOIN released ON released.adapter = a.digest
LEFT JOIN headline ON headline.subject = a.digest
LEFT JOIN told bases ON bases.kind = 'base' AND bases.digest = a.said[2]
WHERE a.kind = 'adapter'
ORDER BY a.created_at, a.digest
"""

GONE_ON = """
WITH RECURSIVE trained AS (
    SELECT digest, (body ->> 'parent') AS parent FROM records WHERE kind = 'training-run'
), later(run) AS (
    SELECT t.digest FROM trained t WHERE t.parent IN (
        SELECT body ->> 'run' FROM records WHERE kind = 'adapter' AND list_contains(?, digest))
    UNION SELECT t.digest FROM trained t JOIN later l ON t.parent = l.run
)
SELECT digest FROM records WHERE kind = 'adapter' AND (body ->> 'run') IN (SELECT run FROM later)
"""

EXPORTS = """
SELECT e.body ->> 'form' AS form, e.body ->> 'precision' AS precision, e.body ->> 'use' AS use,
       (a.body ->> 'name') || '@' || a.digest[1:12] AS adapter, CAST(e.body ->> 'difference' AS DOUBLE) AS difference,
       e.created_at AS created_at, e.digest AS digest
FROM records e LEFT JOIN records a ON a.digest = (e.body ->> 'adapter')
WHERE e.kind = 'export' ORDER BY e.created_at, e.digest
"""

RELEASES = """
SELECT digest, created_at, alias, version, r.adapter || '@' || a.parent[1:12] AS adapter,
       principal, reason, issued, expires
FROM releases r LEFT JOIN (
    SELECT e.child, min(e.parent) AS parent FROM edges e JOIN records p ON p.digest = e.parent
    WHERE p.kind = 'adapter' GROUP BY e.child
) a ON a.child = r.digest
ORDER BY created_at, digest
"""

SUPERSEDED = """
SELECT count(*) FROM records d WHERE d.kind = 'document' AND NOT EXISTS (
    SELECT 1 FROM edges e WHERE e.parent = d.digest AND e.relation = 'member' AND e.child = (
        SELECT digest FROM records WHERE kind = 'document-set' ORDER BY event DESC LIMIT 1))
"""

OPEN = ("candidate", "refused", "approved")
"""Words on an adapter that may yet be released: what the gate refused as well, under another policy."""
Cell = str | int | float | bool | None
_PLAIN = (str, int, float, bool, type(None))


@dataclass(frozen=True)
class Listing:
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def as_dicts(self) -> list[dict[str, Cell]]:
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def listing(registry: Registry, kind: str, approvers: int = 2) -> Listing:
    """Everything of one kind, oldest first. `approvers` people make an adapter approved.

    Status is what the records say now: approvals count that are in force, and were given on the evidence and under the
    policy of the gate's last word, without them its refusal is the status, and what goes on from revoked weights is as
    good as revoked. `muniment show` and `verify` ask about signatures, people and policy.yaml besides.
    Raises ConfigError for an unknown kind.
    """
    if kind == "adapters":
        return _without_heirs(registry, _query(registry, ADAPTERS, datetime.now(UTC).isoformat(), approvers))
    if kind == "exports":
        return _query(registry, EXPORTS)
    if kind == "releases":
        return _query(registry, RELEASES)
    if kind not in get_args(ListedKind):
        raise ConfigError(f"there is no kind {kind!r}", f"choose one of: {', '.join(get_args(ListedKind))}")
    return _query(registry, f"SELECT * FROM {kind} ORDER BY created_at, digest")  # noqa: S608 - a closed list


def _without_heirs(registry: Registry, found: Listing) -> Listing:
    """What goes on from revoked weights, and is not in force, is called revoked as well."""
    status, digest = found.columns.index("status"), found.columns.index("digest")
    if not (revoked := [row[digest] for row in found.rows if row[status] == "revoked"]):
        return found
    heirs = {str(row[0]) for row in registry.query(GONE_ON, revoked)}
    rows = tuple(
        (*row[:status], "revoked", *row[status + 1 :]) if row[digest] in heirs and row[status] in OPEN else row
        for row in found.rows
    )
    return Listing(found.columns, rows)


def counts(registry: Registry) -> dict[str, int]:
    """How many records there are of each kind in `COUNTED`."""
    found = registry.query("SELECT kind, count(*) FROM records GROUP BY kind")
    there = {RECORDS.get(str(kind)): int(str(number)) for kind, number in found}
    return {kind: there.get(kind, 0) for kind in COUNTED}


def superseded(registry: Registry) -> int:
    """How many documents the newest ingest did not find as they are: they were changed since, or taken away."""
    return int(str(registry.query(SUPERSEDED)[0][0]))


def _query(registry: Registry, sql: str, *bound: Cell) -> Listing:
    with named_errors(registry.path):
        result = registry.connection.execute(sql, list(bound))
        columns = tuple(str(column[0]) for column in result.description or ())
        return Listing(columns, tuple(tuple(_cell(value) for value in row) for row in result.fetchall()))


def _cell(value: object) -> Cell:
    return value if isinstance(value, _PLAIN) else str(value)
