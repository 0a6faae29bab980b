"""A release as it was signed, judged again at any moment by the rule that serving obeys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from registry.database.store import Registry
from registry.errors import Expired, MunimentError, SignatureInvalid, UnknownSigner
from registry.records import Release
from registry.release.verification import OPERATORS, verify_release
from registry.signatures import attestations
from registry.signatures.kept import bears
from registry.times import spoken
from registry.trust.principals import Trust

_ENVELOPE = "SELECT envelope FROM attestations WHERE subject = ? AND type = 'release'"
_RESTORE = "restore the registry from a backup"


@dataclass(frozen=True)
class Statement:
    """A signed release and the versions of the trust root, oldest first."""

    release: Release
    envelope: bytes
    trusts: Sequence[Trust]

    def judged(self, at: datetime, refusals: Sequence[str]) -> tuple[int, MunimentError | None]:
        """The version of the trust root that counts, and why serving would not have obeyed the release, or None.

        Raises SignatureInvalid.
        """
        found: list[tuple[int, MunimentError | None]] = []
        for trust in reversed(self.trusts):
            refusal = self._refused(trust, at, refusals)
            if refusal is None:
                return trust.version, None
            found.append((trust.version, refusal))
        return found[0]

    def signers(self, version: int) -> tuple[str, ...]:
        """Everybody who signed it as that version of the trust root knows them, the first operator first."""
        trust = next(one for one in self.trusts if one.version == version)
        first = self.release.principal
        try:
            people = attestations.verify(self.envelope, Release, trust, OPERATORS).people
        except UnknownSigner:
            return (first,)
        return (first, *sorted(people - {first}))

    def _refused(self, trust: Trust, at: datetime, refusals: Sequence[str]) -> MunimentError | None:
        release = self.release
        if at >= trust.expires:
            return Expired(f"version {trust.version} of the trust root expired on {spoken(trust.expires)}", "")
        try:
            verify_release(self.envelope, trust, at, release.version, release.alias, refusals)
        except SignatureInvalid:
            raise
        except MunimentError as error:
            return error
        return None


def require_signed(registry: Registry, release: Release, trusts: Sequence[Trust]) -> None:
    """What is promoted next rests on the release before it. Raises SignatureInvalid where no operator signed it.

    One who has left since signed rightly: `trusts` are the versions of the trust root, oldest first.
    """
    if not any(bears(registry, release, trust, OPERATORS) for trust in reversed(trusts)):
        about = f"release {release.version} of {release.alias} in the registry"
        next_step = "ask who could write to the registry, and restore it from a backup"
        raise SignatureInvalid(f"{about} bears no operator's signature that holds", next_step)


def statement_of(registry: Registry, release: Release, trusts: Sequence[Trust]) -> Statement:
    """The signed statement of the release. Raises SignatureInvalid where it is gone or says otherwise."""
    envelopes = registry.query(_ENVELOPE, release.digest)
    if not envelopes:
        raise SignatureInvalid(f"the signed statement of release {release.version} is gone", _RESTORE)
    envelope = str(envelopes[0][0]).encode()
    if attestations.unverified(envelope, Release) != release:
        raise SignatureInvalid(f"the signed statement of release {release.version} says otherwise", _RESTORE)
    return Statement(release, envelope, trusts)
