"""The document of the trust root: people with their roles and keys, root keys, and thresholds.

What is written here is signed as a whole. Distinct people are what thresholds count, so nobody
may stand in it twice, by another spelling or with another's key, and a key that was withdrawn
never comes back.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from securesystemslib.signer import SSlibKey

from registry.trust.public_keys import public_key

Role = Literal["engineer", "reviewer", "privacy_officer", "operator", "auditor"]
APPROVERS: frozenset[Role] = frozenset(("reviewer", "privacy_officer"))
REFUSERS: frozenset[Role] = APPROVERS | {"operator"}
SIGNERS: frozenset[Role] = frozenset(("engineer", "operator"))
"""Who vouches for weights and for what was measured of them."""
Threshold = Annotated[int, Field(ge=1)]
Pems = tuple[str, ...]


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Principal(_Closed):
    """One person. Several keys are still one person."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    roles: tuple[Role, ...]
    keys: Pems

    @field_validator("name")
    @classmethod
    def _one_way_to_write_it(cls, name: str) -> str:
        """No second person by invisible characters, outer blanks or another composition of the same letters."""
        if not name.isprintable() or name != " ".join(unicodedata.normalize("NFKC", name).split()):
            raise ValueError("a name holds visible characters alone, in their normal form (NFKC)")
        return name

    @field_validator("keys")
    @classmethod
    def _as_others_write_them(cls, keys: Pems) -> Pems:
        return _canonical(keys)

    @property
    def key_ids(self) -> tuple[str, ...]:
        return tuple(public_key(pem).keyid for pem in self.keys)


class Thresholds(_Closed):
    """How many distinct people: `approve` never below two, the four eyes.

    `reviewer` and `privacy_officer` are how many of them must come from each role; nobody fills two places.
    """

    approve: Annotated[int, Field(ge=2)] = 2
    reviewer: Annotated[int, Field(ge=0)] = 0
    privacy_officer: Annotated[int, Field(ge=0)] = 0
    release: Threshold = 1
    root: Threshold = 1

    @property
    def places(self) -> dict[Role, int]:
        return {"reviewer": self.reviewer, "privacy_officer": self.privacy_officer}


class Trust(_Closed):
    """The trust root. `roots` and `keys` are P-256 public keys in PEM, `withdrawn` ids of keys.

    `misdated` is the digest of the last audit event of a machine whose clock was ahead; no clock is held against it.
    """

    version: Annotated[int, Field(ge=1)] = 1
    expires: datetime
    roots: Pems
    principals: tuple[Principal, ...] = ()
    thresholds: Thresholds = Thresholds()
    withdrawn: tuple[str, ...] = ()
    misdated: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""

    @field_validator("roots")
    @classmethod
    def _as_others_write_them(cls, roots: Pems) -> Pems:
        return _canonical(roots)

    @model_validator(mode="after")
    def _one_key_one_person(self) -> Self:
        if self.expires.tzinfo is None:
            raise ValueError("expires needs a time zone")
        keys = [key_id for p in self.principals for key_id in p.key_ids]
        for name, times in Counter(p.name.casefold() for p in self.principals).items():
            if times > 1:
                raise ValueError(f"{name!r} is in the trust root already, in whatever letters")
        for key_id, times in Counter(keys).items():
            if times > 1:
                raise ValueError(f"key {key_id[:12]} belongs to somebody else already")
        roots = {key.keyid for key in self.root_keys}
        if len(roots) < self.thresholds.root:
            raise ValueError("fewer root keys than the root threshold")
        if set(self.withdrawn) & (roots | set(keys)):
            raise ValueError("a key that was withdrawn does not come back")
        return self

    def owner(self, key_id: str) -> Principal | None:
        """Whose key this is."""
        return next((p for p in self.principals if key_id in p.key_ids), None)

    def principal(self, name: str) -> Principal | None:
        return next((p for p in self.principals if p.name == name), None)

    def keys(self, roles: frozenset[Role]) -> list[SSlibKey]:
        """Public keys of everyone who has one of the roles."""
        return [public_key(k) for p in self.principals if roles & set(p.roles) for k in p.keys]

    @property
    def root_keys(self) -> list[SSlibKey]:
        return [public_key(pem) for pem in self.roots]


def plain(name: str) -> str:
    """A name as people are told apart: without case and in normal form."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _canonical(pems: Pems) -> Pems:
    return tuple(str(public_key(pem).keyval["public"]) for pem in pems)
