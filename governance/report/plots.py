"""The report's plots as inline SVG: no files, no fonts, no network; the same facts give the same bytes."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from governance.report.memory import Level
from governance.report.scrubbing import told
from governance.report.steps import Step
from registry.records import Figure as Measured

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

    Drawing = Callable[[Axes], None]

CHANCE = 1 / math.log(2)
"""Mean exposure, in bits, of a secret that was never learnt."""
BLUE, ORANGE, GREY = "#0b5394", "#c55a11", "#555555"


def accuracy(steps: Sequence[Step]) -> str:
    """Accuracy of each step with its 95 % interval, headline and general side by side; "" if none."""
    series = {
        kind: [
            (position, figure.value, figure.low, figure.high)
            for position, step in enumerate(steps)
            for evidence in step.evidence
            if evidence.type == kind and (figure := evidence.figure("accuracy")) is not None
        ]
        for kind in ("headline", "general")
    }
    if not any(series.values()):
        return ""

    def draw(axes: Axes) -> None:
        for shift, (kind, points), colour, marker in zip(
            (-0.06, 0.06), series.items(), (BLUE, ORANGE), "os", strict=True
        ):
            for position, value, low, high in points:
                below, above = (
                    value - (value if low is None else low),
                    (value if high is None else high) - value,
                )
                axes.errorbar(
                    position + shift, 100 * value, yerr=[[100 * below], [100 * above]],
                    color=colour, marker=marker, capsize=5, linestyle="none",
                )  # fmt: skip
                axes.annotate(
                    f"{100 * value:.1f}", (position + shift, 100 * value),
                    xytext=(12 if shift > 0 else -12, 0), textcoords="offset points",
                    ha="left" if shift > 0 else "right", va="center", color=colour,
                )  # fmt: skip
            axes.plot([], [], color=colour, marker=marker, linestyle="none", label=f"{kind} task")
        axes.set_xticks(range(len(steps)), [step.label for step in steps])
        axes.set_xlim(-0.6, len(steps) - 0.4)
        axes.set_ylim(-4, 104)  # a marker at either end is whole
        axes.set_yticks(range(0, 101, 20))
        axes.set_ylabel("accuracy in %")
        axes.grid(axis="y", color="#dddddd")
        axes.legend(frameon=False, loc="best")

    return _svg("accuracy", (7.2, 3.6), draw)


def exposure(levels: Sequence[Level]) -> str:
    """Bits of exposure against repeats for control and pipeline; the first place is never planted. "" if none."""
    if not levels:
        return ""
    series = (
        ("trained without scrubbing", [level.control for level in levels], ORANGE, "s", 0.05),
        ("trained as this adapter was", [level.pipeline for level in levels], BLUE, "o", -0.05),
    )

    def draw(axes: Axes) -> None:
        for label, figures, colour, marker, shift in series:
            known = [(n + shift, f.value, *_around(f)) for n, f in enumerate(figures) if f is not None]
            at, bits, below, above = zip(*known, strict=True) if known else ((), (), (), ())
            axes.errorbar(at, bits, yerr=[below, above], color=colour, marker=marker, capsize=5, label=label)
        axes.axhline(CHANCE, color=GREY, linestyle=":", label="chance")
        axes.set_xticks(range(len(levels)), [f"{one.repeats} times" if one.repeats else "never" for one in levels])
        axes.set_xlabel("how often a secret stood in the training data")
        axes.set_ylabel("exposure in bits")
        axes.set_ylim(bottom=0)
        axes.legend(frameon=False, loc="best")

    return _svg("exposure", (7.2, 3.4), draw)


def recall(shares: Sequence[Measured]) -> str:
    """The share of each type that was hidden, with its interval; the most important at the top. "" if none."""
    if not shares:
        return ""

    def draw(axes: Axes) -> None:
        for place, share in enumerate(shares):
            below, above = _around(share)
            colour = ORANGE if place == 0 else BLUE
            axes.errorbar(
                100 * share.value, place, xerr=[[100 * below], [100 * above]],
                color=colour, marker="o", capsize=4, linestyle="none",
            )  # fmt: skip
        axes.set_yticks(range(len(shares)), [told(share.name) for share in shares])
        axes.invert_yaxis()
        axes.set_xlim(-2, 102)
        axes.set_xlabel("hidden, in %")
        axes.grid(axis="x", color="#dddddd")

    return _svg("recall", (7.2, 0.8 + 0.27 * len(shares)), draw)


def losses(steps: Sequence[Step]) -> str:
    """Training loss over the steps of each run; "" if no curve is given."""
    curves = [(step.label, step.losses) for step in steps if len(step.losses) > 1]
    if not curves:
        return ""

    def draw(axes: Axes) -> None:
        for (label, values), colour, line in zip(
            curves, (BLUE, ORANGE, GREY) * len(curves), ("-", "--", ":") * len(curves), strict=False
        ):
            axes.plot(range(1, len(values) + 1), values, line, color=colour, label=label)
        _in_whole_numbers(axes.xaxis)
        axes.set_xlabel("step")
        axes.set_ylabel("training loss")
        axes.set_ylim(bottom=0)
        axes.legend(frameon=False)

    return _svg("losses", (7.2, 3.0), draw)


def counts(title: str, values: Mapping[str, int]) -> str:
    """Horizontal bars of counts, greatest first; "" if there are none."""
    if not values:
        return ""

    def draw(axes: Axes) -> None:
        names = list(values)
        bars = axes.barh(range(len(names)), list(values.values()), color=BLUE)
        axes.bar_label(bars, fmt="{:,.0f}", padding=4)
        axes.set_yticks(range(len(names)), names)
        axes.invert_yaxis()
        axes.margins(x=0.12)
        _in_whole_numbers(axes.xaxis)
        axes.set_xlabel(title)

    return _svg("counts", (7.2, 0.8 + 0.27 * len(values)), draw)


def lengths(title: str, bins: Sequence[float], series: Mapping[str, Sequence[int]]) -> str:
    """Rows by length, in bars side by side under the least length of each bin; "" if there are no rows."""
    if not any(map(sum, series.values())):
        return ""

    def draw(axes: Axes) -> None:
        width = 0.8 / len(series)
        for number, ((label, rows), colour) in enumerate(zip(series.items(), (BLUE, ORANGE), strict=False)):
            at = [place + (number - (len(series) - 1) / 2) * width for place in range(len(bins))]
            axes.bar(at, rows, width, color=colour, label=label)
        axes.set_xticks(range(len(bins)), [f"{least:,}" for least in bins])
        axes.set_xlabel(f"{title}, from")
        _in_whole_numbers(axes.yaxis)
        axes.set_ylabel("rows")
        axes.legend(frameon=False)

    return _svg(f"lengths-{title.rsplit(maxsplit=1)[-1]}", (7.2, 2.6), draw)


def _in_whole_numbers(axis: Axis) -> None:
    """No tick at half a row or step, none in powers of ten."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator("auto", integer=True))
    axis.set_major_formatter("{x:,.0f}")


def _around(measured: Measured) -> tuple[float, float]:
    """How far its interval reaches below and above a figure; nowhere if there is none."""
    low = measured.value if measured.low is None else measured.low
    high = measured.value if measured.high is None else measured.high
    return max(0.0, measured.value - low), max(0.0, high - measured.value)


def _svg(name: str, inches: tuple[float, float], draw: Drawing) -> str:
    import matplotlib

    matplotlib.use("svg")
    from matplotlib.figure import Figure

    style = matplotlib.rc_context({
        "svg.fonttype": "none", "svg.hashsalt": name, "text.parse_math": False,
        "font.family": "sans-serif", "font.size": 10.0,
        "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": GREY,
    })  # fmt: skip
    with style:
        figure = Figure(figsize=inches, layout="constrained")
        draw(figure.add_subplot())
        return _inline(figure, name)


def _inline(figure: Figure, name: str) -> str:
    """SVG without XML header, with ids of its own, that scales with the page; a caption is the page's."""
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    svg = out.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(id="|href="#|url\(#)', rf"\g<1>{name}-", svg)
    return svg.replace("<svg ", '<svg aria-hidden="true" ', 1)
