"""Adapter directories signed in the OpenSSF Model Signing format, which others' tools verify.

Our own digest already names the files; this signature says so to somebody who has the weights,
a public key and the stock `model_signing` command, and nothing of ours.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path

from registry.approvals import MODEL_SIGNATURE, Signatory
from registry.errors import DigestMismatch, SignatureInvalid, UnknownSigner
from registry.keys import passphrase
from registry.records import Adapter
from registry.store import Attestation, Change, Registry
from registry.trust import Role, Trust
from registry.workspace import Workspace

SIGNERS: frozenset[Role] = frozenset(("engineer", "operator"))


def sign_adapter(registry: Registry, workspace: Workspace, adapter: Adapter, by: Signatory) -> str:
    """Sign the adapter's files and keep the signature; returns it (a Sigstore bundle, JSON).

    An adapter that this person already signed keeps its signature. Raises DigestMismatch,
    UnknownSigner, Refused.
    """
    with registry.attempting("sign", (adapter.digest,)):
        person = by.person(SIGNERS)
        for known in registry.attestations(adapter.digest, MODEL_SIGNATURE):
            if known.signer == person.name:
                return known.envelope
        signature = sign_directory(workspace.artifacts.verified(adapter.weights), by.key.path)
        attestation = Attestation(adapter.digest, MODEL_SIGNATURE, signature, person.name)
        registry.apply(Change("sign", (adapter.digest,), f"{person.name} signed", attestations=(attestation,)))
    return signature


def sign_directory(directory: Path, private_key: Path) -> str:
    """The signature over every file of the directory."""
    from model_signing import signing

    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "model.sig"
        config = signing.Config()  # type: ignore[no-untyped-call]
        secret = passphrase()  # bytes, whatever the annotation there says
        config.use_elliptic_key_signer(private_key=private_key, password=secret)  # type: ignore[arg-type]
        config.sign(directory, path)
        return path.read_text(encoding="utf-8")


def verify_adapter(directory: Path, signature: str, trust: Trust) -> str:
    """The name of the person whose signature over these files holds.

    Raises UnknownSigner where the trust root has no such key, SignatureInvalid for a forged
    signature, DigestMismatch where a file was changed, added or removed.
    """
    from cryptography.exceptions import InvalidSignature
    from model_signing import verifying

    name, pem = _signer(signature, trust)
    with tempfile.TemporaryDirectory() as place:
        path, key = Path(place) / "model.sig", Path(place) / "key.pub"
        path.write_text(signature, encoding="utf-8")
        key.write_text(pem, encoding="utf-8")
        try:
            config = verifying.Config()  # type: ignore[no-untyped-call]
            config.use_elliptic_key_verifier(public_key=key).verify(directory, path)
        except InvalidSignature as error:
            raise SignatureInvalid(
                f"the model signature by {name} does not verify", "sign the adapter again"
            ) from error
        except ValueError as error:
            raise DigestMismatch(
                f"the files are not those that {name} signed: {error}", "restore them from a backup"
            ) from error
    return name


def _signer(signature: str, trust: Trust) -> tuple[str, str]:
    """Whose key the signature names, and that key."""
    try:
        hint = json.loads(signature)["verificationMaterial"]["publicKey"]["hint"]
    except (ValueError, KeyError, TypeError) as error:
        raise SignatureInvalid("this is not a model signature", "sign the adapter again") from error
    for person in trust.principals:
        for pem in person.keys:
            if hashlib.sha256(pem.encode()).hexdigest() == hint and SIGNERS & set(person.roles):
                return person.name, pem
    raise UnknownSigner(f"the model is signed by key {str(hint)[:12]}, whom the trust root does not know", "")
