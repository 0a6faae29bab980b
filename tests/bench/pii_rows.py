"""One row a promise: the baseline's figure, ours with its interval, and the goal."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.pii_sets import Compared


@dataclass(frozen=True)
class Row:
    """`least` or `most` is the goal; a figure that could not be measured is None."""

    key: str
    name: str
    baseline: float | None
    ours: float | None
    least: float | None = None
    most: float | None = None
    interval: tuple[float, float] | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        if self.ours is None or (self.least is None and self.most is None):
            return None
        return (self.least is None or self.ours >= self.least) and (self.most is None or self.ours <= self.most)


def share(key: str, name: str, both: Compared | None, figure: str, least: float) -> Row:
    """A figure of the harness for both detectors."""
    if both is None:
        return Row(key, name, None, None, least, note="not measured: GOLD=DIR names labelled texts")
    interval = both.ours.intervals.get(figure)
    return Row(key, name, both.baseline.figures[figure], both.ours.figures[figure], least, interval=interval)


def show(rows: list[Row]) -> None:
    table = Table("what", "baseline", "ours", "95 %", "goal", "met?", "note", title="Privacy: plain Presidio and ours")
    for row in rows:
        goal = f"≥ {row.least:g}" if row.least is not None else f"≤ {row.most:g}" if row.most is not None else ""
        met = {True: "[green]yes[/]", False: "[red]no[/]", None: "–"}[row.met]
        low_high = f"{row.interval[0]:.3f}–{row.interval[1]:.3f}" if row.interval else ""
        table.add_row(row.name, _shown(row.baseline), _shown(row.ours), low_high, goal, met, row.note)
    Console(width=150).print(table)


def plot(rows: list[Row], path: Path) -> None:
    """Shares of both detectors side by side."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    shares = [row for row in rows[::-1] if row.ours is not None and row.baseline is not None and row.interval]
    places = range(len(shares))
    figure, axes = pyplot.subplots(figsize=(8, 0.6 * len(shares) + 1), layout="constrained")
    for offset, name in ((0.2, "baseline"), (-0.2, "ours")):
        axes.barh([p + offset for p in places], [getattr(row, name) for row in shares], 0.4, label=name)
    axes.plot([row.least or 0.0 for row in shares], places, "k|", markersize=16, label="goal")
    axes.set_yticks(places, [row.name for row in shares])
    axes.legend(loc="lower left")
    figure.savefig(path)


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
