"""Where policy.yaml departs from the shipped defaults: what was loosened or tightened is for its readers to weigh."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict

from governance.policy import Policy

_UNSHOWN = frozenset(("pii.allow", "pii.deny", "pii.patterns", "proof.sample"))
"""Names, code names and paths: that they were set is told, what they are is not."""

_JUDGES = ("gate.", "proof.", "memorization.")


class Departure(BaseModel):
    """One rule, as policy.yaml has it and as it is shipped, in words."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    rule: str
    here: str
    default: str


def departures(policy: Policy) -> tuple[Departure, ...]:
    """Every rule that differs, in the order of the file."""
    return tuple(_walk("", policy.model_dump(mode="json"), Policy().model_dump(mode="json")))


def departing(policy: Policy) -> Iterator[str]:
    """A sentence where the rules that judge an adapter are not the shipped ones: whoever approves has to know."""
    found = [one for one in departures(policy) if one.rule.startswith(_JUDGES)]
    if found:
        told = ", ".join(f"{one.rule} is {one.here} (shipped: {one.default})" for one in found)
        yield f"The policy departs from the shipped rules: {told}."


def _walk(place: str, here: dict[str, object], default: dict[str, object]) -> Iterator[Departure]:
    for name, shipped in default.items():
        rule, own = f"{place}{name}", here[name]
        if isinstance(own, dict) and isinstance(shipped, dict) and own.keys() == shipped.keys():
            yield from _walk(f"{rule}.", own, shipped)
        elif own != shipped:
            yield Departure(rule=rule, here=_told(rule, own, shipped), default=_counted(rule, shipped))


def _told(rule: str, own: object, shipped: object) -> str:
    """What a list of names adds and leaves out; of anything else what `_counted` says."""
    if rule in _UNSHOWN or not isinstance(own, list) or not isinstance(shipped, list):
        return _counted(rule, own)
    if not all(isinstance(one, str) for one in (*own, *shipped)):
        return _counted(rule, own)
    added, gone = ([x for x in a if x not in b] for a, b in ((own, shipped), (shipped, own)))
    said = [f"{verb} {', '.join(names)}" for verb, names in (("adds", added), ("leaves out", gone)) if names]
    return f"{_counted(rule, own)}: {'; '.join(said) or 'in another order'}"


def _counted(rule: str, value: object) -> str:
    if isinstance(value, list | dict):
        return f"{len(value)} listed" if value else "none"
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "set" if rule in _UNSHOWN else str(value)
