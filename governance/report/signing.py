"""Which keys the statements about an adapter name, and what the trust root of today says of their holders."""

from __future__ import annotations

from collections.abc import Sequence

from governance.report.chapters import Fact
from registry.database.store import Registry
from registry.errors import SignatureInvalid
from registry.records import Decision, Release
from registry.signatures import attestations, envelopes
from registry.trust.principals import Trust


class Signing(Fact):
    """`keys` are ids, as the envelope names them; `roles` are its person's today, empty for who is not known there."""

    keys: tuple[str, ...]
    roles: tuple[str, ...]


def signings_of(
    registry: Registry, adapter: str, said: Sequence[Decision | Release], trust: Trust | None
) -> dict[str, Signing]:
    """By the digest of the decision or release; what has no readable envelope is left out."""
    found = {}
    for one in said:
        subject = adapter if isinstance(one, Decision) else one.digest
        for attestation in registry.attestations(subject, one.kind):
            if _is_of(attestation.envelope, one):
                person = trust.principal(one.principal) if trust else None
                keys = tuple(sorted(envelopes.signers(attestation.envelope)))
                found[one.digest] = Signing(keys=keys, roles=person.roles if person else ())
    return found


def _is_of(envelope: str, said: Decision | Release) -> bool:
    try:
        return attestations.unverified(envelope, type(said)).digest == said.digest
    except SignatureInvalid:
        return False
