"""What licences ask, gathered: of one expression, of the whole catalogue."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from governance.licences.expressions import parts
from governance.licences.settings import LicencePolicy
from governance.licences.terms import USES, catalogue


class Listed(BaseModel):
    """A licence as a listing shows it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    licence: str
    name: str
    permits: tuple[str, ...]
    accepted: tuple[str, ...]
    obligations: tuple[str, ...]


def asked(expression: str, policy: LicencePolicy) -> tuple[str, ...]:
    """Every duty of every part of an expression in canonical spelling, `KIND` or `KIND: VALUE`, each once."""
    duties = (str(duty) for part in parts(expression) for duty in policy.terms_of(part).asks)
    return tuple(dict.fromkeys(duties))


def listing(policy: LicencePolicy) -> tuple[Listed, ...]:
    """All licences whose terms are written down, with the uses for which the policy accepts them."""
    return tuple(
        Listed(
            licence=name,
            name=policy.terms_of(name).name,
            permits=policy.terms_of(name).permits,
            accepted=tuple(use for use in USES if name in policy.allowed(use)),
            obligations=asked(name, policy),
        )
        for name in sorted({*catalogue(), *policy.terms})
    )
