"""What was worked out before a process was killed: a rerun goes on behind it instead of starting again.

One line a batch, each under a checksum of its own: what a power cut tore is worked out again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, TypeVar

from registry.digests import of_file, of_json
from registry.processes import Crew

T = TypeVar("T")


def journaled(path: Path, crew: Crew, work: Callable[[T], str], batches: Iterable[T]) -> Iterator[str]:
    """`work(batch)`, a text without line ends, for each batch in order; what the journal at `path` holds is read.

    The batches must be the same as when the journal was begun: let its name depend on all that they come from.
    """
    batches = iter(batches)
    with path.open("a+b") as file:
        file.seek(0)
        end = 0
        for kept in _whole(file):
            if next(batches, None) is None:
                break
            end += len(_line(kept))
            yield kept
        file.truncate(end)
        for result in crew.each(work, batches):
            file.write(_line(result))
            file.flush()
            yield result


def key(*parts: object) -> str:
    """64 hex digits that differ where a part differs (JSON values) or the code of this room."""
    return of_json([code(), *parts])


@lru_cache(maxsize=1)
def code() -> str:
    """Digest of the files of this room: other code may find something else."""
    return content(Path(__file__).parent)


def content(folder: Path) -> str:
    """Digest of a folder's files, without what Python compiled of them."""
    files = (p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return of_json({p.relative_to(folder).as_posix(): of_file(p) for p in files})


def _whole(file: BinaryIO) -> Iterator[str]:
    """Lines up to the first that is not as it was written."""
    for line in file:
        text = line[17:-1].decode("utf-8", "replace")
        if line != _line(text):
            return
        yield text


def _line(text: str) -> bytes:
    content = text.encode()
    return hashlib.blake2b(content, digest_size=8).hexdigest().encode() + b" " + content + b"\n"
