"""A named, signed mark in the place of an artifact that was erased, so that absence is never taken for damage.

The mark is the erasure's signed statement itself: it needs no registry to be read, and a restored registry learns
from it what must stay erased.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pydantic import JsonValue

from registry.artifacts import Artifacts
from registry.erasure.records import Erasure, Removed, Tombstone
from registry.errors import MunimentError
from registry.files import write_atomically
from registry.record import Record
from registry.signatures import attestations

ERASED = "[erased]"
_LOST = {"document": ("path", "content", "source")}


def bury(artifacts: Artifacts, removed: Removed, envelope: str) -> None:
    """Remove an artifact and leave the signed statement in its place; the mark is there before the bytes go."""
    mark = artifacts.tombstone(removed.artifact)
    if not mark.exists():
        write_atomically(mark, envelope.encode())
    artifacts.remove(removed.artifact)


def marks(artifacts: Artifacts) -> Iterator[tuple[str, Erasure | None]]:
    """Every erased artifact with the erasure that its mark names, unverified; None for a mark that says nothing."""
    for path in sorted(artifacts.root.glob("??/*.erased")):
        try:
            said = attestations.unverified(path.read_bytes(), Erasure)
        except (OSError, MunimentError):
            said = None
        fits = said is not None and path.stem in {one.artifact for one in said.removed}
        yield path.stem, said if fits else None


def successor(artifacts: Artifacts, digest: str) -> str | None:
    """Where the rows are that were not erased with an artifact; itself if it was not, None if none are left."""
    while not artifacts.has(digest):
        mark = artifacts.tombstone(digest)
        if not mark.exists():
            return None
        said = attestations.unverified(mark.read_bytes(), Erasure)
        follows = next((one.successor for one in said.removed if one.artifact == digest), None)
        if follows is None:
            return None
        digest = follows
    return digest


def entombed(record: Record, words: Iterable[str]) -> Tombstone | None:
    """What remains of a record once `words` (paths of documents) are taken out; None where it says none of them."""
    body = record.model_dump(mode="json")
    kept = {name: value for name, value in body.items() if name not in _LOST.get(record.kind, ())}
    remains = without(kept, words)
    if remains == body:
        return None
    assert isinstance(remains, dict)
    return Tombstone(of=record.digest, was=record.kind, remains=remains)


def without(value: JsonValue, words: Iterable[str]) -> JsonValue:
    """`value` with every word replaced that stands by itself in any of its texts."""
    either = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True) if word)
    return _without(value, re.compile(rf"(?<![\w/-])(?:{either})(?![\w-])")) if either else value


def _without(value: JsonValue, words: re.Pattern[str]) -> JsonValue:
    if isinstance(value, str):
        return words.sub(ERASED, value)
    if isinstance(value, list):
        return [_without(one, words) for one in value]
    if isinstance(value, dict):
        return {name: _without(one, words) for name, one in value.items()}
    return value
