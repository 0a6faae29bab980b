"""Write governance/pii/words/surrogate_names.txt: the names that stand-ins for people are drawn from.

The names are those of Faker's person providers (MIT, see NOTICE). The file is kept, not made anew at every build:
another list would give other pseudonyms under the same key.
"""

from __future__ import annotations

import re
import unicodedata
from importlib import import_module
from pathlib import Path

OUT = Path(__file__).resolve().parent.parent / "governance" / "pii" / "words" / "surrogate_names.txt"
LOCALES = {
    "en": ("en_US", "en_GB"),
    "de": ("de_DE", "de_AT"),
    "fr": ("fr_FR", "fr_CH"),
    "es": ("es_ES",),
    "it": ("it_IT",),
    "nl": ("nl_NL", "nl_BE"),
}
_FIELDS = {"women": "first_names_female", "men": "first_names_male", "surname": "last_names"}
_WORD = re.compile(r"[^\W\d_]{3,14}")
Lists = dict[tuple[str, str], set[str]]


def main() -> None:
    lines = [f"{role} {locale} {' '.join(sorted(names))}" for (role, locale), names in sorted(assigned(read()).items())]
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")


def read() -> Lists:
    """Single words of Faker's lists by role (women, men, surname) and language."""
    found: Lists = {}
    for language, locales in LOCALES.items():
        for locale in locales:
            provider = import_module(f"faker.providers.person.{locale}").Provider
            for role, field in _FIELDS.items():
                found.setdefault((role, language), set()).update(map(_plain, getattr(provider, field)))
    return {place: {name for name in names if _WORD.fullmatch(name)} for place, names in found.items()}


def assigned(lists: Lists) -> Lists:
    """Each name in one place alone: a first name before a surname; borne by women and men is `either`.

    Of several languages a first name takes English, where first names travel; a surname the other one.
    """
    kept: Lists = {}
    for name in sorted(set().union(*lists.values())):
        roles = {role for role, language in lists if name in lists[role, language]}
        if {"women", "men"} <= roles:
            kept.setdefault(("either", "any"), set()).add(name)
            continue
        role = next(role for role in ("women", "men", "surname") if role in roles)
        order = ("de", "fr", "es", "it", "nl", "en") if role == "surname" else ("en", "de", "fr", "es", "it", "nl")
        language = next(at for at in order if name in lists[role, at])
        kept.setdefault((role, language), set()).add(name)
    return kept


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name.casefold())


if __name__ == "__main__":
    main()
