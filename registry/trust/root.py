"""Who may sign what: people, their roles and keys, and how many of them a decision takes.

`trust.json` is signed by root keys that it lists itself, so on its own it proves only that it is
whole. What makes it *the* trust root is a pin: set `MUNIMENT_TRUST_ROOT` to the ids of its root
keys, or let a machine remember the first one it saw (`load_pinned`). As in TUF, every version is
signed by enough root keys of the version before and by enough of its own; older versions stay in
`trust/N.json`, so that whoever pinned one can walk to the newest.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from registry.errors import Expired, IntegrityError, NotFound, ReleaseReplayed, TrustBroken, UnknownSigner
from registry.files import read_whole, write_atomically
from registry.signatures import envelopes
from registry.trust.principals import Trust

PAYLOAD_TYPE = "application/vnd.muniment.trust.v1+json"


@dataclass(frozen=True)
class Version:
    """A trust root that enough of its own root keys signed; `signers` are the ids of those that did."""

    trust: Trust
    data: bytes
    signers: frozenset[str]


def load_trust(path: Path, now: datetime) -> Trust:
    """The trust root, whole, in force, and come from the root keys that `MUNIMENT_TRUST_ROOT` names if it is set.

    Raises NotFound, SignatureInvalid, UnknownSigner, TrustBroken, Expired.
    """
    return _in_force(_bytes(path), path, now).trust


def load_pinned(path: Path, pin: Path, now: datetime) -> Trust:
    """`load_trust`, held against the root seen before, which `pin` keeps; the first one seen is believed.

    Raises as `walk` does where the one seen before does not lead to this one.
    """
    data = _bytes(path)  # read once: what is checked is what is believed, whoever swaps the file meanwhile
    newest = _in_force(data, path, now)
    if pin.exists():
        walk(read_version(pin), newest, path)
    if not pin.exists() or pin.read_bytes() != data:
        write_atomically(pin, data)
    return newest.trust


def walk(start: Version, newest: Version, path: Path) -> list[Version]:
    """Every version from `start` to `newest`, those between read from beside `path`; expiry is not asked for.

    Raises UnknownSigner and TrustBroken as `follow` does and where a version between is missing, and
    ReleaseReplayed where `newest` is older than `start` or another one of the same number.
    """
    if newest.trust.version <= start.trust.version:
        if newest.trust == start.trust:
            return [start]
        _require_signers(newest.data, start.trust, f"{path} is signed by too few of the root keys seen before")
        raise ReleaseReplayed(f"{path} is not newer than the trust root seen before", "put the newest in place")
    steps = [start]
    for number in range(start.trust.version + 1, newest.trust.version):
        between = version_path(path, number)
        if not between.exists():
            _require_signers(newest.data, start.trust, f"no root key seen before vouches for {path}")
            raise TrustBroken(f"version {number} of the trust root is missing", f"copy {between.parent}/ along with it")
        steps.append(follow(steps[-1].trust, _bytes(between), between))
    return [*steps, follow(steps[-1].trust, newest.data, path)]


def history(path: Path, start: Path | None = None) -> list[Version]:
    """Every version from the first, or from the one in the file `start`, to the newest. Raises as `walk` does."""
    newest, oldest = read_version(path), version_path(path, 1)
    if start is None and not oldest.exists():
        if newest.trust.version > 1:
            raise TrustBroken(f"version 1 of the trust root is missing in {oldest.parent}", "restore it from a backup")
        oldest = path
    return walk(read_version(start or oldest), newest, path)


def follow(before: Trust, data: bytes, path: Path) -> Version:
    """The next version after `before`: one higher, signed by enough root keys of both.

    Raises SignatureInvalid, UnknownSigner, and TrustBroken where it is not the next one.
    """
    version = open_version(data, path)
    if version.trust.version != before.version + 1:
        raise TrustBroken(
            f"{path} is version {version.trust.version} of the trust root, not {before.version + 1}",
            "restore the versions from where they were made",
        )
    _require_signers(data, before, f"{path} is signed by too few root keys of version {before.version}")
    return version


def open_version(data: bytes, path: Path) -> Version:
    """The trust root in `data`, signed by at least its own threshold of its root keys; `path` is for the message.

    Raises IntegrityError where it is none, SignatureInvalid, UnknownSigner.
    """
    try:
        claimed = Trust.model_validate_json(envelopes.payload(data))
    except ValidationError as error:
        raise IntegrityError(f"{path} is not a trust root", "restore it from a backup") from error
    _, signers = envelopes.unseal(data, PAYLOAD_TYPE, claimed.root_keys)
    if len(signers) < claimed.thresholds.root:
        raise UnknownSigner(
            f"{path} is signed by {len(signers)} root keys of {claimed.thresholds.root} needed",
            f"have another root key sign it: muniment trust sign {path}",
        )
    return Version(claimed, data, signers)


def read_version(path: Path) -> Version:
    """`open_version` of a file. Raises NotFound as well."""
    return open_version(_bytes(path), path)


def version_path(path: Path, number: int) -> Path:
    """Where a version of the trust root `path` is kept."""
    return path.with_suffix("") / f"{number}.json"


def _in_force(data: bytes, path: Path, now: datetime) -> Version:
    newest = open_version(data, path)
    pins = frozenset(pin.strip() for pin in os.environ.get("MUNIMENT_TRUST_ROOT", "").split(",") if pin.strip())
    if not pins <= newest.signers:
        walk(_signed_by_all(pins, newest, path), newest, path)
    if now >= newest.trust.expires:
        raise Expired(
            f"{path} expired on {newest.trust.expires:%Y-%m-%d}", "have a root key holder run: muniment trust renew"
        )
    return newest


def _signed_by_all(pins: frozenset[str], newest: Version, path: Path) -> Version:
    """The newest version kept that every pinned key signed. Raises UnknownSigner."""
    for version in _kept(path, newest.trust.version):
        if pins <= version.signers:
            return version
    raise UnknownSigner(f"{path} does not come from the pinned root keys", "see MUNIMENT_TRUST_ROOT")


def _kept(path: Path, newest: int) -> Iterator[Version]:
    """Versions kept beside `path` without a gap, the newest first."""
    number = newest - 1
    while number > 0 and version_path(path, number).exists():
        yield read_version(version_path(path, number))
        number -= 1


def _require_signers(data: bytes, before: Trust, sentence: str) -> None:
    _, signers = envelopes.unseal(data, PAYLOAD_TYPE, before.root_keys)
    if len(signers) < before.thresholds.root:
        raise UnknownSigner(f"{sentence}: {len(signers)} of {before.thresholds.root}", "have more of them sign it")


def _bytes(path: Path) -> bytes:
    try:
        return read_whole(path)
    except FileNotFoundError as error:
        next_step = "copy it here, or choose its place with -C DIR; a new workspace makes its own: muniment trust init"
        raise NotFound(f"there is no trust root {path}", next_step) from error
    except OSError as error:
        raise IntegrityError(f"{path} cannot be read", "restore it from a backup") from error
