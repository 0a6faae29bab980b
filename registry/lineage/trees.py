"""Where things came from and what became of them, as trees for people and programs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from registry.database.store import Registry
from registry.errors import IntegrityError, NotFound
from registry.lineage.graph import Graph, Step, around, nearby
from registry.pages.labels import label

_DIGITS = re.compile(r"[0-9a-f]{8,64}")
_PLACE = re.compile(r"([0-9a-f]{12})/[^/]+")
"""How a row's place is told once names are scrubbed: the digits of its document, before what is left of the path."""
_DEEPEST = 200
_MOST_NAMED = 10
_NAMED = "SELECT digest FROM documents WHERE path = ? ORDER BY digest"
_ENDING = "SELECT digest FROM documents WHERE ends_with(path, '/' || ?) ORDER BY path, digest LIMIT 100"
_SINCE = """
SELECT digest, strftime(created_at, '%Y-%m-%d %H:%M') FROM records WHERE list_contains(?, digest)
ORDER BY created_at DESC, digest LIMIT ?
"""
_BEGINNING = "SELECT digest FROM records WHERE starts_with(digest, ?) ORDER BY digest LIMIT 100"


@dataclass(frozen=True)
class Node:
    """A record with what it was made from (looking up) or what was made from it (down).

    `seen` marks a record whose branches were shown at an earlier place of the same tree; `more`
    counts by kind the branches that were left out because there are so many of them.
    """

    digest: str
    kind: str
    label: str
    relation: str
    branches: tuple[Node, ...]
    seen: bool = False
    more: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class _Way:
    """What a tree is unfolded from: the graph, the next steps from each digest, and the line of each record."""

    graph: Graph
    farther: Mapping[str, list[Step]]
    lines: Mapping[str, str]


def resolve(registry: Registry, reference: str, inside: str = "") -> str:
    """The digest of an adapter, of a document by its path or a row's place, or of any record by 8 digits or more.

    A file's name with as many folders before it as tell it from others will do for its path; `inside` is the path that
    the reference has in a document folder, if any. Raises NotFound, which names the newest of those that fit.
    """
    try:
        return registry.find(reference).digest
    except NotFound:
        digits = placed[1] if (placed := _PLACE.fullmatch(reference)) else reference
        beginning = registry.query(_BEGINNING, digits) if _DIGITS.fullmatch(digits) else []
        fitting = [*registry.query(_NAMED, reference), *beginning] or [
            *registry.query(_ENDING, reference),
            *(registry.query(_NAMED, inside) if inside else []),
        ]
    found = list(dict.fromkeys(str(row[0]) for row in fitting))
    if len(found) == 1:
        return found[0]
    if not found:
        next_step = "name an adapter, a document's path or 8 digits of a digest: muniment list"
        raise NotFound(f"nothing is called {reference!r}", next_step)
    since = {str(one): str(when) for one, when in registry.query(_SINCE, found, _MOST_NAMED)}
    records = registry.many(since)
    named = [f"{one[:12]} of {when} {label(records[one])}" for one, when in since.items() if one in records]
    more = ["…"] if len(found) > _MOST_NAMED else []
    many = "\n  ".join([f"{reference!r} fits {len(found)} records", *named, *more])
    raise NotFound(many, "give the digits of one of them")


def tree(registry: Registry, digest: str, up: bool = True, most: int | None = None) -> Node:
    """The whole graph above or below a record, as a tree in which nothing is unfolded twice.

    Of more than `most` branches of one kind at one place only the first are read and unfolded.
    Raises NotFound, DigestMismatch for an edited record, IntegrityError.
    """
    graph = around(registry, digest, up, not up) if most is None else nearby(registry, digest, up, most)
    lines = {one: label(record) for one, record in registry.many(graph.kinds).items()}
    return _unfold(_Way(graph, graph.farther(up), lines), Step(digest, "self"))


def _unfold(way: _Way, step: Step, seen: set[str] | None = None, depth: int = 0) -> Node:
    if depth > _DEEPEST:
        raise IntegrityError(f"the lineage of a record is over {_DEEPEST} steps deep", "see: muniment verify")
    seen = set() if seen is None else seen
    line = way.lines.get(step.digest, "not in this registry")
    kind = way.graph.kinds[step.digest]
    if step.digest in seen:
        return Node(step.digest, kind, line, step.relation, (), seen=True)
    seen.add(step.digest)
    branches = tuple(_unfold(way, one, seen, depth + 1) for one in way.farther.get(step.digest, []))
    return Node(step.digest, kind, line, step.relation, branches, more=way.graph.more.get(step.digest, ()))
