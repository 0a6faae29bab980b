"""Who may sign what: people, their roles and keys, and how many of them a decision takes.

`trust.json` is signed by root keys that it lists itself, so on its own it proves only that it is
whole. What makes it *the* trust root is a pin: set `MUNIMENT_TRUST_ROOT` to a root key's id, or
let a server remember the first one it saw (`load_pinned`). As in TUF, a pinned root may only be
replaced by a newer version that the old root keys signed.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from securesystemslib.signer import SSlibKey

from registry import envelopes
from registry.errors import ConfigError, Expired, IntegrityError, NotFound, ReleaseReplayed, UnknownSigner
from registry.files import write_atomically
from registry.keys import Key, public_key

Role = Literal["engineer", "reviewer", "privacy_officer", "operator", "auditor"]
APPROVERS: frozenset[Role] = frozenset(("reviewer", "privacy_officer"))
PAYLOAD_TYPE = "application/vnd.muniment.trust.v1+json"
Threshold = Annotated[int, Field(ge=1)]


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Principal(_Closed):
    """One person. Several keys are still one person."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    roles: tuple[Role, ...]
    keys: tuple[str, ...]

    @field_validator("name")
    @classmethod
    def _one_way_to_write_it(cls, name: str) -> str:
        """No second person by invisible characters, outer blanks or another composition of the same letters."""
        if not name.isprintable() or name != " ".join(unicodedata.normalize("NFKC", name).split()):
            raise ValueError("a name holds visible characters alone, in their normal form (NFKC)")
        return name


class Thresholds(_Closed):
    """How many distinct people: `approve` never below two, the four eyes."""

    approve: Annotated[int, Field(ge=2)] = 2
    release: Threshold = 1
    root: Threshold = 1


class Trust(_Closed):
    """The trust root. `roots` and `keys` are P-256 public keys in PEM."""

    version: Annotated[int, Field(ge=1)] = 1
    expires: datetime
    roots: tuple[str, ...]
    principals: tuple[Principal, ...] = ()
    thresholds: Thresholds = Thresholds()

    @model_validator(mode="after")
    def _one_key_one_person(self) -> Self:
        if self.expires.tzinfo is None:
            raise ValueError("expires needs a time zone")
        names = [p.name.casefold() for p in self.principals]
        keys = [public_key(pem).keyid for p in self.principals for pem in p.keys]
        if len(set(names)) < len(names) or len(set(keys)) < len(keys):
            raise ValueError("a name or a key stands in it twice")
        if len({public_key(pem).keyid for pem in self.roots}) < self.thresholds.root:
            raise ValueError("fewer root keys than the root threshold")
        return self

    def owner(self, key_id: str) -> Principal | None:
        """Whose key this is."""
        return next((p for p in self.principals if any(public_key(k).keyid == key_id for k in p.keys)), None)

    def principal(self, name: str) -> Principal | None:
        return next((p for p in self.principals if p.name == name), None)

    def keys(self, roles: frozenset[Role]) -> list[SSlibKey]:
        """Public keys of everyone who has one of the roles."""
        return [public_key(k) for p in self.principals if roles & set(p.roles) for k in p.keys]

    @property
    def root_keys(self) -> list[SSlibKey]:
        return [public_key(pem) for pem in self.roots]


def create_trust(path: Path, root: Key, now: datetime, valid: timedelta = timedelta(days=365)) -> Trust:
    """Write the first trust root, signed by `root`, with nobody in it. Raises ConfigError if one is there."""
    if path.exists():
        raise ConfigError(f"there is already a trust root {path}", "add people: muniment keys enroll")
    return _write(path, Trust(expires=now + valid, roots=(root.public_pem,)), [root])


def enroll(path: Path, root: Key, person: Principal, now: datetime) -> Trust:
    """Add a person, or give one more roles and keys; the next version, signed by `root`.

    Raises UnknownSigner where `root` is not a root key of it, ConfigError where the key has an owner.
    """
    trust = load_trust(path, now)
    if root.id not in {key.keyid for key in trust.root_keys}:
        raise UnknownSigner(f"{root.path.name} is not a root key of {path}", "use the key made with --root")
    known = trust.principal(person.name)
    if known:
        roles = dict.fromkeys((*known.roles, *person.roles))
        person = Principal(name=person.name, roles=tuple(roles), keys=tuple(dict.fromkeys((*known.keys, *person.keys))))
    others = tuple(p for p in trust.principals if p.name != person.name)
    changed = {"version": trust.version + 1, "principals": (*others, person)}
    try:
        return _write(path, Trust.model_validate({**trust.model_dump(), **changed}), [root])
    except ValidationError as error:
        raise ConfigError(
            f"{person.name} cannot be enrolled: {error.errors()[0]['msg']}", "one key, one person"
        ) from error


def load_trust(path: Path, now: datetime) -> Trust:
    """The trust root, whole, in force, and signed by the root that `MUNIMENT_TRUST_ROOT` names if it is set.

    Raises NotFound, SignatureInvalid, UnknownSigner, Expired.
    """
    return _trusted(_bytes(path), path, now)


def _trusted(data: bytes, path: Path, now: datetime) -> Trust:
    trust, signed = _opened(data, path)
    pinned = {pin.strip() for pin in os.environ.get("MUNIMENT_TRUST_ROOT", "").split(",") if pin.strip()}
    if pinned and not pinned & signed:
        raise UnknownSigner(f"{path} is not signed by the pinned root key", "see MUNIMENT_TRUST_ROOT")
    if now >= trust.expires:
        raise Expired(f"{path} expired on {trust.expires:%Y-%m-%d}", "have a root key sign the next version")
    return trust


def load_pinned(path: Path, pin: Path, now: datetime) -> Trust:
    """`load_trust`, held against the root seen before, which `pin` keeps; the first one seen is believed.

    Raises UnknownSigner where the old root keys did not sign the new version, and ReleaseReplayed
    where it is older than the one seen.
    """
    data = _bytes(path)  # read once: what is checked is what is believed, whoever swaps the file meanwhile
    trust = _trusted(data, path, now)
    if pin.exists():
        before, _ = _opened(_bytes(pin), pin)
        _, signed = envelopes.unseal(data, PAYLOAD_TYPE, before.root_keys)
        if len(signed) < before.thresholds.root:
            raise UnknownSigner(f"{path} is signed by too few of the old root keys", "sign it with more of them")
        if trust.version < before.version or (trust.version == before.version and trust != before):
            raise ReleaseReplayed(f"{path} is not newer than the trust root seen before", "put the newest in place")
    if not pin.exists() or pin.read_bytes() != data:
        write_atomically(pin, data)
    return trust


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise NotFound(f"there is no trust root {path}", "make one: muniment keys new NAME --root") from error


def _opened(data: bytes, path: Path) -> tuple[Trust, frozenset[str]]:
    """The trust root and the root keys that signed it, at least its own threshold of them."""
    claimed = _claimed(data, path)
    payload, signed = envelopes.unseal(data, PAYLOAD_TYPE, claimed.root_keys)
    trust = Trust.model_validate_json(payload)
    if len(signed) < trust.thresholds.root:
        raise UnknownSigner(f"{path} is signed by {len(signed)} root keys of {trust.thresholds.root} needed", "")
    return trust, signed


def _claimed(data: bytes, path: Path) -> Trust:
    """What the file says of itself, before any signature is checked."""
    try:
        return Trust.model_validate_json(envelopes.payload(data))
    except ValidationError as error:
        raise IntegrityError(f"{path} is not a trust root", "restore it from a backup") from error


def _write(path: Path, trust: Trust, roots: Sequence[Key]) -> Trust:
    envelope = envelopes.seal(trust.model_dump_json().encode(), PAYLOAD_TYPE, roots)
    write_atomically(path, envelope.encode())
    return trust
