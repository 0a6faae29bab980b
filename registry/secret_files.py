"""Secrets in files of their own, outside the workspace, readable by their owner alone."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from registry.artifacts import disk_full_named
from registry.errors import IntegrityError
from registry.files import read_whole

SECRET_BYTES = 32


def load_or_create(path: Path) -> bytes:
    """The secret in `path`, made at first use (mode 0600). Raises IntegrityError for a bad one, DiskFull."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        with draft(path) as new, suppress(FileExistsError):
            os.link(new, path)  # never over a secret that another process has just made
    return read(path)


def read(path: Path) -> bytes:
    """Raises IntegrityError where others can read it or it is not whole, OSError for a pipe in its place."""
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise IntegrityError(f"{path} can be read by others than its owner", f"chmod 600 {path}, or turn to a new key")
    secret = read_whole(path)
    if len(secret) != SECRET_BYTES:
        raise IntegrityError(f"{path} is not a key of {SECRET_BYTES} bytes", "restore it from your backup")
    return secret


def draft(path: Path) -> AbstractContextManager[Path]:
    """A new secret for `path`, as `drafted`."""
    return drafted(path, secrets.token_bytes(SECRET_BYTES))


@contextmanager
def drafted(path: Path, content: bytes) -> Iterator[Path]:
    """Whole and on disk beside `path`, under a name of its own, for the owner's eyes alone from the first byte on."""
    new = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        with disk_full_named(path):
            handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        yield new
    finally:
        new.unlink(missing_ok=True)
