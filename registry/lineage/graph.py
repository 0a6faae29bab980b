"""The graph of digests above or below a record: one recursive query for its edges, whatever its size.

Nobody who asks where an adapter came from should pay for ten thousand others: bodies are read only of
the records that are shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from registry.database.changes import Edge
from registry.database.store import Registry
from registry.errors import IntegrityError, NotFound

OUTSIDE = "outside"
"""The kind of what edges name and the registry does not hold, such as a withdrawn record."""

_REACHED = """
WITH RECURSIVE reached(digest) AS (
    SELECT CAST(? AS VARCHAR)
    UNION
    SELECT e.{far} FROM reached r JOIN edges e ON e.{near} = r.digest
)
SELECT e.parent, e.child, e.relation FROM edges e JOIN reached r ON e.{near} = r.digest
"""
_PATH = "CASE WHEN r.kind = 'document' THEN r.body ->> 'path' END"
_KINDS = f"""
SELECT digest, kind FROM records r WHERE digest IN (SELECT unnest(?)) ORDER BY created_at, {_PATH}, digest
"""  # noqa: S608 - names of columns
_INPUTS = "SELECT parent, child, relation FROM edges WHERE child IN (SELECT unnest(?))"
_NEXT = """
WITH steps AS MATERIALIZED (
    SELECT {near} AS near, {far} AS far, relation FROM edges WHERE {near} IN (SELECT unnest(?))
),
met AS MATERIALIZED (
    SELECT s.*, coalesce(r.kind, ?) AS kind, r.created_at, {path} AS path
    FROM steps s LEFT JOIN records r ON r.digest = s.far
)
SELECT near, far, relation, kind, count(*) OVER (PARTITION BY near, kind) FROM met
QUALIFY row_number() OVER (PARTITION BY near, kind ORDER BY relation, created_at, path, far) <= ?
ORDER BY created_at, path, far
"""


@dataclass(frozen=True)
class Step:
    """From one record to the next: which one, and whether as an input or as a member."""

    digest: str
    relation: str


@dataclass(frozen=True)
class Graph:
    """Edges around `root` and the kind of every digest in them, oldest record first.

    `more` counts by kind, for each digest, the steps from it that were left out.
    """

    root: str
    edges: tuple[Edge, ...]
    kinds: Mapping[str, str]
    more: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)

    def farther(self, up: bool) -> dict[str, list[Step]]:
        """For each digest what it was made from (up) or what was made from it, oldest first."""
        place = {digest: position for position, digest in enumerate(self.kinds)}
        found: dict[str, list[Step]] = {}
        for edge in self.edges:
            near, far = (edge.child, edge.parent) if up else (edge.parent, edge.child)
            found.setdefault(near, []).append(Step(far, edge.relation))
        for branches in found.values():
            branches.sort(key=lambda step: (step.relation, place[step.digest]))
        return found

    def ranks(self) -> dict[str, int]:
        """How many steps each digest stands behind the first; a source stands one before what it is first used for.

        Raises IntegrityError for a circle, which content addresses cannot make.
        """
        made_from = {digest: {step.digest for step in steps} for digest, steps in self.farther(up=True).items()}
        made_into = self.farther(up=False)
        try:
            order = tuple(TopologicalSorter({one: made_from.get(one, set()) for one in self.kinds}).static_order())
        except CycleError as error:
            raise IntegrityError(
                "a record was made from itself: edges were edited", "restore the registry from a backup"
            ) from error
        ranks: dict[str, int] = {}
        for digest in order:
            ranks[digest] = max((ranks[one] + 1 for one in made_from.get(digest, ())), default=0)
        for digest in order:
            if digest not in made_from and digest in made_into:
                ranks[digest] = min(ranks[step.digest] for step in made_into[digest]) - 1
        return ranks


def around(registry: Registry, digest: str, up: bool = True, down: bool = False) -> Graph:
    """What `digest` was made from (up), what was made from it (down), or both. Raises NotFound."""
    edges = [edge for asked, way in ((up, True), (down, False)) if asked for edge in _edges(registry, digest, way)]
    return Graph(digest, tuple(edges), _kinds(registry, digest, edges))


def nearby(registry: Registry, digest: str, up: bool, most: int) -> Graph:
    """As `around` on one side, but of the steps from one digest to one kind only the `most` first: one query a level.

    Raises NotFound.
    """
    near, far = ("child", "parent") if up else ("parent", "child")
    sql = _NEXT.format(near=near, far=far, path=_PATH)
    edges: list[Edge] = []
    kinds, more = _kinds(registry, digest, ()), dict[str, dict[str, int]]()
    waiting = [digest]
    while waiting:
        fresh: dict[str, str] = {}
        for start, end, relation, kind, count in registry.query(sql, waiting, OUTSIDE, most):
            parent, child = (end, start) if up else (start, end)
            edges.append(_edge(parent, child, relation))
            more.setdefault(str(start), {})[str(kind)] = int(str(count)) - most
            fresh |= {str(end): str(kind)} if end not in kinds else {}
        kinds |= fresh
        waiting = list(fresh)
    left = {one: tuple((k, n) for k, n in sorted(counts.items()) if n > 0) for one, counts in more.items()}
    return Graph(digest, tuple(edges), kinds, left)


def with_inputs(registry: Registry, graph: Graph) -> Graph:
    """The graph with all that each record in it was made from, also what leads neither to its root nor from it."""
    edges = [_edge(*row) for row in registry.query(_INPUTS, list(graph.kinds))]
    return Graph(graph.root, tuple(edges), _kinds(registry, graph.root, edges))


def nearest_first(graph: Graph, up: bool) -> Iterator[str]:
    """Every digest on that side once, the root first, by its least number of steps from there."""
    farther, waiting, seen = graph.farther(up), [graph.root], {graph.root}
    for digest in waiting:  # grows while it is read
        yield digest
        fresh = [step.digest for step in farther.get(digest, ()) if step.digest not in seen]
        seen.update(fresh)
        waiting.extend(dict.fromkeys(fresh))


def _edges(registry: Registry, digest: str, up: bool) -> Iterator[Edge]:
    near, far = ("child", "parent") if up else ("parent", "child")
    return (_edge(*row) for row in registry.query(_REACHED.format(near=near, far=far), digest))


def _edge(parent: object, child: object, relation: object) -> Edge:
    return Edge(str(parent), str(child), "member" if relation == "member" else "input")


def _kinds(registry: Registry, root: str, edges: Iterable[Edge]) -> dict[str, str]:
    """By digest, oldest first. Raises NotFound where the root is not here."""
    wanted = {root: ""} | {end: "" for edge in edges for end in (edge.parent, edge.child)}
    known = {str(digest): str(kind) for digest, kind in registry.query(_KINDS, list(wanted))}
    if root not in known:
        raise NotFound(f"no record {root[:12]} in {registry.path.name}", "see what there is: muniment list")
    return known | {digest: OUTSIDE for digest in wanted if digest not in known}
