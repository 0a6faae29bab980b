"""Signed notes of how far the audit chain had come, kept in the database and as files outside it.

Whoever cuts events off the end of the chain, or puts an older copy of the database in place, would have to
forge a checkpoint as well. Each names the one before it, so that none can be taken out. A checkpoint grants
nothing and says only what its signer saw: everybody in the trust root may sign one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from securesystemslib.signer import SSlibKey

from registry import digests
from registry.errors import CheckpointForged, IntegrityError, SignatureInvalid, UnknownSigner
from registry.records import Digest
from registry.signatures import envelopes
from registry.trust.keys import Key
from registry.trust.principals import Trust
from registry.trust.public_keys import public_key

PAYLOAD_TYPE = "application/vnd.muniment.checkpoint.v2+json"
FIRST_TYPE = "application/vnd.muniment.checkpoint.v1+json"
FIRST = digests.EMPTY


class Checkpoint(BaseModel):
    """At `at`, event `sequence` was the last and had digest `head`; the next checkpoint is due `every` events later.

    `previous` is the digest of what the checkpoint before it says. Those of the first format say neither.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    sequence: Annotated[int, Field(ge=0)]
    head: Digest
    at: AwareDatetime | None = None
    every: Annotated[int, Field(ge=1)] | None = None
    previous: Digest | None = None


@dataclass(frozen=True)
class Seal:
    """A checkpoint: what it says, the digest of that, and who signed: nobody in force, where the key was withdrawn."""

    checkpoint: Checkpoint
    digest: str
    people: tuple[str, ...]


def sign(checkpoint: Checkpoint, key: Key) -> str:
    """The envelope, as JSON."""
    return envelopes.seal(checkpoint.model_dump_json().encode(), PAYLOAD_TYPE, [key])


@dataclass(frozen=True)
class Signers:
    """Everybody whose checkpoints count: their keys, the owner of each by its id, and ids of withdrawn keys."""

    keys: Sequence[SSlibKey]
    owners: Mapping[str, str]
    withdrawn: frozenset[str]

    @classmethod
    def of(cls, trust: Trust) -> Signers:
        keys = {public_key(pem).keyid: (public_key(pem), one.name) for one in trust.principals for pem in one.keys}
        owners = {key_id: name for key_id, (_, name) in keys.items()}
        return cls([key for key, _ in keys.values()], owners, frozenset(trust.withdrawn))

    def open(self, envelope: str, place: str) -> Seal:
        """The checkpoint in `envelope`, which stands at `place`.

        One by a withdrawn key proves nothing by itself, since whoever has the key may have made it since; it
        counts where a later one by somebody in force names it. Raises CheckpointForged.
        """
        try:
            payload, ids = self._unsealed(envelope)
            checkpoint = Checkpoint.model_validate_json(payload)
        except (SignatureInvalid, UnknownSigner, ValidationError) as error:
            why = error.message if isinstance(error, IntegrityError) else "what is signed there is no checkpoint"
            raise CheckpointForged(
                f"{place} is not a checkpoint that anybody in the trust root signed: {why}",
                "restore it from a backup, or ask whoever could write there",
            ) from error
        return Seal(checkpoint, digests.of_bytes(payload), tuple(sorted({self.owners[one] for one in ids})))

    def _unsealed(self, envelope: str) -> tuple[bytes, frozenset[str]]:
        try:
            return envelopes.unseal(envelope, FIRST_TYPE if FIRST_TYPE in envelope else PAYLOAD_TYPE, self.keys)
        except UnknownSigner:
            signed_by = envelopes.signers(envelope)
            if not signed_by or not signed_by <= self.withdrawn:
                raise
            return envelopes.payload(envelope), frozenset()
