"""What is asked of the scrubbing's proof: pure decisions about recorded figures, for the run and for the gate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import isfinite

from pydantic import BaseModel, ConfigDict

from registry.errors import RecallTooLow, ResidualFound
from registry.records import Evidence, Figure

RECALL, RESIDUAL = "pii.recall", "pii.residual"
DIRECT, OWN = "direct", "own "
RATE = "per_100k_characters"
MOST_LISTED = 20


class Residue(BaseModel):
    """A place in scrubbed text that the second detector flags; offsets are code points of the unit's cell."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    document: str
    unit: int
    cell: str
    start: int
    end: int
    type: str


def enough(figure: Figure | None, least: float) -> bool:
    """The whole 95 % interval lies at or above `least`; what is missing, thin or not a number never does."""
    if figure is None or figure.low is None or figure.high is None or not figure.n:
        return False
    values = (figure.low, figure.value, figure.high)
    return all(isfinite(v) for v in values) and 0 <= values[0] <= values[1] <= values[2] <= 1 and values[0] >= least


def require_recall(evidence: Evidence, least: float, own: bool) -> None:
    """Raises RecallTooLow unless every sample's recall of direct identifiers is enough."""
    for name in (DIRECT, *([OWN + DIRECT] if own else [])):
        figure = evidence.figure(name)
        if not enough(figure, least):
            said = "was not measured" if figure is None else _said(figure)
            few = figure is not None and figure.value >= least
            raise RecallTooLow(
                f"recall of direct identifiers ({name}) {said}; {least:.1%} is asked for at the lower end",
                "label more texts in proof.sample, each about somebody else: so few entities prove no more"
                if few
                else "see which kinds are missed: muniment measure-pii SAMPLE --by-type; then pii: in policy.yaml",
            )


def _said(figure: Figure) -> str:
    low, high = (figure.value if v is None else v for v in (figure.low, figure.high))
    return f"is {figure.value:.1%}, 95 % interval {low:.1%} to {high:.1%} on {figure.n} entities"


def clean(figure: Figure | None, most: float) -> bool:
    """The rate is not clearly above `most`: the lower end of its 95 % interval decides.

    A few flags on ordinary words must not stop a small corpus. What was not measured is never clean.
    """
    if figure is None or figure.low is None or figure.high is None or not figure.n:
        return False
    values = (figure.low, figure.value, figure.high)
    return all(isfinite(v) for v in values) and 0 <= figure.low <= figure.value <= figure.high and figure.low <= most


def require_clean(evidence: Evidence, most: float, places: Sequence[Residue]) -> None:
    """Raises ResidualFound, naming places and never values, where the scrubbed text is not clean."""
    figure = evidence.figure(RATE)
    if clean(figure, most):
        return
    if figure is None:
        raise ResidualFound("the second detector read nothing", "raise proof.residual_share in policy.yaml")
    raise ResidualFound(
        f"a second detector still finds {figure.value:.1f} places in 100,000 characters of scrubbed text; at most "
        f"{most:g} are allowed. {_told(places)}",
        f"look at these places ({_where(places)}), then go one of three ways in policy.yaml, and run again:\n"
        "  1. what must go: pii.deny for words, pii.patterns for numbers; ordinary words or public ones: pii.allow\n"
        "  2. to see what the scrubber misses in texts like yours: label some, and name the file as proof.sample\n"
        "  3. where the second detector is wrong: raise proof.maximum_residual, and write the reason beside it, which "
        "approvers sign with the file",
    )


def _where(places: Sequence[Residue]) -> str:
    """How a place is found: scrubbed documents go by the digest of their original."""
    digest, slash, _ = places[0].document.partition("/") if places else ("", "", "")
    named = f"muniment show {digest} names the file; " if slash else ""
    return f"{named}rows count from 1, characters from 0"


def _told(places: Sequence[Residue]) -> str:
    """How many of which type, and where the first of them are."""
    counts = Counter(place.type for place in places).most_common()
    listed = [f"\n  {p.document}#{p.unit} {p.cell} {p.start}–{p.end}: {p.type}" for p in places[:MOST_LISTED]]
    more = [f"\n  and {len(places) - MOST_LISTED} more"] if len(places) > MOST_LISTED else []
    return "By type: " + ", ".join(f"{count} {kind}" for kind, count in counts) + "".join([*listed, *more])
