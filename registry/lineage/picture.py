"""A lineage as boxes and arrows, few enough to be read: what stands in the same place is drawn as one box."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from registry.database.store import Registry
from registry.lineage.graph import Graph, around
from registry.pages.labels import label, short
from registry.records import Record

_ALONE = 3
"""So many records with the same neighbours are still drawn one by one."""
_MOST = 8
"""More boxes of one kind at the same distance become one, whatever their neighbours are."""
_NAMED = 3


@dataclass(frozen=True)
class Box:
    """`count` records of one kind; `rank` is the column, from the sources on; `root` marks what was asked about."""

    name: str
    kind: str
    text: str
    count: int
    rank: int
    root: bool = False

    @property
    def title(self) -> str:
        return self.kind if self.count == 1 else f"{self.count} × {self.kind}"


@dataclass(frozen=True)
class Picture:
    """Arrows lead from the name of a box to that of one made from it, which stands in a later column."""

    boxes: tuple[Box, ...]
    arrows: tuple[tuple[str, str], ...]


def picture_of(registry: Registry, digest: str, up: bool = True, down: bool = True) -> Picture:
    """The lineage of a record on one or both sides. Raises NotFound, DigestMismatch, IntegrityError for a circle."""
    graph = around(registry, digest, up, down)
    groups = grouped(graph)
    named = [one for group in groups for one in group[:_NAMED]]
    return drawn(graph, groups, registry.many(named))


def grouped(graph: Graph) -> list[tuple[str, ...]]:
    """Every digest in one group, by column; the root alone in its own."""
    ranks = graph.ranks()
    alike: dict[object, list[str]] = {}
    for digest, neighbours in _neighbours(graph).items():
        alike.setdefault(digest if digest == graph.root else (graph.kinds[digest], neighbours), []).append(digest)
    groups = [part for group in alike.values() for part in ([group] if len(group) > _ALONE else [[d] for d in group])]
    places = {id(group): (ranks[group[0]], graph.kinds[group[0]]) for group in groups}
    crowded = {place for place, count in Counter(places.values()).items() if count > _MOST}
    merged: dict[object, list[str]] = {}
    for group in groups:
        place = places[id(group)]
        together = place in crowded and group != [graph.root]
        merged.setdefault(place if together else group[0], []).extend(group)
    return sorted((tuple(group) for group in merged.values()), key=lambda group: (ranks[group[0]], group[0]))


def drawn(graph: Graph, groups: Sequence[tuple[str, ...]], records: Mapping[str, Record]) -> Picture:
    """Boxes for the groups; `records` holds at least the first few of each."""
    ranks = graph.ranks()
    columns = {rank: column for column, rank in enumerate(sorted({ranks[group[0]] for group in groups}))}
    boxes = tuple(
        Box(
            name=f"n{number}",
            kind=graph.kinds[group[0]],
            text=_text(group, records),
            count=len(group),
            rank=columns[ranks[group[0]]],
            root=graph.root in group,
        )
        for number, group in enumerate(groups)
    )
    names = {digest: box.name for box, group in zip(boxes, groups, strict=True) for digest in group}
    arrows = dict.fromkeys((names[edge.parent], names[edge.child]) for edge in graph.edges)
    return Picture(boxes, tuple(sorted(arrows, key=lambda arrow: (int(arrow[0][1:]), int(arrow[1][1:])))))


def _text(group: Sequence[str], records: Mapping[str, Record]) -> str:
    told = label if len(group) == 1 else short
    known = [told(records[digest]) if digest in records else digest[:12] for digest in group[:_NAMED]]
    return ", ".join(known) + (", …" if len(group) > _NAMED else "")


def _neighbours(graph: Graph) -> dict[str, frozenset[tuple[str, bool]]]:
    found: dict[str, set[tuple[str, bool]]] = {digest: set() for digest in graph.kinds}
    for edge in graph.edges:
        found[edge.child].add((edge.parent, True))
        found[edge.parent].add((edge.child, False))
    return {digest: frozenset(neighbours) for digest, neighbours in found.items()}
