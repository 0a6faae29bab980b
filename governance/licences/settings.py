"""The part of policy.yaml about licences: which are accepted for what, and the terms of our own."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from governance.licences.terms import UNREAD, USES, Terms, Use, shipped

_NO_DUTY = ("CC0-1.0", "0BSD", "Unlicense", "MIT-0", "LicenseRef-proprietary-internal")
_ATTRIBUTION = ("CC-BY-4.0", "CC-BY-3.0", "OGL-UK-3.0", "OGL-UK-2.0", "ODC-By-1.0")
_NOTICE = (
    "Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "ISC", "CDLA-Permissive-2.0",
)  # fmt: skip
_PERMISSIVE = (*_NO_DUTY, *_ATTRIBUTION, *_NOTICE)
_NON_COMMERCIAL = ("CC-BY-NC-4.0", "CC-BY-NC-SA-4.0")


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Circumstances(_Section):
    """What some licences ask about whoever uses them. What is not stated counts as too much."""

    monthly_users: Annotated[int, Field(ge=0)] | None = None
    yearly_revenue_usd: Annotated[int, Field(ge=0)] | None = None
    regions: tuple[str, ...] = ()


class LicencePolicy(_Section):
    """Accepted licences by use, for which uses adapters are made, and the terms of licences of our own.

    What a licence permits and asks stands in `governance/licences/terms.yaml`; `terms` adds to it or overrules it.
    """

    uses: tuple[Use, ...] = ("train", "serve_internal")
    train: tuple[str, ...] = _PERMISSIVE
    evaluate: tuple[str, ...] = (*_PERMISSIVE, *_NON_COMMERCIAL)
    serve_internal: tuple[str, ...] = _PERMISSIVE
    serve_external: tuple[str, ...] = tuple(i for i in _PERMISSIVE if not i.startswith("LicenseRef-"))
    distribute: tuple[str, ...] = tuple(i for i in _PERMISSIVE if not i.startswith("LicenseRef-"))
    circumstances: Circumstances = Circumstances()
    terms: dict[str, Terms] = {
        "LicenseRef-proprietary-internal": Terms(
            name="Written by our own organisation, for use inside it.",
            permits=("train", "evaluate", "serve_internal"),
            asks=("confidential",),
        ),
    }
    aliases: dict[str, str] = {}
    packages: dict[str, str] = {}
    """What somebody who read them decided about packages whose licence cannot be read by a program."""

    def allowed(self, use: Use) -> tuple[str, ...]:
        """The licences that are accepted for `use`."""
        accepted: tuple[str, ...] = getattr(self, use)
        return accepted

    @property
    def pinned(self) -> dict[str, str]:
        """Licences of our own that are one text, by its SHA-256."""
        return {terms.text: licence for licence, terms in self.terms.items() if terms.text}

    def terms_of(self, licence: str) -> Terms:
        """What the licence with that identifier permits and asks; nothing and a review where nobody wrote it down."""
        plain = licence.partition(" WITH ")[0]
        return self.terms.get(licence) or self.terms.get(plain) or shipped(plain) or UNREAD

    @model_validator(mode="after")
    def _every_accepted_licence_permits_it(self) -> Self:
        shipped = type(self).model_fields
        if all(getattr(self, name) == shipped[name].default for name in ("terms", *USES)):
            return self  # a test holds what ships: every command reads the policy, and few need the catalogue
        for use in USES:
            for licence in self.allowed(use):
                terms = self.terms_of(licence)
                if terms is UNREAD:
                    raise ValueError(f"say what {licence} permits and asks under licences.terms")
                if use not in terms.permits:
                    raise ValueError(f"{licence} does not permit {use}: take it out, or correct licences.terms")
        return self
