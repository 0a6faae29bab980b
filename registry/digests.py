"""SHA-256 of bytes, files, directory trees and canonical JSON: the names of everything."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import rfc8785

EMPTY = hashlib.sha256(b"").hexdigest()
_SAFE = 2**53 - 1


def of_bytes(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def of_text(text: str) -> str:
    """Also an order to draw by: as good as random, and always the same."""
    return of_bytes(text.encode())


def of_json(value: object) -> str:
    """Digest of RFC 8785 canonical JSON; refuses NaN, infinities and integers past 2**53."""
    return of_bytes(canonical(value))


def canonical(value: object) -> bytes:
    """RFC 8785 canonical JSON: one spelling for one value.

    Without fractions, large numbers and rare keys the standard library spells it alike, ten times as fast.
    """
    if _plain(value):
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return rfc8785.dumps(value)  # type: ignore[arg-type]


def _plain(value: object) -> bool:
    if value is None or isinstance(value, str | bool):
        return True
    if isinstance(value, int):
        return abs(value) <= _SAFE
    if isinstance(value, dict):
        return all(isinstance(key, str) and key.isascii() for key in value) and all(map(_plain, value.values()))
    return isinstance(value, list | tuple) and all(map(_plain, value))


def of_record(kind: str, body: bytes) -> str:
    """`of_json` of a kind and a body that is canonical already; any other spelling of it has another digest."""
    return hashlib.sha256(b'{"body":' + body + f',"kind":"{kind}"}}'.encode()).hexdigest()


def of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def of_tree(root: Path) -> str:
    """Digest of a directory: its sorted relative paths with the digest of each file.

    Modes, owners and times do not count. A symbolic link is refused with ValueError: what it
    points to could change without the digest noticing. So is what is neither file nor directory: a pipe never ends.
    """
    files: dict[str, str] = {}
    for directory, names, leaves in os.walk(root):
        names.sort()
        for name in names + leaves:
            path = Path(directory) / name
            if path.is_symlink():
                raise ValueError(f"{path.relative_to(root)} is a symbolic link")
            if name in leaves:
                if not path.is_file():
                    raise ValueError(f"{path.relative_to(root)} is no file")
                files[path.relative_to(root).as_posix()] = of_file(path)
    return of_json({"tree": files})


def of_path(path: Path) -> str:
    """`of_tree` for a directory, `of_file` for a file; ValueError for what is neither."""
    if path.is_dir():
        return of_tree(path)
    if path.exists() and not path.is_file():
        raise ValueError(f"{path} is no file")
    return of_file(path)
