"""The fixed held-out split: rows that share anything stay together, and chance is a keyed hash.

A row's side depends on what it is connected to and on the seed, not on its place in a file or on the
rows around it, so a dataset that grows keeps its old rows where they were, with three exceptions: a new row joins
them; more rows are held out than are wanted, and some of them are trained on; a component that was too large to be held
out no longer is. So what an adapter learnt may be held out later: see flows.datasets.delta.learnt_of.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from registry.tables import KEYED


class Grouped(Protocol):
    """Anything that says what it is about."""

    @property
    def groups(self) -> tuple[str, ...]: ...


G = TypeVar("G", bound=Grouped)


@dataclass(frozen=True)
class Split(Generic[G]):
    train: tuple[G, ...]
    held_out: tuple[G, ...]


def split(
    rows: Sequence[G],
    share: float,
    seed: int,
    forced: Collection[str] = (),
    enough: Callable[[Sequence[G]], bool] = lambda held_out: False,
    learnt: Callable[[Sequence[G]], bool] = lambda component: False,
) -> Split[G]:
    """Whole components go to one side; one that touches a `forced` group is always held out.

    A component larger than the wanted held-out side is for training: it would be all there is to test on. So are those
    that chance names after `enough` is held out, and those that are `learnt` whatever it says.
    """
    train: list[G] = []
    held_out: list[G] = []
    outside = set(forced)
    parts = [(_chance_of(one, seed), one, learnt(one)) for one in components(rows)]
    size = sum(len(component) for _, component, kept in parts if not kept)
    for drawn, component, kept in sorted(parts, key=lambda part: part[0]):
        groups = {group for row in component for group in row.groups}
        too_large = len(component) > 1 and len(component) > share * size
        chosen = drawn < share and not kept and not too_large and not enough(held_out)
        (held_out if chosen or groups & outside else train).extend(component)
    return Split(tuple(train), tuple(held_out))


def _chance_of(component: Sequence[G], seed: int) -> float:
    """By a group that is the same under every pseudonym key, where there is one."""
    groups = (group for row in component for group in row.groups)
    return chance(min(groups, key=lambda group: (group.startswith(KEYED), group)), seed)


def components(rows: Sequence[G]) -> list[list[G]]:
    """Rows connected by shared groups, directly or through others (union-find)."""
    parent: dict[str, str] = {}

    def root(group: str) -> str:
        parent.setdefault(group, group)
        while parent[group] != group:
            parent[group] = parent[parent[group]]
            group = parent[group]
        return group

    for row in rows:
        for group in row.groups[1:]:
            parent[root(group)] = root(row.groups[0])
    together: dict[str, list[G]] = defaultdict(list)
    for row in rows:
        together[root(row.groups[0])].append(row)
    return list(together.values())


def chance(name: str, seed: int) -> float:
    """A number in [0, 1) that only name and seed decide."""
    mac = hmac.digest(str(seed).encode(), name.encode(), hashlib.sha256)
    return int.from_bytes(mac[:8], "big") / 2**64
