"""Who may call: API keys of applications, kept only as SHA-256 of 256-bit random secrets.

A secret is shown once, when it is made. A fast hash is enough for it, since nobody can guess 256
random bits; a password would need a slow one. The file is read again when it changes, so that a
removed key stops working while the server runs.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from registry.errors import ConfigError, NotFound
from registry.workspace import Workspace

PREFIX = "mk-"


class ApiKey(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    sha256: str
    created: datetime


_KEYS = TypeAdapter(tuple[ApiKey, ...])


def api_keys(workspace: Workspace) -> Path:
    """Where the keys of a workspace are."""
    return workspace.serving / "api_keys.json"


def new_key(path: Path, name: str) -> str:
    """Add a key for `name` and return its secret, which is stored nowhere. Raises ConfigError."""
    secret = PREFIX + secrets.token_urlsafe(32)
    key = ApiKey(name=name, sha256=_hashed(secret), created=datetime.now(UTC))
    with _locked(path):
        present = stored_keys(path)
        if any(other.name == name for other in present):
            raise ConfigError(f"an API key named {name!r} exists", "choose another name, or remove that key first")
        _write(path, (*present, key))
    return secret


def remove_key(path: Path, name: str) -> None:
    """Take the key of `name` away; running servers refuse it from then on. Raises NotFound."""
    with _locked(path):
        present = stored_keys(path)
        kept = tuple(key for key in present if key.name != name)
        if len(kept) == len(present):
            raise NotFound(f"no API key is named {name!r}", "see: muniment serve --keys")
        _write(path, kept)


def stored_keys(path: Path) -> tuple[ApiKey, ...]:
    """The keys in `path`; none where there is no file. Raises ConfigError."""
    try:
        return _KEYS.validate_json(path.read_bytes())
    except FileNotFoundError:
        return ()
    except ValidationError as error:
        raise ConfigError(f"{path} does not hold API keys", "restore it, or remove it and make new keys") from error


class Doorkeeper:
    """Says whose secret a request carries. Fails closed: an unreadable file lets nobody in."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at: tuple[int, int, int] | None = None
        self._keys: tuple[ApiKey, ...] = ()

    def name_of(self, authorization: str | None) -> str | None:
        """Name of the application whose key is in `Authorization: Bearer …`, or None."""
        scheme, _, secret = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not secret:
            return None
        given, found = _hashed(secret.strip()), None
        for key in self._current():
            if hmac.compare_digest(key.sha256, given):
                found = key.name
        return found

    def _current(self) -> tuple[ApiKey, ...]:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return ()
        stamp = (status.st_mtime_ns, status.st_ino, status.st_size)
        if stamp != self._read_at:
            try:
                self._keys = stored_keys(self._path)
            except (ConfigError, OSError):
                self._keys = ()
            self._read_at = stamp
        return self._keys


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="surrogateescape")).hexdigest()


def _locked(path: Path) -> FileLock:
    path.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(path.with_suffix(".lock"))


def _write(path: Path, keys: tuple[ApiKey, ...]) -> None:
    staging = path.with_suffix(".new")
    handle = os.open(staging, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump([key.model_dump(mode="json") for key in keys], file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    staging.replace(path)
