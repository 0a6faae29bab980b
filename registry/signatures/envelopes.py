"""DSSE envelopes: bytes, what they are, and who signed them.

Signatures cover the payload's type as well, so an approval can never be passed off as a release.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache

from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import Error as SecureSystemsError
from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.signer import Signature, SSlibKey

from registry.errors import SignatureInvalid, UnknownSigner
from registry.trust.keys import Key

_DAMAGED = "get it again from whoever signed it"


def seal(payload: bytes, payload_type: str, keys: Sequence[Key]) -> str:
    """Sign with every key; returns the envelope as JSON."""
    envelope = Envelope(payload, payload_type, {})
    for key in keys:
        envelope.sign(key.signer)
    return json.dumps(envelope.to_dict(), sort_keys=True)


def add_signature(text: str | bytes, key: Key) -> str:
    """The same envelope, signed by one more key. Raises SignatureInvalid where it is none."""
    envelope = _parse(text)
    envelope.sign(key.signer)
    return json.dumps(envelope.to_dict(), sort_keys=True)


def unseal(text: str | bytes, payload_type: str, keys: Sequence[SSlibKey]) -> tuple[bytes, frozenset[str]]:
    """The payload, and the ids of those of `keys` that signed it; at least one did.

    Raises SignatureInvalid where it is damaged, of another type, or a named key's signature is
    wrong; UnknownSigner where none of the keys signed.
    """
    envelope = _parse(text)
    if envelope.payload_type != payload_type:
        raise SignatureInvalid(f"this is {envelope.payload_type!r}, not {payload_type!r}", _DAMAGED)
    by_id = {key.keyid: key for key in keys}
    signed = set()
    for signature in envelope.signatures.values():
        key = by_id.get(signature.keyid)
        if key is None:
            continue
        try:
            _require(key, signature.signature, envelope.pae())
        except UnverifiedSignatureError as error:
            raise SignatureInvalid(f"the signature of key {key.keyid[:12]} does not verify", _DAMAGED) from error
        signed.add(key.keyid)
    if not signed:
        names = ", ".join(sorted(keyid[:12] for keyid in envelope.signatures)) or "nobody"
        raise UnknownSigner(f"signed by {names}, whom the trust root does not know", "see: muniment trust show")
    return envelope.payload, frozenset(signed)


@lru_cache(maxsize=256)
def _require(key: SSlibKey, signature: str, signed: bytes) -> None:
    """A signature (hex) by `key` over these very bytes holds for ever. Raises UnverifiedSignatureError."""
    key.verify_signature(Signature(key.keyid, signature), signed)


def payload(text: str | bytes) -> bytes:
    """What an envelope says, before any signature is checked. Raises SignatureInvalid."""
    return _parse(text).payload


def signers(text: str | bytes) -> frozenset[str]:
    """Ids of the keys that an envelope names, before any signature is checked. Raises SignatureInvalid."""
    return frozenset(_parse(text).signatures)


def _parse(text: str | bytes) -> Envelope:
    try:
        envelope = Envelope.from_dict(json.loads(text))
        if not all(isinstance(keyid, str) for keyid in envelope.signatures):
            raise TypeError("a key id is text")
        return envelope
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, SecureSystemsError) as error:
        raise SignatureInvalid("this is not a DSSE envelope", _DAMAGED) from error
