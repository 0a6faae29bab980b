"""Records as signed statements: in-toto Statement v1 inside DSSE, so others' tools can read them.

A statement is bound to the digest it speaks of and to its predicate type; a signer counts only
as the person the trust root says, in a role that may say such a thing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from registry.errors import SignatureInvalid
from registry.records import Digest, Record
from registry.signatures import envelopes
from registry.trust.keys import Key
from registry.trust.principals import Role, Trust

PAYLOAD_TYPE = "application/vnd.in-toto+json"
Said = TypeVar("Said", bound=Record)


class DigestSet(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    sha256: Digest


class StatementSubject(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    digest: DigestSet


class Statement(BaseModel):
    """https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md"""

    model_config = ConfigDict(frozen=True, extra="forbid")
    type_: Annotated[Literal["https://in-toto.io/Statement/v1"], Field(alias="_type")] = (
        "https://in-toto.io/Statement/v1"
    )
    subject: tuple[StatementSubject, ...]
    predicateType: str
    predicate: dict[str, JsonValue]


@dataclass(frozen=True)
class Signed(Generic[Said]):
    """A record whose signature was verified, and the people who signed it."""

    record: Said
    subject: str
    people: frozenset[str]


def sign(record: Record, name: str, subject: str, key: Key) -> str:
    """State `record` about the thing `name` with digest `subject`; returns the envelope as JSON."""
    statement = Statement(
        subject=(StatementSubject(name=name, digest=DigestSet(sha256=subject)),),
        predicateType=predicate_type(type(record)),
        predicate=json.loads(record.model_dump_json()),
    )
    return envelopes.seal(statement.model_dump_json(by_alias=True).encode(), PAYLOAD_TYPE, [key])


def verify(envelope: str | bytes, record_type: type[Said], trust: Trust, roles: frozenset[Role]) -> Signed[Said]:
    """The record in the envelope, signed by at least one person who has one of the roles.

    Raises SignatureInvalid where it is damaged or another kind of statement, UnknownSigner where
    nobody with such a role signed it.
    """
    payload, key_ids = envelopes.unseal(envelope, PAYLOAD_TYPE, trust.keys(roles))
    record, subject = _read(payload, record_type)
    return Signed(record, subject, frozenset(p.name for p in trust.principals if key_ids & set(p.key_ids)))


def unverified(envelope: str | bytes, record_type: type[Said]) -> Said:
    """What an envelope claims, whoever signed it: only ever a reason to refuse. Raises SignatureInvalid."""
    record: Said = _read(envelopes.payload(envelope), record_type)[0]
    return record


@lru_cache(maxsize=256)
def _read(payload: bytes, record_type: type[Said]) -> tuple[Said, str]:
    """The record and the digest it is about: the same for the same bytes."""
    try:
        statement = Statement.model_validate_json(payload)
        record = record_type.model_validate_json(json.dumps(statement.predicate))
        _ = record.digest  # a number past canonical JSON has none
    except ValueError as error:
        raise SignatureInvalid(f"this is not a statement of a {record_type.kind}", "sign it again") from error
    if statement.predicateType != predicate_type(record_type) or len(statement.subject) != 1:
        raise SignatureInvalid(f"this is {statement.predicateType}, not a {record_type.kind}", "sign it again")
    return record, statement.subject[0].digest.sha256


def predicate_type(record_type: type[Record]) -> str:
    return f"https://muniment.dev/{record_type.kind}/v1"
