"""Signed notes of how far the audit chain had come, kept as files outside the database.

Whoever cuts events off the end of the chain would have to forge a checkpoint as well. A bundle
of events and checkpoints proves the chain to somebody who has only the trust root.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from registry import envelopes
from registry.audit import verify_chain
from registry.errors import ChainBroken, IntegrityError, MunimentError, NotFound, SignatureInvalid
from registry.files import write_atomically
from registry.keys import Key
from registry.records import AuditEvent, Digest
from registry.trust import Role, Trust

PAYLOAD_TYPE = "application/vnd.muniment.checkpoint.v1+json"
SEALERS: frozenset[Role] = frozenset(("operator", "auditor"))


class Checkpoint(BaseModel):
    """Event `sequence` had digest `head`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    sequence: Annotated[int, Field(ge=0)]
    head: Digest


@dataclass(frozen=True)
class Proof:
    """What a bundle proved: so many events, the last of them sealed by a checkpoint at `sealed`."""

    events: int
    checkpoints: int
    sealed: int
    head: str


def write(events: Sequence[AuditEvent], directory: Path, key: Key) -> Path:
    """Verify the chain and seal its head. Raises ChainBroken, NotFound for an empty chain."""
    verify_chain(events)
    if not events:
        raise NotFound("the audit chain is empty", "run something first: muniment run")
    checkpoint = Checkpoint(sequence=events[-1].sequence, head=events[-1].digest)
    path = directory / f"{checkpoint.sequence:012d}.json"
    write_atomically(path, envelopes.seal(checkpoint.model_dump_json().encode(), PAYLOAD_TYPE, [key]).encode())
    return path


def read(directory: Path) -> list[str]:
    """Envelopes of all checkpoints, oldest first, unverified. Raises IntegrityError."""
    try:
        return [path.read_text(encoding="utf-8") for path in sorted(directory.glob("*.json"))]
    except (OSError, UnicodeDecodeError) as error:
        raise IntegrityError(f"a checkpoint in {directory} cannot be read", "restore it from a backup") from error


def prove(events: Sequence[AuditEvent], seals: Sequence[str], trust: Trust) -> Proof:
    """The chain holds and reaches every checkpoint, each signed by an operator or auditor.

    Raises ChainBroken naming the first bad event, SignatureInvalid, UnknownSigner.
    """
    verify_chain(events)
    checkpoints = [_open(seal, trust) for seal in seals]
    for checkpoint in sorted(checkpoints, key=lambda c: c.sequence):
        _hold_against(events, checkpoint)
    sealed = max((c.sequence for c in checkpoints), default=-1)
    return Proof(len(events), len(checkpoints), sealed, events[-1].digest if events else "")


def export(events: Sequence[AuditEvent], seals: Sequence[str], path: Path) -> None:
    """Write the bundle: one JSON object a line, an event or a checkpoint."""
    lines = [json.dumps({"event": json.loads(event.model_dump_json())}) for event in events]
    lines += [json.dumps({"checkpoint": json.loads(seal)}) for seal in seals]
    write_atomically(path, ("\n".join(lines) + "\n").encode())


def verify_bundle(path: Path, trust: Trust) -> Proof:
    """Prove an exported bundle with the trust root alone.

    Raises ChainBroken also where nothing in it is sealed; NotFound, SignatureInvalid, UnknownSigner.
    """
    if not path.is_file():
        raise NotFound(f"there is no bundle {path}", "write one: muniment audit export FILE")
    events: list[AuditEvent] = []
    seals: list[str] = []
    for number, entry in _entries(path):
        try:
            if "event" in entry:
                events.append(AuditEvent.model_validate_json(json.dumps(entry["event"])))
            else:
                seals.append(json.dumps(entry["checkpoint"]))
        except (ValidationError, KeyError) as error:
            raise _unreadable(path, number) from error
    if not seals:
        raise ChainBroken(f"nothing in {path} is sealed by a checkpoint", "ask for a bundle with checkpoints")
    return prove(events, seals, trust)


def _entries(path: Path) -> Iterator[tuple[int, dict[str, object]]]:
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise _unreadable(path, number) from error
        if not isinstance(entry, dict):
            raise _unreadable(path, number)
        yield number, entry


def _unreadable(path: Path, number: int) -> MunimentError:
    return ChainBroken(f"{path}:{number} is neither an audit event nor a checkpoint", "get the bundle again")


def _open(seal: str, trust: Trust) -> Checkpoint:
    payload, _ = envelopes.unseal(seal, PAYLOAD_TYPE, trust.keys(SEALERS))
    try:
        return Checkpoint.model_validate_json(payload)
    except ValidationError as error:
        raise SignatureInvalid("what is signed there is no checkpoint", "seal the chain again") from error


def _hold_against(events: Sequence[AuditEvent], checkpoint: Checkpoint) -> None:
    if checkpoint.sequence >= len(events):
        raise ChainBroken(
            f"the audit chain ends at event {len(events) - 1}, but a checkpoint seals event {checkpoint.sequence}",
            "events were cut off: restore the registry from a backup",
        )
    if events[checkpoint.sequence].digest != checkpoint.head:
        raise ChainBroken(
            f"audit event {checkpoint.sequence} is not the one that its checkpoint seals",
            "the chain was written anew: restore the registry from a backup",
        )
