"""What each licence permits and asks, as data: `terms.yaml` for everybody, `licences.terms` of the policy on top.

A licence without terms permits nothing. Reading an expression or a text is not done here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from registry.digests import of_bytes

CATALOGUE = Path(__file__).with_name("terms.yaml")
Use = Literal["train", "evaluate", "serve_internal", "serve_external", "distribute"]
USES: tuple[Use, ...] = get_args(Use)
Asked = Literal[
    "attribution", "notice", "link", "licence_text", "state_changes", "display", "display_above", "name_prefix",
    "no_endorsement", "share_alike", "source_code", "no_derivatives", "acceptable_use", "pass_on_restrictions",
    "keep_guardrails", "field_of_use", "no_hosting", "no_other_models", "monthly_users", "yearly_revenue_usd",
    "excluded_region", "multimodal_region", "gated", "confidential", "review",
]  # fmt: skip
SENTENCES: dict[Asked, str] = {
    "attribution": "name the authors and the source",
    "notice": "keep the copyright and licence notices",
    "link": "link to the licence",
    "licence_text": "hand on a copy of the licence",
    "state_changes": "say what was changed",
    "display": "show this phrase where users see it",
    "display_above": "show this phrase once you are that large",
    "name_prefix": "begin the model's name with this",
    "no_endorsement": "do not use the authors' names to advertise",
    "share_alike": "hand on what is made from it under this licence only",
    "source_code": "offer the source code",
    "no_derivatives": "hand on nothing that is made from it",
    "acceptable_use": "keep to this policy of acceptable use",
    "pass_on_restrictions": "bind whoever gets it or uses it to the same restrictions",
    "keep_guardrails": "keep the safety guardrails, or put like ones in their place",
    "field_of_use": "use it only so",
    "no_hosting": "do not offer it to others as a managed service",
    "no_other_models": "improve no other language model with it or with its answers",
    "monthly_users": "ask for another licence above so many monthly users",
    "yearly_revenue_usd": "ask for another licence above so much yearly revenue in US dollars",
    "excluded_region": "no right is granted there",
    "multimodal_region": "no right to its multimodal models is granted there",
    "gated": "accept the terms where it is downloaded",
    "confidential": "keep it inside the organisation",
    "review": "have its text read: no terms are written down for it",
}


class Duty(BaseModel):
    """One thing that a licence asks. Written `KIND` or `{KIND: VALUE}`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    duty: Asked
    value: str | int | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, given: Any) -> Any:
        if isinstance(given, str):
            return {"duty": given}
        if isinstance(given, Mapping) and len(given) == 1 and "duty" not in given:
            return dict(zip(("duty", "value"), next(iter(given.items())), strict=True))
        return given

    def __str__(self) -> str:
        return self.duty if self.value is None else f"{self.duty}: {self.value}"

    @property
    def sentence(self) -> str:
        return SENTENCES[self.duty] if self.value is None else f"{SENTENCES[self.duty]}: {self.value}"


class Terms(BaseModel):
    """What one licence permits and asks, and how people name it. `links` are addresses without scheme, `models` how the
    names of its models begin; `text` is the SHA-256 of the file that holds the licence, where no other is it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    permits: tuple[Use, ...] = ()
    asks: tuple[Duty, ...] = ()
    hub: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    models: Annotated[tuple[str, ...], Field(exclude_if=lambda models: not models)] = ()
    text: Annotated[str | None, Field(pattern=r"^[0-9a-f]{64}$", exclude_if=lambda text: text is None)] = None

    def value(self, duty: Asked) -> str | int | None:
        """The value of that duty, where it is asked."""
        return next((asked.value for asked in self.asks if asked.duty == duty), None)


UNREAD = Terms(name="no terms are written down", asks=(Duty(duty="review"),))
"""The terms of a licence that can be named but that nobody has read for this catalogue."""


@lru_cache(maxsize=1)
def catalogue() -> Mapping[str, Terms]:
    """The shipped terms by SPDX identifier or LicenseRef."""
    read = _loaded(CATALOGUE.read_text(encoding="utf-8"))
    return {name: Terms(**terms) for name, terms in read.items() if not name.startswith(".")}


@lru_cache(maxsize=256)
def shipped(licence: str) -> Terms | None:
    """Those of one licence: a command that asks about two or three need not read a hundred."""
    lines = _written()
    if licence not in lines or licence.startswith("."):
        return None
    shared = "".join(line for name, line in lines.items() if line.startswith(f"{name}: &") and name != licence)
    return Terms(**_loaded(shared + lines[licence])[licence])


def is_shipped(licence: str) -> bool:
    return licence in _written() and not licence.startswith(".")


@lru_cache(maxsize=1)
def _written() -> Mapping[str, str]:
    """The lines of the catalogue about each licence; what is only shared has a name that begins with a dot."""
    entries = re.split(r"^(?=[\w.])", CATALOGUE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {entry.partition(":")[0]: entry for entry in entries[1:]}


def _loaded(text: str) -> dict[str, Any]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    read: dict[str, Any] = yaml.load(text, Loader=loader)  # noqa: S506 - a SafeLoader either way
    return read


@lru_cache(maxsize=1)
def catalogue_digest() -> str:
    """SHA-256 of the shipped terms: an approval binds to what they were."""
    return of_bytes(CATALOGUE.read_bytes())
