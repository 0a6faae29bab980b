"""Keyed pseudonyms: the same subject gets the same surrogate everywhere, and only the key leads back.

HMAC-SHA256 (RFC 2104) over type and normalised subject. A name is replaced word by word, so that
`Jane Roe`, `Roe, Jane` and `Ms Roe` stay one person across documents.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from governance.pii import surrogates
from governance.pii.names import TITLES
from governance.pii.visible import visible
from registry.errors import IntegrityError

KEY_FILE = "pseudonym.key"
KEY_BYTES = 32


@dataclass(frozen=True)
class PseudonymKey:
    """`id` names the key without revealing it; `secret` never leaves this process and its workers."""

    id: str
    secret: bytes = field(repr=False)

    def stream(self, kind: str, subject: str, size: int) -> bytes:
        """`size` bytes that depend on key, kind and subject alone."""
        message = kind.encode() + b"\0" + subject.encode("utf-8", "surrogatepass") + b"\0"
        blocks = range(-(-size // 32))
        return b"".join(hmac.digest(self.secret, message + bytes([n]), "sha256") for n in blocks)[:size]


def key_of(secret: bytes) -> PseudonymKey:
    return PseudonymKey(hashlib.sha256(b"id" + secret).hexdigest()[:12], secret)


def load_or_create_key(directory: Path) -> PseudonymKey:
    """The key in `directory`, made at first use (mode 0600). Raises IntegrityError for a damaged one."""
    path = directory / KEY_FILE
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        _create(path)
    secret = path.read_bytes()
    if len(secret) != KEY_BYTES:
        raise IntegrityError(f"{path} is not a pseudonym key of {KEY_BYTES} bytes", "restore it from your backup")
    return key_of(secret)


def _create(path: Path) -> None:
    """Whole or not at all, and never over a key that another process has just made."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def pseudonym(kind: str, text: str, key: PseudonymKey) -> str:
    """The surrogate for `text`, a piece of personal data of type `kind`; never equal to `text`."""
    subject = normalised(text)
    if kind == "PERSON":
        return surrogates.person(visible(text).text, lambda word, size: key.stream("name", word, size), _KEPT)
    return surrogates.of_type(kind, visible(text).text, key.stream(kind, subject, 64))


def normalised(text: str) -> str:
    """What makes two spellings one subject: case, white space, invisible characters and separators do not count."""
    return "".join(c for c in visible(text).text.casefold() if c.isalnum() or c in "@")


_KEPT = frozenset(title.casefold() for title in TITLES.split("|"))
