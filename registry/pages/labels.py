"""A record in one line for a person: in trees, pictures and listings."""

from __future__ import annotations

from pathlib import PurePosixPath

from registry.counted import counted
from registry.erasure.records import Erasure, Hold, Tombstone
from registry.records import (
    Adapter,
    Base,
    Dataset,
    Decision,
    Document,
    DocumentSet,
    Evidence,
    Export,
    Record,
    Release,
    ScrubbedSet,
    TrainingRun,
    ValidatedBatch,
    Verdict,
)  # fmt: skip


def visible(text: str) -> str:
    """The text with nothing in it that could move a cursor or hide: such characters become a replacement mark."""
    return printable(" ".join(text.split()))


def printable(text: str, besides: str = "") -> str:
    """The text with a replacement mark for each character that is neither printable nor one of `besides`."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in besides else "\ufffd" for char in text)


def number(value: float, digits: int) -> str:
    """Rounded to so many digits that tell; a count whole, however large."""
    return f"{value:.0f}" if value.is_integer() else f"{value:.{digits}g}"


def label(record: Record) -> str:
    """What it is, and how much of it, with no control characters."""
    return visible(_said(record))


def short(record: Record) -> str:
    """Its name alone, for a list of many of one kind."""
    match record:
        case Document():
            return visible(PurePosixPath(record.path).name)
        case Evidence():
            return visible(record.type)
        case _:
            return label(record)


def _said(record: Record) -> str:  # noqa: PLR0911, PLR0912 - one line a kind
    match record:
        case Document():
            return f"{PurePosixPath(record.path)} ({record.licence})"
        case DocumentSet():
            return f"{counted(record.documents, 'document')}, {len(record.rejected)} rejected"
        case ScrubbedSet():
            return f"{counted(record.units.rows, 'unit')}, {sum(record.entities.values())} personal data found"
        case ValidatedBatch():
            return f"{counted(record.rows.rows, 'row')} valid, {len(record.quarantined)} quarantined"
        case Dataset():
            return f"{record.purpose}, {counted(record.train.rows, 'row')} to train, {record.held_out.rows} held out"
        case Base():
            return f"{record.name} ({record.licence})"
        case TrainingRun():
            loss = f"loss {record.first_loss:.3f} → {record.last_loss:.3f}"
            return f"{record.method}, {counted(record.steps, 'step')}, {loss}"
        case Adapter():
            return record.version
        case Export(form="adapter"):
            return "the adapter alone, byte for byte"
        case Export():
            return f"{record.form} in {record.precision}, within {record.difference:.2g} nats of the adapter"
        case Evidence():
            return ", ".join([record.type, *(f"{f.name} {number(f.value, 3)}" for f in record.figures[:3])])
        case Verdict():
            return "passed the gate" if record.passed else "refused by the gate"
        case Decision():
            return f"{record.decision} by {record.principal}: {record.reason or 'no reason given'}"
        case Release():
            return f"{record.alias} version {record.version} by {record.principal}"
        case Erasure():
            return f"{counted(len(record.removed), 'artifact')} erased by {record.principal}: {record.reason}"
        case Hold():
            return f"hold {record.act} by {record.principal}: {record.reason}"
        case Tombstone():
            return f"an erased {record.was}"
        case _:
            return ""
