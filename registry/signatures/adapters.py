"""Adapter directories signed in the OpenSSF Model Signing format, which others' tools verify.

Our own digest already names the files; this signature says so to somebody who has the weights,
a public key and the stock `model_signing` command, and nothing of ours.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from registry.database.store import Attestation, Change, Registry
from registry.errors import UnknownSigner
from registry.records import Adapter
from registry.signatures.model_signatures import MODEL_SIGNATURE, key_hint, sign_directory, verify_directory
from registry.trust.principals import SIGNERS, Principal, Trust
from registry.trust.signatory import Signatory
from registry.workspace import Workspace


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
        signature = sign_directory(workspace.artifacts.verified(adapter.weights), by.key)
        _keep(registry, adapter, signature, person.name)
    return signature


def accept_signature(registry: Registry, workspace: Workspace, adapter: Adapter, bundle: str, trust: Trust) -> str:
    """Keep a signature that the stock tool made with a key of somebody who may sign; returns that person's name.

    Raises as `verify_adapter` does.
    """
    with registry.attempting("sign", (adapter.digest,)):
        name = verify_adapter(workspace.artifacts.verified(adapter.weights), bundle, trust)
        _keep(registry, adapter, bundle, name)
    return name


def verify_adapter(directory: Path, signature: str, trust: Trust) -> str:
    """The name of the person whose signature over these files, all of them, holds.

    Raises UnknownSigner where the trust root has no such key, SignatureInvalid for a forged
    signature or one that leaves files out, DigestMismatch where a file was changed, added or removed.
    """
    name, pem = _signer(signature, trust)
    verify_directory(directory, signature, pem, name)
    return name


def _keep(registry: Registry, adapter: Adapter, signature: str, name: str) -> None:
    attestation = Attestation(adapter.digest, MODEL_SIGNATURE, signature, name)
    registry.apply(Change("sign", (adapter.digest,), f"{name} signed", attestations=(attestation,)))


def _signer(signature: str, trust: Trust) -> tuple[str, str]:
    """Whose key the signature names, and that key."""
    hint = key_hint(signature)
    for person in trust.principals:
        for pem in person.keys:
            if hashlib.sha256(pem.encode()).hexdigest() == hint:
                return _may_sign(person).name, pem
    raise UnknownSigner(
        f"the model is signed by key {hint[:12]}, whom the trust root does not know", "see: muniment trust show"
    )


def _may_sign(person: Principal) -> Principal:
    if not SIGNERS & set(person.roles):
        raise UnknownSigner(
            f"the model is signed by {person.name}, who is {', '.join(person.roles) or 'nothing'}",
            "have an engineer or operator sign it",
        )
    return person
