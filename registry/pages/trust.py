"""The trust root as people and scripts read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from registry.counted import counted
from registry.trust.principals import Trust


def as_dict(trust: Trust) -> dict[str, object]:
    people = [{"name": p.name, "roles": list(p.roles), "keys": list(p.key_ids)} for p in trust.principals]
    return {
        "version": trust.version, "expires": trust.expires.isoformat(), "thresholds": trust.thresholds.model_dump(),
        "roots": [key.keyid for key in trust.root_keys], "people": people, "withdrawn": list(trust.withdrawn),
        "misdated": trust.misdated,
    }  # fmt: skip


def lines(trust: Trust) -> Iterator[str]:
    """Version and expiry, how many of whom a decision takes, then a line a person."""
    counts = trust.thresholds
    places = [f"{number} {role}" for role, number in counts.places.items() if number]
    yield f"trust root version {trust.version}, in force until {trust.expires:%Y-%m-%d}"
    yield f"root keys  {counts.root} of {_short([key.keyid for key in trust.root_keys])}"
    yield f"approval   {counts.approve} people" + (f", among them {' and '.join(places)}" if places else "")
    yield f"release    {counted(counts.release, 'operator')}"
    if trust.misdated:
        yield f"clock      not held against audit event {trust.misdated[:12]} and those before it"
    for person in trust.principals:
        yield f"  {person.name:<20} {', '.join(person.roles):<32} {_short(person.key_ids)}"


def _short(ids: Sequence[str]) -> str:
    return ", ".join(one[:12] for one in ids)
