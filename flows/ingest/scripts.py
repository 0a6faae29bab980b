"""Raised and lowered figures as Unicode has them: 14³ days are not 143, nor are 10⁶ francs 106."""

from __future__ import annotations

import re

_RAISED = str.maketrans("0123456789+-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")
_LOWERED = str.maketrans("0123456789+-−", "₀₁₂₃₄₅₆₇₈₉₊₋₋")
_FIGURES = re.compile(r"[+−-]?[0-9]+")


def raised(text: str) -> str:
    """Figures, with their sign, as superscripts; all else, such as the `st` of 1st, as it is."""
    return _FIGURES.sub(lambda found: found[0].translate(_RAISED), text)


def lowered(text: str) -> str:
    return _FIGURES.sub(lambda found: found[0].translate(_LOWERED), text)


def shown(text: str, place: str | None) -> str:
    """`place` as Office says it: superscript, subscript, or neither."""
    return raised(text) if place == "superscript" else lowered(text) if place == "subscript" else text
