"""Keys that never leave their device or key service: `NAME.uri` holds the address, `NAME.pub` the public half.

Addresses are those of securesystemslib's signers (`hsm:` for PKCS#11, `awskms:`, `gcpkms:`,
`azurekms:`, `hv:` for Vault, `file2:` for a file elsewhere); what a service needs besides, such as
`PYKCS11LIB` or its credentials, comes from the environment as that service's own tools read it.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from securesystemslib.signer import SIGNER_FOR_URI_SCHEME, Signature, Signer, SSlibKey

from registry.artifacts import disk_full_named
from registry.errors import ConfigError, IntegrityError
from registry.trust import passphrases
from registry.trust.public_keys import public_key

_PROOF = b"muniment: does this address hold the private half?"


class Addressed(Signer):
    """A signer whose failures have a name: other companies' libraries raise what they like."""

    def __init__(self, address: str, public: SSlibKey) -> None:
        self._address, self._public = address, public

    @property
    def public_key(self) -> SSlibKey:
        return self._public

    @classmethod
    def from_priv_key_uri(cls, priv_key_uri: str, public_key: object, secrets_handler: object = None) -> Signer:
        raise NotImplementedError("it is found by its own address, see `signer`")

    def sign(self, payload: bytes) -> Signature:
        """Raises ConfigError where the device does not answer, IntegrityError where another key signed."""
        try:
            signature = Signer.from_priv_key_uri(self._address, self._public, _secret).sign(payload)
        except ConfigError:
            raise
        except Exception as error:  # whatever a device's or service's library raises
            raise ConfigError(
                f"{self._address} does not sign: {_told(error)}", "see that it is there, and that the PIN is right"
            ) from error
        try:
            self._public.verify_signature(signature, payload)
        except Exception as error:  # as above, whatever makes the signature worthless
            raise IntegrityError(f"{self._address} holds another key than its .pub says", "name it anew") from error
        return signature


def signer(path: Path) -> Signer:
    """The signer of `NAME.uri`. Raises ConfigError, IntegrityError where the public half is missing or none."""
    public = path.with_suffix(".pub")
    try:
        return Addressed(path.read_text(encoding="utf-8").strip(), public_key(public.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise IntegrityError(f"{public} is not the public half of {path.name}", "restore it") from error


def name_key(address: str, public_pem: str | None, path: Path) -> Signer:
    """Keep an address as `path` (NAME.uri) with its public half beside it, once it has shown that it signs.

    Without `public_pem` the device is asked for it, which PKCS#11 can answer. Raises ConfigError, IntegrityError.
    """
    scheme = urlsplit(address).scheme
    if scheme not in SIGNER_FOR_URI_SCHEME:
        known = ", ".join(sorted(SIGNER_FOR_URI_SCHEME))
        raise ConfigError(f"{address!r} is no address of a key", f"it begins with one of: {known}")
    try:
        public = public_key(public_pem if public_pem is not None else _public_pem(address, scheme))
    except ValueError as error:
        raise ConfigError(f"{address} has no P-256 public key", "make a P-256 key there") from error
    found = Addressed(address, public)
    found.sign(_PROOF)
    with disk_full_named(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.with_suffix(".pub").write_text(str(public.keyval["public"]), encoding="utf-8")
        path.write_text(address + "\n", encoding="utf-8")
    return found


def _public_pem(address: str, scheme: str) -> str:
    if scheme != "hsm":
        raise ConfigError(f"a {scheme}: address does not tell its public key", "give it with --public FILE")
    from securesystemslib.signer import HSMSigner

    place = urlsplit(address)
    try:
        number = int(place.path) if place.path else None
        _, public = HSMSigner.import_(number, dict(parse_qsl(place.query)).get("label"), _secret)
    except ConfigError:
        raise
    except Exception as error:  # whatever a device's library raises
        raise ConfigError(
            f"{address} does not answer: {_told(error)}", "see that PYKCS11LIB is set, and the token there"
        ) from error
    return str(public.keyval["public"])


def _told(error: Exception) -> str:
    return f"{type(error).__name__} {error}".strip()


def _secret(what: str) -> str:
    return passphrases.of(what).decode()
