"""Signed statements that the registry keeps, beside the records that they state: a row alone is nobody's word."""

from __future__ import annotations

from contextlib import suppress

from registry.database.store import Registry
from registry.erasure.records import Erasure, Hold
from registry.errors import MunimentError
from registry.records import Release
from registry.signatures import attestations
from registry.trust.principals import Role, Trust


def bears(registry: Registry, record: Erasure | Hold | Release, trust: Trust, roles: frozenset[Role]) -> bool:
    """Whether a statement of this very record, signed by its principal in one of the roles, is kept with it."""
    for said in registry.attestations(record.digest, record.kind):
        with suppress(MunimentError):
            signed = attestations.verify(said.envelope, type(record), trust, roles)
            if signed.record == record and record.principal in signed.people:
                return True
    return False
