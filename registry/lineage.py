"""Where things came from and what became of them, as trees for people and programs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from registry.errors import IntegrityError, NotFound
from registry.graph import Step, around
from registry.labels import label
from registry.store import Registry

_DIGITS = re.compile(r"[0-9a-f]{8,64}")
_DEEPEST = 200
_NAMED = "SELECT digest FROM documents WHERE path = ? ORDER BY digest"
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
    """What a tree is unfolded from: branches by digest, the kind of each, how many to show, and their lines."""

    farther: Mapping[str, list[Step]]
    kinds: Mapping[str, str]
    most: int | None
    lines: Mapping[str, str]


def resolve(registry: Registry, reference: str) -> str:
    """The digest of an adapter, of a document by its path, or of any record by 8 digits or more. Raises NotFound."""
    try:
        return registry.find(reference).digest
    except NotFound:
        beginning = registry.query(_BEGINNING, reference) if _DIGITS.fullmatch(reference) else []
        found = sorted({str(row[0]) for row in (*registry.query(_NAMED, reference), *beginning)})
    if len(found) == 1:
        return found[0]
    many = f"{reference!r} fits {len(found)} records" if found else f"nothing is called {reference!r}"
    raise NotFound(many, "name an adapter, a document's path or 8 digits of a digest: muniment list")


def tree(registry: Registry, digest: str, up: bool = True, most: int | None = None) -> Node:
    """The whole graph above or below a record, as a tree in which nothing is unfolded twice.

    Of more than `most` branches of one kind at one place only the first are unfolded, and only
    their records are read. Raises NotFound, DigestMismatch for an edited record, IntegrityError.
    """
    graph = around(registry, digest, up=up, down=not up)
    way = _Way(graph.farther(up), graph.kinds, most, {})
    shown = _digests(_unfold(way, Step(digest, "self")))
    lines = {one: label(record) for one, record in registry.many(shown).items()}
    return _unfold(replace(way, lines=lines), Step(digest, "self"))


def _unfold(way: _Way, step: Step, seen: set[str] | None = None, depth: int = 0) -> Node:
    if depth > _DEEPEST:
        raise IntegrityError(f"the lineage of a record is over {_DEEPEST} steps deep", "see: muniment verify")
    seen = set() if seen is None else seen
    line = way.lines.get(step.digest, "not in this registry")
    kind = way.kinds[step.digest]
    if step.digest in seen:
        return Node(step.digest, kind, line, step.relation, (), seen=True)
    seen.add(step.digest)
    kept, more = _first(way, way.farther.get(step.digest, []))
    branches = tuple(_unfold(way, one, seen, depth + 1) for one in kept)
    return Node(step.digest, kind, line, step.relation, branches, more=more)


def _first(way: _Way, branches: Sequence[Step]) -> tuple[Sequence[Step], tuple[tuple[str, int], ...]]:
    """The branches that are shown, and by kind how many are not."""
    most = len(branches) if way.most is None else way.most
    met: Counter[str] = Counter()
    kept = []
    for branch in branches:
        kind = way.kinds[branch.digest]
        met[kind] += 1
        if met[kind] <= most:
            kept.append(branch)
    return kept, tuple((kind, count - most) for kind, count in sorted(met.items()) if count > most)


def _digests(node: Node) -> Iterator[str]:
    yield node.digest
    for branch in node.branches:
        yield from _digests(branch)
