"""Names of people as shipped, by role and language: stand-ins are drawn from them, and they tell names from words."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files


@lru_cache(maxsize=1)
def by_role() -> dict[tuple[str, str], tuple[str, ...]]:
    """Case-folded names by role (`women`, `men`, `either`, `surname`) and ISO 639 language."""
    text = files("governance.pii").joinpath("surrogate_names.txt").read_text(encoding="utf-8")
    rows = (line.split() for line in text.splitlines())
    return {(role, language): tuple(names) for role, language, *names in rows}


@lru_cache(maxsize=1)
def given() -> frozenset[str]:
    """Given names of all languages."""
    return frozenset(name for (role, _), names in by_role().items() if role != "surname" for name in names)
