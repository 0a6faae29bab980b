"""Office files, PDFs, mails, compressed tables and UTF-16 texts that lie about in a workspace: what they say is not in
their plain bytes.

Documents folders are left out: an erasure finds what was read from them by its records.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from flows.erasure.leftovers import Saying, plain, said_in
from flows.ingest.formats import MEDIA_TYPES
from flows.ingest.isolation import Reader
from flows.ingest.settings import IngestSection
from registry.records import Reason
from registry.workspace import Workspace

_CLOSED = frozenset((".pdf", ".docx", ".pptx", ".xlsx", ".eml", ".parquet", ".arrow", ".feather"))
_WIDE = (b"\xff\xfe", b"\xfe\xff")


def closed_files(
    workspace: Workspace, words: frozenset[str], elsewhere: Sequence[Path]
) -> tuple[tuple[Saying, ...], tuple[Path, ...]]:
    """Those that say one of the words, and those that no reader opens."""
    said, shut = [], []
    with closing(Reader(IngestSection(workers=1))) as reader:
        for path in _closed(workspace, elsewhere):
            reading = reader.read(path.read_bytes(), path.suffix.lower())
            text = plain(" ".join(unit.model_dump_json() for unit in reading.units).replace("\\n", " "))
            if found := said_in((text,), words):
                said.append((path, found))
            elif not reading.units and any(one.reason != Reason.EMPTY for one in reading.refusals):
                shut.append(path)
    return tuple(said), tuple(shut)


def _closed(workspace: Workspace, elsewhere: Sequence[Path]) -> Iterator[Path]:
    skipped = (workspace.artifacts.root.resolve(), *(folder.resolve() for folder in elsewhere))
    for path in sorted(workspace.root.rglob("*")):
        if path.suffix.lower() not in MEDIA_TYPES or path.is_symlink() or not path.is_file():
            continue
        if not any(path.resolve().is_relative_to(place) for place in skipped) and _is_closed(path):
            yield path


def _is_closed(path: Path) -> bool:
    if path.suffix.lower() in _CLOSED:
        return True
    with path.open("rb") as file:
        return file.read(2) in _WIDE
