"""Evidence as signed statements: who says that this was measured. What nobody signed is named as such.

The digest of evidence proves that nobody changed it since; a signature proves whose figures they
are. The pipeline's own key signs what its run measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from registry.database.store import Attestation, Change, Registry
from registry.errors import SignatureInvalid, UnknownSigner
from registry.records import Evidence
from registry.signatures import attestations
from registry.trust.principals import SIGNERS, Trust

if TYPE_CHECKING:
    from registry.trust.signatory import Signatory


def sign_evidence(registry: Registry, evidence: Iterable[Evidence], by: Signatory) -> int:
    """Sign what this person has not signed yet, all in one transaction; returns how many that were.

    Raises UnknownSigner, Refused.
    """
    wanted = {one.digest: one for one in evidence}
    with registry.attempting("sign", tuple(wanted)):
        person = by.person(SIGNERS)
        missing = [one for one in wanted.values() if not _signed_by(registry, one, person.name)]
        if missing:
            statements = tuple(statement(one, person.name, by) for one in missing)
            subjects = tuple(one.digest for one in missing)
            registry.apply(Change("sign", subjects, f"{person.name} signed", attestations=statements), by)
    return len(missing)


def signers(registry: Registry, evidence: Evidence, trust: Trust) -> frozenset[str]:
    """Whose signatures over it hold; nobody's is an empty set. Raises SignatureInvalid for a forged one."""
    people: set[str] = set()
    for attestation in registry.attestations(evidence.digest, Evidence.kind):
        try:
            signed = attestations.verify(attestation.envelope, Evidence, trust, SIGNERS)
        except UnknownSigner:
            continue
        if signed.record != evidence or signed.subject != evidence.subject:
            raise SignatureInvalid(
                f"the statement about evidence {evidence.digest[:12]} is about something else", "sign it again"
            )
        people |= signed.people
    return frozenset(people)


def unsigned(registry: Registry, evidence: Sequence[Evidence], trust: Trust) -> list[Evidence]:
    """Those that nobody in the trust root vouches for. Raises SignatureInvalid for a forged statement."""
    return [one for one in evidence if not signers(registry, one, trust)]


def _signed_by(registry: Registry, evidence: Evidence, name: str) -> bool:
    return any(known.signer == name for known in registry.attestations(evidence.digest, Evidence.kind))


def statement(evidence: Evidence, name: str, by: Signatory) -> Attestation:
    """Evidence as signed by the person `name`, whose key `by` has."""
    envelope = attestations.sign(evidence, evidence.type, evidence.subject, by.key)
    return Attestation(evidence.digest, Evidence.kind, envelope, name)
