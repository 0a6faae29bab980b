"""What is kept of what was erased, and who forbade to erase it: never a word of the text, never whose it was.

Subjects, documents and rows go by keyed hashes (`registry.erasure.forgotten`); who has not the key can try none out.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field, JsonValue, ValidationError

from registry import digests
from registry.record import Digest, Record


class Hold(Record):
    """A legal hold on every document with these bytes, placed or released; the latest counts."""

    kind: ClassVar[str] = "hold"
    content: Digest
    act: Literal["placed", "released"]
    principal: str
    reason: str
    issued: AwareDatetime


class Tombstone(Record):
    """Stands in the place of the record `of`: all that remains of it."""

    kind: ClassVar[str] = "tombstone"
    of: Digest
    was: str
    remains: dict[str, JsonValue]


def address_of(kind: str, body: bytes) -> str:
    """The digest that a record with this canonical JSON is kept under; of a tombstone, that of what it stands for."""
    if kind != Tombstone.kind:
        return digests.of_record(kind, body)
    try:
        return Tombstone.model_validate_json(body).of
    except ValidationError:
        return ""  # no record at all


class Removed(Record):
    """An artifact that was removed, with `rows` of the erased; the other rows are in `successor`."""

    kind: ClassVar[str] = "removed"
    artifact: Digest
    rows: int = 0
    successor: Digest | None = None


class Plan(Record):
    """What has to be made again without the erased: datasets (digests), adapters (versions), aliases without one."""

    kind: ClassVar[str] = "plan"
    datasets: tuple[Digest, ...] = ()
    adapters: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


class Erasure(Record):
    """One erasure, whole: what `finish` still has to do stands here, so that a kill stops nothing.

    `key_id` names the key of the hashes `subject`, `documents` and `rows`; `tombstones` maps the digest of a record
    to that of what stands in its place; `revoked` are adapters, `copies` the digests of files that lay about in the
    workspace and held what goes.
    """

    kind: ClassVar[str] = "erasure"
    what: Literal["document", "subject"]
    key_id: str
    subject: Digest | None
    documents: tuple[Digest, ...]
    rows: tuple[Digest, ...]
    removed: tuple[Removed, ...]
    tombstones: dict[Digest, Digest]
    revoked: tuple[Digest, ...]
    plan: Plan
    principal: str
    reason: str
    issued: AwareDatetime
    copies: Annotated[tuple[Digest, ...], Field(exclude_if=lambda files: not files)] = ()
