"""A change of the trust root is a file and an event, and a kill can come between the two.

So a note of what the event will say is left first. Whoever opens the registry next finds it: if the trust root was
changed meanwhile the chain is told, and the note goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from registry import digests
from registry.database import schema
from registry.database.changes import Change
from registry.database.store import Registry
from registry.errors import MunimentError
from registry.files import read_whole, write_atomically

ACTION = "trust"


class Note(BaseModel):
    """`actor` was about to change the trust root with digest `before`, when audit event `after` was the last."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    before: str
    after: int
    actor: str
    sentence: str


@contextmanager
def told(registry: Registry, trust: Path, sentence: str) -> Iterator[list[str]]:
    """The block changes the trust root at `trust`: the chain tells of it, or of its refusal. Raises ConfigError.

    What the block adds to the list is told after the sentence.
    """
    schema.require_text((sentence,))
    tell(registry, trust)
    note = Note(before=_digest(trust), after=registry.head().sequence, actor=registry.actor, sentence=sentence)
    write_atomically(_place(trust), note.model_dump_json().encode())
    remarks: list[str] = []
    try:
        with registry.attempting(ACTION, ()):
            yield remarks
    except MunimentError:
        _place(trust).unlink(missing_ok=True)
        raise
    registry.apply(Change(ACTION, (), "; ".join((sentence, *remarks))))
    _place(trust).unlink(missing_ok=True)


def tell(registry: Registry, trust: Path) -> None:
    """Tell the chain of a change whose maker did not come to it."""
    place = _place(trust)
    if not place.exists():
        return
    with suppress(ValidationError, OSError):
        note = Note.model_validate_json(read_whole(place))
        if note.before != _digest(trust) and not _knows(registry, note.after):
            registry.apply(Change(ACTION, (), f"{note.sentence}; by {note.actor}, who was interrupted"))
    place.unlink(missing_ok=True)


def _knows(registry: Registry, after: int) -> bool:
    later = registry.stored_events(after + 1, registry.head().sequence)
    return any(f'"action":"{ACTION}"' in body and '"outcome":"done"' in body for _, _, body in later)


def _place(trust: Path) -> Path:
    return trust.with_suffix("") / "untold"


def _digest(trust: Path) -> str:
    return digests.of_file(trust) if trust.exists() else ""
