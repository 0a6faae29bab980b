"""What one registry transaction holds: records, edges, signed statements and how to tell of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from registry import digests
from registry.erasure.records import Tombstone
from registry.records import Record


@dataclass(frozen=True)
class StageResult:
    """What a stage hands to the registry.

    `members` are records it made besides its own (each Document of a DocumentSet); `parents` the
    digests it was made from; `seconds` how long it took.
    """

    key: str
    stage: str
    record: Record
    members: tuple[Record, ...] = ()
    parents: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True)
class Edge:
    parent: str
    child: str
    relation: Literal["input", "member"] = "input"


@dataclass(frozen=True)
class Attestation:
    """A signed statement about `subject`: a DSSE envelope or a model signature, as JSON text.

    `signer` is the person's name as it was when signing; only the signature proves it.
    """

    subject: str
    type: str
    envelope: str
    signer: str

    @cached_property
    def digest(self) -> str:
        return digests.of_json({"subject": self.subject, "type": self.type, "envelope": self.envelope})


@dataclass(frozen=True)
class StageRow:
    key: str
    name: str
    record: str
    seconds: float


@dataclass(frozen=True)
class Change:
    """One transaction, and the audit event that tells of it; `sealed` by a checkpoint that is part of it.

    What `stops` something is sealed wherever that can be done, and waits for no sound chain: somebody may want it gone.
    A tombstone takes the place of the record that it names. What rests on a decision names the last event that was
    there `since` it was read: nothing is kept if somebody decided otherwise meanwhile.
    """

    action: str
    subjects: tuple[str, ...]
    detail: str = ""
    outcome: Literal["done", "refused"] = "done"
    records: tuple[Record, ...] = ()
    edges: tuple[Edge, ...] = ()
    attestations: tuple[Attestation, ...] = ()
    stages: tuple[StageRow, ...] = ()
    sealed: bool = False
    stops: bool = False
    since: int | None = None
    tombstones: tuple[Tombstone, ...] = ()


def manifest(members: Sequence[str]) -> str:
    """One digest for a set of members, so that the audit event binds each of them."""
    return digests.of_json(sorted(members))
