"""The verifying half of a key, as the trust root and `NAME.pub` carry it."""

from __future__ import annotations

from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from securesystemslib.signer import SSlibKey


@lru_cache(maxsize=1024)
def public_key(pem: str) -> SSlibKey:
    """The verifying half. Raises ValueError for anything that is not a P-256 public key in PEM."""
    try:
        public = serialization.load_pem_public_key(pem.encode())
    except UnsupportedAlgorithm as error:
        raise ValueError("a key of an unknown kind") from error
    if not isinstance(public, ec.EllipticCurvePublicKey) or public.curve.name != "secp256r1":
        raise ValueError("not an ECDSA P-256 public key")
    return SSlibKey.from_crypto(public)
