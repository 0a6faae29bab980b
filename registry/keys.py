"""Private keys: ECDSA P-256, one PEM file a key, outside the workspace, readable by its owner alone.

One kind of key for everything, because OpenSSF Model Signing takes elliptic-curve keys and no
Ed25519. `MUNIMENT_KEY_PASSPHRASE` encrypts a new key at rest and opens it again.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from securesystemslib.signer import CryptoSigner, SSlibKey

from registry.artifacts import disk_full_named
from registry.errors import ConfigError, NotFound

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Key:
    """A private key that is open. `id` is how signatures and the trust root name it."""

    path: Path
    private: ec.EllipticCurvePrivateKey

    @property
    def signer(self) -> CryptoSigner:
        return CryptoSigner(self.private)

    @property
    def public_pem(self) -> str:
        return _public_pem(self.private.public_key())

    @property
    def id(self) -> str:
        return public_key(self.public_pem).keyid


def new_key(name: str, directory: Path) -> Key:
    """Make `directory/name.pem` (mode 0600) and `name.pub`. Raises ConfigError if the name is taken."""
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{name!r} cannot name a key file", "use letters, digits, dot, dash and underscore")
    path = directory / f"{name}.pem"
    private = ec.generate_private_key(ec.SECP256R1())
    with disk_full_named(path):
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as error:
            raise ConfigError(f"there is already a key {path}", "choose another name") from error
        with os.fdopen(handle, "wb") as file:
            file.write(_private_pem(private))
        path.with_suffix(".pub").write_text(_public_pem(private.public_key()), encoding="utf-8")
    return Key(path, private)


def load_key(reference: str, directory: Path) -> Key:
    """Open a key by name or path. Raises NotFound, and ConfigError for a wrong passphrase or kind."""
    named = directory / f"{reference}.pem"
    path = named if _NAME.fullmatch(reference) and named.exists() else Path(reference)
    try:
        pem = path.read_bytes()
    except OSError as error:
        raise NotFound(f"no key {reference!r} in {directory}", f"make one: muniment keys new {reference}") from error
    try:
        private = serialization.load_pem_private_key(pem, passphrase())
    except (ValueError, TypeError) as error:
        raise ConfigError(f"{path} does not open: {error}", "set MUNIMENT_KEY_PASSPHRASE to its passphrase") from error
    if not isinstance(private, ec.EllipticCurvePrivateKey) or private.curve.name != "secp256r1":
        raise ConfigError(f"{path} is not an ECDSA P-256 key", "make one: muniment keys new NAME")
    return Key(path, private)


@dataclass(frozen=True)
class Held:
    """A key on this machine, and how its private half is kept."""

    name: str
    id: str
    kept: Literal["encrypted", "in clear", "elsewhere"]


def held_keys(directory: Path) -> list[Held]:
    """The keys in a key directory, by name. Raises ConfigError for a public half that is none."""
    found = []
    for path in sorted(directory.glob("*.pub")):
        try:
            key_id = public_key(path.read_text(encoding="utf-8")).keyid
        except (OSError, ValueError) as error:
            raise ConfigError(f"{path} is not a P-256 public key", "remove it, or restore it") from error
        private = path.with_suffix(".pem")
        found.append(Held(path.stem, key_id, _kept(private.read_bytes()) if private.exists() else "elsewhere"))
    return found


def _kept(pem: bytes) -> Literal["encrypted", "in clear"]:
    return "encrypted" if b"ENCRYPTED" in pem else "in clear"


def public_key(pem: str) -> SSlibKey:
    """The verifying half. Raises ValueError for anything that is not a P-256 public key in PEM."""
    try:
        public = serialization.load_pem_public_key(pem.encode())
    except UnsupportedAlgorithm as error:
        raise ValueError("a key of an unknown kind") from error
    if not isinstance(public, ec.EllipticCurvePublicKey) or public.curve.name != "secp256r1":
        raise ValueError("not an ECDSA P-256 public key")
    return SSlibKey.from_crypto(public)


def passphrase() -> bytes | None:
    """`MUNIMENT_KEY_PASSPHRASE`, or None where it is unset or empty."""
    return os.environ.get("MUNIMENT_KEY_PASSPHRASE", "").encode() or None


def _private_pem(private: ec.EllipticCurvePrivateKey) -> bytes:
    secret = passphrase()
    protection: serialization.KeySerializationEncryption = (
        serialization.BestAvailableEncryption(secret) if secret else serialization.NoEncryption()
    )
    return private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection)


def _public_pem(public: ec.EllipticCurvePublicKey) -> str:
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
