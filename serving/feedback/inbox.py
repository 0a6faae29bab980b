"""The inbox: JSON Lines by day of the answer, one row an answer, in shapes that a run reads as any other question file.

A file is written anew for each row, so a kill leaves the old one or the new one. The day stands in its name, by which a
folder can be held out by time.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import count
from pathlib import Path

from registry.files import read_whole, write_atomically
from registry.locks import alone

_MOST_BYTES = 4 << 20
"""Of one file; a run reads files of up to `ingest.max_file_mb`."""


@dataclass(frozen=True)
class Tally:
    """How many rows of each (adapter, outcome) there are, and how many lines are none of ours."""

    rows: Mapping[tuple[str, str], int]
    others: int


def put(inbox: Path, day: date, answer: str, row: Mapping[str, object]) -> None:
    """Add the row of an answer, or put it in place of the one that is there: who rates twice means the second.

    Raises Busy, DiskFull, ConfigError, OSError.
    """
    inbox.mkdir(parents=True, exist_ok=True)
    begins, line = (json.dumps(one, ensure_ascii=False).encode() for one in ({"id": answer}, {"id": answer, **row}))
    with alone(inbox / ".lock", f"another process writes to {inbox}"):
        for path in _files(inbox, day):
            lines = [one for one in read_whole(path).split(b"\n") if one] if path.exists() else []
            others = [one for one in lines if not one.startswith(begins[:-1] + b",")]
            if len(others) < len(lines) or sum(map(len, others)) + len(line) <= _MOST_BYTES or not lines:
                write_atomically(path, (one + b"\n" for one in (*others, line)))
                return


def tally(inbox: Path) -> Tally:
    """What the inbox holds, in numbers."""
    rows, others = Counter[tuple[str, str]](), 0
    for path in sorted(inbox.glob("*.jsonl")):
        for line in path.read_bytes().splitlines():
            kind = _kind(line)
            if kind is None:
                others += bool(line.strip())
            else:
                rows[kind] += 1
    return Tally(dict(sorted(rows.items())), others)


def _files(inbox: Path, day: date) -> Iterator[Path]:
    yield inbox / f"feedback-{day.isoformat()}.jsonl"
    yield from (inbox / f"feedback-{day.isoformat()}-{number}.jsonl" for number in count(2))


def _kind(line: bytes) -> tuple[str, str] | None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(row, dict) or not isinstance(row.get("id"), str) or not isinstance(row.get("adapter"), str):
        return None
    rating = {True: "up", False: "down"}.get(row["label"]) if isinstance(row.get("label"), bool) else None
    outcome = "edited" if "chosen" in row else rating
    return (row["adapter"], outcome) if outcome else None
