"""Names of people as shipped, by role and language: stand-ins are drawn from them, and they tell names from words."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

_AMBIGUOUS_WORDS = """
amber amor angel april aria august austin autumn beau bill carolina chad chase chelsea christian constant crystal
daisy dakota dale dawn dean diamond dolores domingo drew earl edit elif else faith floor flora florence frank gene
georgia german glen grace grant guy harm hazel holly hunter iris ivy jackson jade jasmine jet job jordan joy june
lance lex lies lily lora lot lourdes luz madison mar mark melody mercedes meta misty nout nova parker paz peer penny
pilar pol ray rob rose said sandy santiago sem sep sol sole sue summer sydney ties till timm trinidad victor victoria
virginia
"""
_AMBIGUOUS = frozenset(_AMBIGUOUS_WORDS.split())
"""Given names that as well begin something else: they tell no name."""


@lru_cache(maxsize=1)
def by_role() -> dict[tuple[str, str], tuple[str, ...]]:
    """Case-folded names by role (`women`, `men`, `either`, `surname`) and ISO 639 language."""
    text = files("governance.pii.words").joinpath("surrogate_names.txt").read_text(encoding="utf-8")
    rows = (line.split() for line in text.splitlines())
    return {(role, language): tuple(names) for role, language, *names in rows}


@lru_cache(maxsize=1)
def given() -> frozenset[str]:
    """Given names of all languages."""
    return frozenset(name for (role, _), names in by_role().items() if role != "surname" for name in names)


@lru_cache(maxsize=1)
def every() -> frozenset[str]:
    """Given names and surnames of all languages."""
    return frozenset(name for names in by_role().values() for name in names)


def is_given(word: str) -> bool:
    """Whether a word, in any case, is a given name and hardly anything else."""
    return (name := word.lower().split("-", maxsplit=1)[0]) in given() and name not in _AMBIGUOUS


def is_listed(word: str) -> bool:
    """Whether a word, in any case, or one of its parts that hyphens tie, is a name in the lists."""
    return any(part in every() for part in word.lower().split("-"))


@lru_cache(maxsize=16)
def of_language(language: str) -> frozenset[str]:
    """Given names and surnames listed for one language."""
    return frozenset(name for (_, own), names in by_role().items() if own == language for name in names)
