"""What a label of a form or the header of a column says of the values under it, in six languages.

`Surname`, `Vorname`, `Codice fiscale`: the label types the value, whatever the value looks like; a value is
still held against its type, so that `Date of birth: see above` is nothing.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from governance.pii.words import form_words, listed_names

Strength = Literal["sure", "likely", "in_context"]
"""`sure` types any value, lower case too; `likely` one that looks like a name; `in_context` beside other labels."""


@dataclass(frozen=True)
class Label:
    """The type of the values under a label and how far it can be trusted; type "" only gives context."""

    type: str
    strength: Strength = "sure"


def normal(label: str) -> str:
    """Lower case without accents, marks, brackets and CamelCase: `Date_of-Birth (dd/mm)` is `date of birth`."""
    label = re.sub(r"\([^()]{0,40}\)|\[[^\[\]]{0,40}\]", " ", label)
    label = re.sub(r"(?<=[a-zß-ÿ])(?=[A-Z])", " ", label)
    plain = unicodedata.normalize("NFKD", label.casefold().replace("№", "no").replace("º", "").replace("°", ""))
    return " ".join(re.sub(r"[^a-z0-9]", " ", "".join(c for c in plain if not unicodedata.combining(c))).split())


def listed(words: str) -> frozenset[str]:
    """The entries of a list in `form_words`: between commas and line ends."""
    return frozenset(word.strip() for line in words.strip().split("\n") for word in line.split(",") if word.strip())


_KNOWN = {
    **{name: Label("") for name in listed(form_words.CONTEXT_ONLY)},
    **{name: Label(kind, "in_context") for kind, text in form_words.IN_CONTEXT.items() for name in listed(text)},
    **{name: Label(kind) for kind, text in form_words.SURE.items() for name in listed(text)},
}
_FORMED = frozenset(("DATE_OF_BIRTH", "PHONE_NUMBER", "NATIONAL_ID", "MEDICAL_RECORD", "PASSPORT", "BANK_ACCOUNT"))
ROLES = listed(form_words.ROLES)
ROLE_WORDS = frozenset(word for role in ROLES for word in role.split())
PARTIES = listed(form_words.PARTIES)
_NAME_WORDS, FUNCTION_WORDS, _QUALIFIERS = (
    frozenset(text.split()) for text in (form_words.NAME_WORDS, form_words.FUNCTION_WORDS, form_words.QUALIFIERS)
)


def _core(name: str) -> str:
    """Without function words: `date of birth` and `the date of your birth` have one core."""
    return " ".join(word for word in name.split() if word not in FUNCTION_WORDS and not word.isdigit())


_CORES = {_core(name): one for name, one in _KNOWN.items() if one.strength == "sure" and one.type and _core(name)}


@lru_cache(maxsize=8192)
def label(text: str) -> Label | None:
    """What a label or column header says of its value; None for an ordinary one (`Product name`).

    A person's role counts as a name (`Manager`), and qualifies others (`patient's phone`, `home address`).
    """
    if not 2 <= len(text) <= 60 or not any(c.isalpha() for c in text):
        return None
    name = normal(text).rstrip(" 0123456789")
    if name in _KNOWN:
        return _KNOWN[name]
    if name in ROLES:
        return Label("PERSON", "likely")
    words = _core(name).split()
    words = ["numero", *words[1:]] if words[:1] in (["n"], ["no"]) else words
    others = [word for word in words if word not in _NAME_WORDS]
    if len(others) < len(words):
        return Label("PERSON") if others and all(word in ROLE_WORDS for word in others) else None
    if " ".join(words) in ROLES:
        return Label("PERSON", "likely")
    others = [word for word in words if word not in _QUALIFIERS | ROLE_WORDS]
    return _CORES.get(" ".join(words)) or _CORES.get(" ".join(others)) or _first_of(text)


def _first_of(text: str) -> Label | None:
    """What the first of several labels says that one form of number or date can be held against: `DOB/Age/Sex`."""
    first, slash, _ = text.partition("/")
    one = label(first) if slash else None
    return one if one is not None and one.strength == "sure" and one.type in _FORMED else None


def is_role(text: str) -> bool:
    """Whether it says what somebody is, in the singular or the plural, and is in no list of names: `Landlord`."""
    if listed_names.is_listed(text):
        return False
    one = label(text) or label(text.removesuffix("s"))
    return (one is not None and one.type == "PERSON") or not PARTIES.isdisjoint((normal(text), normal(text)[:-1]))
