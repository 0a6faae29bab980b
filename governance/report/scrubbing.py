"""The proof of the scrubbing as the report shows it: recall by type, and what a second detector still found."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from governance.pii.recall.proof import DIRECT, OWN, RATE, RECALL, RESIDUAL
from governance.report.steps import Step
from registry.records import Evidence, Figure

MOST_PLACES = 100
_NO_TYPES = frozenset(("char_recall_direct", "char_precision"))
_READ = frozenset((RATE, "found", "share_of_units_asked_for"))


def treated(entities: Mapping[str, int], replaced: Collection[str]) -> dict[str, dict[str, int]]:
    """Personal data by type, what was `replaced` apart from what was `left` in place."""
    return {
        "replaced": {name: count for name, count in entities.items() if name in replaced},
        "left": {name: count for name, count in entities.items() if name not in replaced},
    }


def shares_of(steps: Sequence[Step]) -> tuple[Figure, ...]:
    """Of the last model's evidence: the share of direct identifiers that was hidden, then of each type's mentions."""
    proof = _evidence(steps, RECALL)
    return tuple(f for f in proof.figures if f.name.removeprefix(OWN) not in _NO_TYPES) if proof else ()


def rate_of(steps: Sequence[Step]) -> Figure | None:
    """Places in 100,000 characters that a second detector still flagged."""
    residual = residual_of(steps)
    return residual.figure(RATE) if residual else None


def left_of(steps: Sequence[Step]) -> dict[str, int]:
    """How many places of which type."""
    residual = residual_of(steps)
    return {f.name: int(f.value) for f in residual.figures if f.name not in _READ} if residual else {}


def residual_of(steps: Sequence[Step]) -> Evidence | None:
    return _evidence(steps, RESIDUAL)


def told(name: str) -> str:
    """A figure's name in words."""
    own, kind = name.startswith(OWN), name.removeprefix(OWN)
    said = "all direct identifiers" if kind == DIRECT else kind
    return f"{said} (own sample)" if own else said


def _evidence(steps: Sequence[Step], kind: str) -> Evidence | None:
    return next((one for step in steps[-1:] for one in step.evidence if one.type == kind), None)
