"""The OpenSSF Model Signing format itself: a directory and a Sigstore bundle, with keys wherever they are.

The stock library signs with a key file alone and lets a bundle name files that it leaves out. Ours
signs with any `Key`, and takes a bundle only if it speaks of every file there is.
"""

from __future__ import annotations

import base64
import json
import tempfile
from pathlib import Path
from typing import Any

from registry.errors import DigestMismatch, SignatureInvalid
from registry.trust.keys import Key

MODEL_SIGNATURE = "model-signature"
"""The kind of statement in the registry."""
_AGAIN = "sign the adapter again"


class _Held:
    """What the stock signer asks of a private key, answered by one that may sit in a device."""

    def __init__(self, key: Key) -> None:
        self._key = key

    def public_key(self) -> Any:
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        return load_pem_public_key(self._key.public_pem.encode())

    def sign(self, payload: bytes, _: object) -> bytes:
        """ECDSA with SHA-256 in DER, which is what a P-256 key is asked for."""
        return bytes.fromhex(self._key.signer.sign(payload).signature)


def sign_directory(directory: Path, key: Key) -> str:
    """The signature over every file of the directory: a Sigstore bundle, JSON.

    Raises SignatureInvalid where there are files that the format leaves out, such as `.gitattributes`.
    """
    from model_signing import signing
    from model_signing._signing import sign_ec_key

    signer = sign_ec_key.Signer.__new__(sign_ec_key.Signer)
    signer._private_key = _Held(key)  # type: ignore[assignment]
    config = signing.Config()  # type: ignore[no-untyped-call]
    config._signer = signer
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "model.sig"
        config.sign(directory, path)
        bundle = path.read_text(encoding="utf-8")
    _require_every_file(directory, bundle, key.path.stem)
    return bundle


def key_hint(bundle: str) -> str:
    """Which key a bundle says it was made with: the SHA-256 of its PEM. Raises SignatureInvalid."""
    try:
        return str(json.loads(bundle)["verificationMaterial"]["publicKey"]["hint"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise SignatureInvalid("this is not a model signature", _AGAIN) from error


def verify_directory(directory: Path, bundle: str, public_pem: str, whose: str) -> None:
    """The bundle holds for these files, all of them, and this key; `whose` is for the message.

    Raises SignatureInvalid for a forged one or one that leaves files out, DigestMismatch where a file
    was changed, added or removed.
    """
    from cryptography.exceptions import InvalidSignature
    from model_signing import verifying

    with tempfile.TemporaryDirectory() as place:
        path, key = Path(place) / "model.sig", Path(place) / "key.pub"
        path.write_text(bundle, encoding="utf-8")
        key.write_text(public_pem, encoding="utf-8")
        try:
            config = verifying.Config()  # type: ignore[no-untyped-call]
            config.use_elliptic_key_verifier(public_key=key).verify(directory, path)
        except InvalidSignature as error:
            raise SignatureInvalid(f"the model signature by {whose} does not verify", _AGAIN) from error
        except ValueError as error:
            raise DigestMismatch(
                f"the files are not those that {whose} signed: {error}", "restore them from a backup"
            ) from error
        except (KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
            raise SignatureInvalid("this is not a model signature", _AGAIN) from error
    _require_every_file(directory, bundle, whose)


def _require_every_file(directory: Path, bundle: str, whose: str) -> None:
    """A bundle may ask its verifier to leave files out, the weights for instance; then it proves nothing of them."""
    statement = json.loads(base64.b64decode(json.loads(bundle)["dsseEnvelope"]["payload"]))
    named = {str(one["name"]) for one in statement["predicate"]["resources"]}
    there = {path.relative_to(directory).as_posix() for path in directory.rglob("*") if not path.is_dir()}
    if there - named:
        raise SignatureInvalid(
            f"the model signature by {whose} leaves out {', '.join(sorted(there - named))}",
            "sign the whole directory, ignoring nothing",
        )
