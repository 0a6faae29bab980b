"""Lines of a file that others wrote, read so that no line, however long, fills the memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BOM = b"\xef\xbb\xbf"
_PIECE = 2**20


@dataclass(frozen=True)
class RawLine:
    """Line `number`, counted from 1; `content` is None where it is longer than allowed."""

    number: int
    content: bytes | None


def lines(path: Path, limit_bytes: int) -> Iterator[RawLine]:
    """All lines that hold more than white space; a mark of byte order before the first is no part of it."""
    number = 0
    with path.open("rb") as file:
        while raw := file.readline(limit_bytes + 1):
            number += 1
            content = raw if len(raw) <= limit_bytes else None
            while not raw.endswith(b"\n") and (raw := file.readline(_PIECE)):
                pass
            if content is None:
                yield RawLine(number, None)
            elif stripped := content.removeprefix(_BOM if number == 1 else b"").strip():
                yield RawLine(number, stripped)
