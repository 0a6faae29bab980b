"""The front matter of a model or data set card, and what it states about the licence."""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml

from governance.licences.expressions import normalise, parts
from governance.licences.index import family
from governance.licences.mentions import linked
from governance.licences.settings import LicencePolicy
from governance.licences.terms import catalogue
from registry.errors import LicenceRefused

_FRONT = re.compile(r"\A\ufeff?\s*---[ \t]*\n(.{0,200000}?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_LONGEST_LIST = 20
_SAYS_NOTHING = frozenset(
    {"other", "unknown", "cc", "gpl", "lgpl", "agpl", "bsd", "openrail", "rail", "custom", "none"}
)
_GATES = ("extra_gated_prompt", "extra_gated_heading", "extra_gated_description", "extra_gated_button_content")
_ASKED = "extra_gated_fields"
_STATES = re.compile(r"(?:(?:code|data|dataset|model|weights?)_)?licen[sc]es?|spdx_license_key")


@dataclass(frozen=True)
class Card:
    """A text split into what its front matter states and the rest.

    `licences` are expressions, `strange` statements that nobody here knows; `gate` is what has to be agreed to before
    the model is handed out, and stands in `body` too: some put the licence's text there. `parents` are the models that
    it was made from.
    """

    licences: tuple[str, ...]
    strange: tuple[str, ...]
    body: str
    front: str = ""
    gate: str = ""
    parents: tuple[str, ...] = ()


def split(text: str, policy: LicencePolicy) -> Card:
    """Read the front matter of `text`, if there is any that is a YAML mapping."""
    match = _FRONT.match(text)
    fields = _fields(match[1]) if match else None
    if match is None or fields is None:
        return Card((), (), text)
    asked = fields.get(_ASKED)
    boxes = [str(name) for name in list(asked)[:_LONGEST_LIST]] if isinstance(asked, dict) else []
    gate = "\n\n".join([*(said for name in _GATES for said in _texts(fields, name)), *boxes])
    licences, strange = _stated(fields, policy)
    parents = tuple(_texts(fields, "base_model"))
    return Card(licences, strange, f"{text[match.end() :]}\n\n{gate}", match[1], gate, parents)


def says_nothing(stated: str) -> bool:
    """`other`, `gpl`: that there is a licence, and not which."""
    return stated.casefold() in _SAYS_NOTHING


def inherited(card: Card, licence: str) -> tuple[str, ...]:
    """What it was made from and whose licence `licence` leaves out, as sentences."""
    families = {family(part) for part in parts(licence)}
    under = [(parent, its) for parent in card.parents if (its := _licence_of(parent)) and family(its) not in families]
    return tuple(f"is made from {parent}, which is under {its}" for parent, its in under)


def _licence_of(model: str) -> str | None:
    name = model.casefold().removeprefix("https://huggingface.co/")
    return next((its for its, terms in catalogue().items() if name.startswith(terms.models or "/")), None)


def _fields(front: str) -> dict[str, object] | None:
    """Of a field that stands there twice both values, as a list: readers differ in which of them they take."""
    try:
        read, node = yaml.safe_load(front), yaml.compose(front, Loader=yaml.SafeLoader)
        if not isinstance(read, dict) or not isinstance(node, yaml.MappingNode):
            return None
        names = [str(key.value).casefold() for key, _ in node.value]
        fields = {str(key).casefold(): value for key, value in read.items()}
        for name in {name for name in names if names.count(name) > 1 and name.startswith("licen")}:
            nodes = [value for key, value in node.value if str(key.value).casefold() == name]
            values = [yaml.safe_load(yaml.serialize(value)) for value in nodes]
            fields[name] = [one for value in values for one in (value if isinstance(value, list) else [value])]
    except (yaml.YAMLError, ValueError, RecursionError, TypeError, AttributeError):
        return None
    return fields


def _stated(fields: dict[str, object], policy: LicencePolicy) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """`license`, or where that says nothing (`other`, `gpl`) the name or the link beside it; what is known beside a
    licence that says something counts as well."""
    stating = [name for name in fields if _STATES.fullmatch(name)]
    given = [text for name in stating for text in _texts(fields, name)]
    spoken = [text for text in given if not says_nothing(text)]
    named = [*_texts(fields, "license_name"), *_texts(fields, "license_id")]
    links = _texts(fields, "license_link")
    beside = [licence for licence in (*(_known(text, policy) for text in named), *map(linked, links)) if licence]
    odd = tuple(name for name in stating if _is_odd(fields[name]))
    if not spoken and (named or links) and not odd:
        several = [text for text in named if _known(text, policy) is None] if len(named) > 1 else []
        return tuple(dict.fromkeys(beside)), tuple(several if beside else named or links)
    spoken += [text for text in named if not says_nothing(text)]
    known = [licence for text in spoken if (licence := _known(text, policy))]
    strange = [text for text in (spoken or given) if _known(text, policy) is None]
    return tuple(dict.fromkeys((*known, *beside))), (*strange, *odd)


def _is_odd(value: object) -> bool:
    """A licence that is no text and no short list of texts: what it says is not read."""
    items = value if isinstance(value, list) else [value]
    return len(items) > _LONGEST_LIST or any(not isinstance(one, str | int | float | None) for one in items)


def _texts(fields: dict[str, object], name: str) -> list[str]:
    """What a field says, or the first of a list: lists of lists may stand for more than fits into memory."""
    value = fields.get(name)
    items = value if isinstance(value, list) else [value]
    texts = [str(item).strip() for item in items[:_LONGEST_LIST] if isinstance(item, str | int | float)]
    return [text for text in texts if text]


def _known(stated: str, policy: LicencePolicy) -> str | None:
    try:
        return normalise(stated, policy)
    except LicenceRefused:
        return None
