"""Reading the figures of evidence, and saying them: what is no proper figure is none."""

from __future__ import annotations

import math
from collections.abc import Sequence

from registry.records import Evidence, Figure

ACCURACY = "accuracy"
MAJORITY = "majority"
"""The accuracy of always giving the commonest answer (the majority-class baseline)."""
BY_LENGTH = "by_length"
"""The preference accuracy of who sees nothing but length: of always the longer answer, or always the shorter one."""
_LARGEST = 2**53 - 1  # canonical JSON, and so a digest, knows no larger integer


def accuracy(evidence: Sequence[Evidence], kind: str) -> Figure | None:
    """The one proper accuracy of that type: finite, within 0 and 1, inside its own interval."""
    figure = only(evidence, kind, ACCURACY)
    if figure is None or not figure.n or not finite(figure.value, figure.low, figure.high):
        return None
    return figure if 0 <= low(figure) <= figure.value <= high(figure) <= 1 else None


def only(evidence: Sequence[Evidence], kind: str, name: str) -> Figure | None:
    """The one figure of that name in evidence of that type; of two different ones none is believed."""
    found = [[f for f in e.figures if f.name == name] for e in evidence if e.type == kind]
    if not found or any(len(figures) != 1 or figures != found[0] for figures in found):
        return None
    return found[0][0]


def readable(evidence: Evidence) -> bool:
    values = [v for f in evidence.figures for v in (f.value, f.low, f.high) if v is not None]
    counts = [f.n for f in evidence.figures if f.n is not None]
    return bool(values) and finite(*values) and all(0 <= n <= _LARGEST for n in counts)


def finite(*values: float | None) -> bool:
    return all(v is not None and math.isfinite(v) for v in values)


def low(figure: Figure) -> float:
    return math.nan if figure.low is None else figure.low


def high(figure: Figure) -> float:
    return math.nan if figure.high is None else figure.high


def interval(figure: Figure) -> str:
    return f"{percent(figure.value)}, 95 % interval {percent(low(figure))} to {percent(high(figure))}"


def percent(share: float) -> str:
    return f"{share * 100:.1f} %"


def rate(figure: Figure | None) -> str:
    """Of places a text still holds."""
    if figure is None:
        return "no proper figure"
    between = f", 95 % interval {low(figure):.1f} to {high(figure):.1f}" if finite(figure.low, figure.high) else ""
    return f"{figure.value:.1f} places in 100,000 characters{between}"
