"""How a new version of the trust root comes into force: enough root keys sign it, then it is put in place.

Root keys need not be on one machine. A version that too few have signed yet is a file beside the
others, `trust/N.proposed.json`: one holder signs and hands it on, and whoever has the workspace
accepts it. A kill leaves the version before in force, or the new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from registry.errors import ConfigError, Expired, IntegrityError, NotFound, UnknownSigner
from registry.files import read_whole, write_atomically
from registry.locks import alone
from registry.signatures import envelopes
from registry.trust.changes import first, with_person
from registry.trust.keys import Key
from registry.trust.principals import Principal, Trust
from registry.trust.root import (
    PAYLOAD_TYPE,
    Version,
    follow,
    load_trust,
    open_version,
    read_version,
    version_path,
)  # fmt: skip

_BUSY = "another change of the trust root is under way"


@dataclass(frozen=True)
class Signed:
    """What came of a change. `waiting` wants more signatures, `missing` says how many; neither: it is in force."""

    trust: Trust
    waiting: Path | None = None
    missing: str = ""


def create_trust(path: Path, root: Key, now: datetime, valid: timedelta = timedelta(days=365)) -> Trust:
    """The first trust root, signed by its one root key, with nobody in it. Raises ConfigError if one is there."""
    return found(path, first((root.public_pem,), now + valid, {}), [root], now).trust


def enroll(path: Path, root: Key, person: Principal, now: datetime) -> Trust:
    """Add a person, or give one more roles and keys, where one root key is enough. Raises as `change` does."""
    done = change(path, with_person(load_trust(path, now), person), [root], now)
    if done.waiting:
        raise UnknownSigner(f"{done.waiting} is signed by one root key of several", "muniment trust sign FILE")
    return done.trust


def found(path: Path, trust: Trust, keys: Sequence[Key], now: datetime) -> Signed:
    """Sign the first version. Raises ConfigError if there is a trust root already, UnknownSigner."""
    if path.exists():
        raise ConfigError(f"there is already a trust root {path}", "add people: muniment trust add")
    with _alone(path):
        return _put_or_hand_on(path, None, _sealed(trust, None, keys), now)


def change(path: Path, trust: Trust, keys: Sequence[Key], now: datetime) -> Signed:
    """Sign the next version, and put it in force if these keys are enough; nothing to do where it is in force.

    Raises UnknownSigner for a key that is no root key, ConfigError where another version waits for signatures.
    """
    with _alone(path):
        current = read_version(path)
        if trust == current.trust:
            return Signed(trust)
        waiting = _proposed(path, trust.version)
        if waiting.exists():
            raise ConfigError(f"{waiting} waits for signatures", "sign and accept it, or delete it")
        return _put_or_hand_on(path, current, _sealed(trust, current.trust, keys), now)


def countersign(proposal: Path, key: Key) -> Trust:
    """Add a root key's signature to a version that waits. Raises UnknownSigner, NotFound, SignatureInvalid."""
    trust, data = _proposal(proposal)
    before = proposal.with_name(f"{trust.version - 1}.json")
    known = trust.root_keys + (read_version(before).trust.root_keys if before.exists() else [])
    if before.exists() and key.id not in {one.keyid for one in known}:
        raise _no_root_key(key)
    write_atomically(proposal, envelopes.add_signature(data, key).encode())
    return trust


def accept(path: Path, proposal: Path, now: datetime) -> Trust:
    """Put a version that enough root keys signed in force. One that is in force already stays.

    Raises UnknownSigner while signatures are missing, TrustBroken where it is not the next version, Expired.
    """
    trust, data = _proposal(proposal)
    with _alone(path):
        current = read_version(path) if path.exists() else None
        if current is None or current.trust != trust:
            _put(path, current, _checked(proposal, current, data, now))
        if proposal == _proposed(path, trust.version):
            proposal.unlink(missing_ok=True)
    return trust


def read_proposal(path: Path) -> Trust:
    """What a version that waits for signatures says, whoever signed it. Raises NotFound, IntegrityError."""
    return _proposal(path)[0]


def _put_or_hand_on(path: Path, current: Version | None, data: bytes, now: datetime) -> Signed:
    trust, _ = _read(data, path)
    waiting = _proposed(path, trust.version)
    try:
        version = _checked(waiting, current, data, now)
    except UnknownSigner as error:
        write_atomically(waiting, data)
        return Signed(trust, waiting, error.message)
    _put(path, current, version)
    return Signed(version.trust)


def _checked(path: Path, current: Version | None, data: bytes, now: datetime) -> Version:
    """What may come into force now: the next version, or the first. `path` is where it waits, for the message."""
    version = follow(current.trust, data, path) if current else open_version(data, path)
    if current is None and version.trust.version != 1:
        raise NotFound(f"there is no trust root here that {path} could follow", "put the newest in place")
    if now >= version.trust.expires:
        raise Expired(f"this version expired on {version.trust.expires:%Y-%m-%d}", "make a new one")
    return version


def _put(path: Path, current: Version | None, version: Version) -> None:
    """The one before is kept first, so that a walk never misses a step."""
    if current and not version_path(path, current.trust.version).exists():
        write_atomically(version_path(path, current.trust.version), current.data)
    write_atomically(path, version.data)
    write_atomically(version_path(path, version.trust.version), version.data)


def _sealed(trust: Trust, before: Trust | None, keys: Sequence[Key]) -> bytes:
    roots = {key.keyid for one in (trust, before) if one for key in one.root_keys}
    for key in keys:
        if key.id not in roots:
            raise _no_root_key(key)
    return envelopes.seal(trust.model_dump_json().encode(), PAYLOAD_TYPE, keys).encode()


def _no_root_key(key: Key) -> UnknownSigner:
    return UnknownSigner(f"{key.path.name} is not a root key here", "see them: muniment trust show")


def _proposal(path: Path) -> tuple[Trust, bytes]:
    try:
        data = read_whole(path)
    except OSError as error:
        raise NotFound(f"there is no version {path} to sign", "it is called trust/N.proposed.json") from error
    return _read(data, path)


def _read(data: bytes, path: Path) -> tuple[Trust, bytes]:
    try:
        return Trust.model_validate_json(envelopes.payload(data)), data
    except ValueError as error:
        raise IntegrityError(f"{path} is not a trust root", "get it again from whoever made it") from error


def _proposed(path: Path, number: int) -> Path:
    return version_path(path, number).with_suffix(".proposed.json")


def _alone(path: Path) -> AbstractContextManager[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    return alone(path.with_suffix(".lock"), _BUSY)
