"""Where the boxes of a picture stand: columns by rank, ordered so that few arrows cross (Sugiyama's method).

An arrow over several columns gets a place of its own in each column between, so that it passes between
the boxes instead of behind them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from registry.lineage.picture import Picture

BOX = (190, 60)
"""Width and height in pixels."""
GAP = (70, 14)
_THIN = 8
_SWEEPS = 8
Place = tuple[float, float]


@dataclass(frozen=True)
class Layout:
    """Upper left corners of boxes by name, and for each arrow the points it goes through; in pixels."""

    width: float
    height: float
    boxes: Mapping[str, Place]
    arrows: tuple[tuple[Place, ...], ...]


def laid_out(picture: Picture) -> Layout:
    """The same picture gives the same layout."""
    ranks = {box.name: box.rank for box in picture.boxes}
    chains = [_chain(arrow, ranks) for arrow in picture.arrows]
    columns = _columns(picture, chains)
    links = {link for chain in chains for link in pairwise(chain)}
    for sweep in range(_SWEEPS):
        _sweep(columns, links, forward=sweep % 2 == 0)
    heights = [sum(_height(name, ranks) + GAP[1] for name in column) - GAP[1] for column in columns]
    tallest = max(heights)
    places: dict[str, Place] = {}
    for number, column in enumerate(columns):
        y = (tallest - heights[number]) / 2
        for name in column:
            places[name] = (number * (BOX[0] + GAP[0]), y)
            y += _height(name, ranks) + GAP[1]
    return Layout(
        width=len(columns) * (BOX[0] + GAP[0]) - GAP[0],
        height=tallest,
        boxes={name: places[name] for name in ranks},
        arrows=tuple(_points(chain, places, ranks) for chain in chains),
    )


def _chain(arrow: tuple[str, str], ranks: Mapping[str, int]) -> list[str]:
    """From box to box by way of a place in each column between."""
    start, end = arrow
    between = [f"{start}>{end}>{rank}" for rank in range(ranks[start] + 1, ranks[end])]
    return [start, *between, end]


def _columns(picture: Picture, chains: Sequence[Sequence[str]]) -> list[list[str]]:
    columns: list[list[str]] = [[] for _ in range(max(box.rank for box in picture.boxes) + 1)]
    for box in picture.boxes:
        columns[box.rank].append(box.name)
    for chain in chains:
        for name in chain[1:-1]:
            columns[int(name.rpartition(">")[2])].append(name)
    return columns


def _sweep(columns: list[list[str]], links: set[tuple[str, str]], forward: bool) -> None:
    """Order each column by the mean place of its neighbours in the column before it."""
    neighbours: dict[str, list[str]] = {}
    for one, other in sorted(links):
        near, far = (other, one) if forward else (one, other)
        neighbours.setdefault(near, []).append(far)
    ordered = columns if forward else columns[::-1]
    for before, column in pairwise(ordered):
        at = {name: (position + 0.5) / len(before) for position, name in enumerate(before)}
        own = {name: (position + 0.5) / len(column) for position, name in enumerate(column)}
        means = {}
        for name in column:
            known = [at[one] for one in neighbours.get(name, ()) if one in at]
            means[name] = sum(known) / len(known) if known else own[name]
        column.sort(key=lambda name, means=means: means[name])  # type: ignore[misc]


def _height(name: str, ranks: Mapping[str, int]) -> int:
    return BOX[1] if name in ranks else _THIN


def _points(chain: Sequence[str], places: Mapping[str, Place], ranks: Mapping[str, int]) -> tuple[Place, ...]:
    """Out of the first box on the right, straight through each place between, into the last on the left."""
    points: list[Place] = []
    for position, name in enumerate(chain):
        x, y = places[name]
        middle = y + _height(name, ranks) / 2
        if position > 0:
            points.append((x, middle))
        if position < len(chain) - 1:
            points.append((x + BOX[0], middle))
    return tuple(points)
