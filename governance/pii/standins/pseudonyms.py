"""Keyed pseudonyms: the same subject gets the same stand-in everywhere, and only the key leads back.

The key lies outside the workspace. Turning to a new one keeps the old ones, with which nothing is scrubbed any more,
but what was scrubbed can still be revealed.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

from governance.pii.standins.cipher import Cipher
from governance.pii.standins.surrogates import WORDED, Manner, surrogate
from governance.pii.standins.wording import folded, subject_of_name
from governance.pii.text.visible import visible
from registry import secret_files

KEY_FILE = "pseudonym.key"
_ANY = Manner()
_MARKED = frozenset(
    ("DATE_OF_BIRTH", "DATE_TIME", "AMOUNT", "IP_ADDRESS", "STREET_ADDRESS", "CASE_NUMBER", "URL", "URL_USER")
)
"""Types of several numbers each, which the marks between them tell apart."""
_SIGNS = re.compile(r"[^\W\d_]+|\d+|::")


@dataclass(frozen=True)
class PseudonymKey:
    """`id` names the key without revealing it; `secret` never leaves this process."""

    id: str
    secret: bytes = field(repr=False)

    @cached_property
    def cipher(self) -> Cipher:
        return Cipher(self.secret)

    def tag(self, purpose: str, text: str) -> str:
        """16 hexadecimal digits that tell texts apart and say nothing else."""
        return self.cipher.stream(f"{purpose}\0{text}", 8).hex()


def key_of(secret: bytes) -> PseudonymKey:
    return PseudonymKey(hashlib.sha256(b"id" + secret).hexdigest()[:12], secret)


def load_or_create_key(directory: Path) -> PseudonymKey:
    """The key in `directory`, made at first use (mode 0600). Raises IntegrityError for a bad one."""
    return key_of(secret_files.load_or_create(directory / KEY_FILE))


def rotate(directory: Path) -> tuple[PseudonymKey, PseudonymKey]:
    """Put a new key in place of the present one, which stays readable under its id; returns the old and the new one.

    A kill leaves either the old or the new one in force. Raises IntegrityError.
    """
    path = directory / KEY_FILE
    old = load_or_create_key(directory)
    retired = directory / f"pseudonym-{old.id}.key"
    if not retired.exists():
        os.link(path, retired)
    with secret_files.draft(path) as new:
        new.replace(path)
    return old, key_of(secret_files.read(path))


def all_keys(directory: Path) -> dict[str, PseudonymKey]:
    """The key in force and the retired ones, by their ids; none is made. Raises IntegrityError."""
    keys = [key_of(secret_files.read(path)) for path in sorted(directory.glob("pseudonym*.key"))]
    return {key.id: key for key in keys}


def pseudonym(kind: str, text: str, key: PseudonymKey, manner: Manner = _ANY) -> str:
    """The stand-in for `text`, a piece of personal data of type `kind`."""
    return _stand_in(kind, visible(text).text, key, manner) or placeholder(kind, text, key)


@lru_cache(maxsize=50_000)
def _stand_in(kind: str, text: str, key: PseudonymKey, manner: Manner) -> str | None:
    return surrogate(kind, text, key.cipher, manner)


def placeholder(kind: str, text: str, key: PseudonymKey) -> str:
    """`[PERSON_…]`: the type, and 16 digits that are the same for the same subject alone."""
    return f"[{kind}_{key.tag(f'placeholder {kind}', subject(kind, text))}]"


def subject(kind: str, text: str) -> str:
    """What makes two spellings one subject: case, white space and invisible characters never count.

    Nor do titles, possessives and the order of `Last, First` in names, and the marks between the signs of numbers, but
    for those that make two of `1.11.1` and `11.1.1`.
    """
    seen = folded(visible(text).text)
    if kind == "PERSON":
        return subject_of_name(seen)
    if kind in WORDED or "@" in seen or "://" in seen or not any(map(str.isdigit, seen)):
        return " ".join(seen.split())
    if kind in _MARKED:
        return " ".join(_SIGNS.findall(seen))
    return "".join(filter(str.isalnum, seen))
