"""What licences ask, gathered: of one expression, of all that an adapter is made of, of the whole catalogue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from governance.licences.expressions import parts
from governance.licences.judgement import licences_of
from governance.licences.materials import Material
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


class Obligation(BaseModel):
    """What one licence asks because of so many things of one kind: the base model, rows, documents."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    licence: str
    of: str
    count: int
    duties: tuple[str, ...]


def obligations(materials: Sequence[Material], policy: LicencePolicy) -> tuple[Obligation, ...]:
    """The duties of every licence that counts, those of a licence without any included; in the order of `materials`."""
    counts: Counter[tuple[str, str]] = Counter()
    for material in materials:
        of = {"documents": "documents", "base model": f"base model {material.name}"}.get(material.what, material.name)
        counts.update({(licence, of): material.count for licence in licences_of([material], policy.uses, policy)})
    return tuple(
        Obligation(licence=licence, of=of, count=count, duties=tuple(map(str, policy.terms_of(licence).asks)))
        for (licence, of), count in counts.items()
    )


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
