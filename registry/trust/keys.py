"""Private keys: ECDSA P-256, one file a key, outside the workspace, readable by its owner alone.

One kind of key for everything, because OpenSSF Model Signing takes elliptic-curve keys and no
Ed25519. A key is a PEM file, encrypted with a passphrase, or it never leaves its device or key
service and the file holds only its address (`registry/trust/key_uris.py`).
"""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from securesystemslib.signer import CryptoSigner, Signer

from registry.artifacts import disk_full_named
from registry.errors import ConfigError, NotFound
from registry.files import write_copy
from registry.secret_files import drafted
from registry.trust import passphrases
from registry.trust.public_keys import public_key

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_MOST_NAMED, _MOST_BYTES = 10, 2**20
_ENCRYPTED = b"ENCRYPTED PRIVATE KEY"


@dataclass(frozen=True)
class Key:
    """A private key that can sign. `id` is how signatures and the trust root name it."""

    path: Path
    signer: Signer

    @property
    def public_pem(self) -> str:
        return str(self.signer.public_key.keyval["public"])

    @property
    def id(self) -> str:
        return str(self.signer.public_key.keyid)


@dataclass(frozen=True)
class Held:
    """A key on this machine, and how its private half is kept."""

    name: str
    id: str
    kept: Literal["encrypted", "in clear", "by address", "elsewhere"]


def new_key(name: str, directory: Path, secret: bytes | None = None) -> Key:
    """Make `directory/name.pem` (mode 0600) and `name.pub`, encrypted with `secret` or what the environment gives.

    Raises ConfigError if the name is taken.
    """
    path = free_path(name, directory)
    private = ec.generate_private_key(ec.SECP256R1())
    with disk_full_named(path):
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(path, _private_pem(private, secret or passphrases.given()))
        key = Key(path, CryptoSigner(private))
        try:
            write_copy(path.with_suffix(".pub"), key.public_pem.encode())
        except BaseException:
            path.unlink()  # a name with half a key would be taken for good
            raise
    return key


def free_path(name: str, directory: Path) -> Path:
    """Where a new key of this name goes. Raises ConfigError if the name is taken or can name no file."""
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{name!r} cannot name a key file", "use letters, digits, dot, dash and underscore")
    taken = [path for path in (*_files(name, directory), directory / f"{name}.pub") if path.exists()]
    if taken:
        raise ConfigError(f"there is already a key {taken[0]}", "choose another name")
    return directory / f"{name}.pem"


def load_key(reference: str, directory: Path) -> Key:
    """Open a key by name or path. Raises NotFound, and ConfigError for a wrong passphrase or kind."""
    path, content = _read(reference, directory)
    if path.suffix == ".uri":
        from registry.trust import key_uris

        return Key(path, key_uris.signer(path))
    return Key(path, CryptoSigner(_private(path, content)))


def protect(name: str, directory: Path, secret: bytes) -> Key:
    """Encrypt a key that lies in clear. Raises ConfigError where it is encrypted already, NotFound."""
    path = in_clear(name, directory)
    private = _private(path, path.read_bytes())
    with disk_full_named(path), drafted(path, _private_pem(private, secret)) as draft:
        draft.replace(path)
    return Key(path, CryptoSigner(private))


def in_clear(name: str, directory: Path) -> Path:
    """The file of a key that whoever reads it can use. Raises ConfigError where it is kept otherwise, NotFound."""
    path, _ = _read(name, directory)
    if held(path).kept != "in clear":
        raise ConfigError(f"{path} does not lie in clear", "nothing is left to do")
    return path


def held_keys(directory: Path) -> list[Held]:
    """The keys in a key directory, by name. Raises ConfigError for a public half that is none."""
    return [held(path) for path in sorted(directory.glob("*.pub"))]


def held(path: Path) -> Held:
    """How the key with this file (.pem, .uri or .pub) is kept. Raises ConfigError."""
    public, private = path.with_suffix(".pub"), path.with_suffix(".pem")
    try:
        key_id = public_key(public.read_text(encoding="utf-8")).keyid
    except (OSError, ValueError) as error:
        raise ConfigError(f"{public} is not a P-256 public key", "remove it, or restore it") from error
    if path.with_suffix(".uri").exists():
        return Held(path.stem, key_id, "by address")
    if not private.exists():
        return Held(path.stem, key_id, "elsewhere")
    return Held(path.stem, key_id, "encrypted" if _ENCRYPTED in private.read_bytes() else "in clear")


def _meant(reference: str, directory: Path) -> str:
    """What to do about a key that is not there: a name that is nearly one of those in the directory was mistyped."""
    new = f"make one: muniment keys new {reference}"
    names = sorted({path.stem for path in directory.glob("*") if path.suffix in (".pem", ".uri")})
    near = difflib.get_close_matches(reference, names, n=1)
    if near:
        return f"did you mean {near[0]!r}? see: muniment keys list"
    if names:
        return f"choose one of {', '.join(names[:_MOST_NAMED])}, or {new}"
    return f"say in MUNIMENT_KEYS or with --key PATH where yours is, or {new}"


def _read(reference: str, directory: Path) -> tuple[Path, bytes]:
    """The file of a key by name or path, and what it holds. Raises NotFound."""
    named = _files(reference, directory) if _NAME.fullmatch(reference) else ()
    path = next((path for path in named if path.exists()), Path(reference))
    try:
        with path.open("rb") as file:  # a pipe is welcome, a device without end is not
            return path, file.read(_MOST_BYTES)
    except OSError as error:
        raise NotFound(f"no key {reference!r} in {directory}", _meant(reference, directory)) from error


def _files(name: str, directory: Path) -> tuple[Path, Path]:
    return directory / f"{name}.pem", directory / f"{name}.uri"


def _private(path: Path, pem: bytes) -> ec.EllipticCurvePrivateKey:
    secret = passphrases.of(f"passphrase of {path.name}") if _ENCRYPTED in pem else None
    try:
        private = serialization.load_pem_private_key(pem, secret)
    except (ValueError, TypeError) as error:
        next_step = "set MUNIMENT_KEY_PASSPHRASE to its passphrase" if secret else "restore it from your backup"
        raise ConfigError(f"{path} does not open: {error}", next_step) from error
    if not isinstance(private, ec.EllipticCurvePrivateKey) or private.curve.name != "secp256r1":
        raise ConfigError(f"{path} is not an ECDSA P-256 key", "make one: muniment keys new NAME")
    return private


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, and never over a key that another process has just made."""
    with drafted(path, content) as draft:
        try:
            os.link(draft, path)
        except FileExistsError as error:
            raise ConfigError(f"there is already a key {path}", "choose another name") from error


def _private_pem(private: ec.EllipticCurvePrivateKey, secret: bytes | None) -> bytes:
    protection: serialization.KeySerializationEncryption = (
        serialization.BestAvailableEncryption(secret) if secret else serialization.NoEncryption()
    )
    return private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection)
