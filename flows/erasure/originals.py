"""The files of a documents folder that were erased: gone from folders inside the workspace, pointed at elsewhere.

They are known by keyed hashes alone, so that this can be done again after a kill.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from flows.ingest import plain
from flows.ingest.examples import rows
from flows.ingest.reading import Reading, Unfit
from flows.ingest.settings import DocumentFolder
from governance.pii.subjects import single_rows
from registry import digests
from registry.erasure.forgotten import Forgotten
from registry.files import write_atomically
from registry.workspace import Workspace


def originals(folders: Sequence[DocumentFolder], erased: Forgotten) -> Iterator[Path]:
    """Files that hold something erased."""
    for file in _files(folders):
        if _whole(file, erased) or _lines(file, erased):
            yield file


def remove_originals(folders: Sequence[DocumentFolder], root: Path, erased: Forgotten) -> list[Path]:
    """Remove files, or their erased rows, inside `root`; returns those outside it, which are left as they are."""
    outside = []
    for file in list(originals(folders, erased)):
        if not file.resolve().is_relative_to(root.resolve()):
            outside.append(file)
        elif _whole(file, erased):
            file.unlink()
            _remove_emptied(file.parent, folders)
        else:
            write_atomically(file, _without_lines(file, _lines(file, erased)))
    return outside


def astray(workspace: Workspace, erased: Forgotten) -> Iterator[Path]:
    """Files with the very bytes of an erased document that lie about outside the store, such as a PDF put aside."""
    for file in sorted(workspace.root.rglob("*")):
        own = workspace.artifacts.root in file.parents
        if not own and file.is_file() and not file.is_symlink() and _whole(file, erased):
            yield file


def _remove_emptied(directory: Path, folders: Sequence[DocumentFolder]) -> None:
    """A folder of one person's letters bears that person's name. Not a documents folder itself."""
    inside = any(folder.path in directory.parents for folder in folders)
    if inside and not directory.is_symlink() and not any(directory.iterdir()):
        directory.rmdir()
        _remove_emptied(directory.parent, folders)


def _files(folders: Sequence[DocumentFolder]) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(path for path in folder.path.rglob("*") if path.is_file())


def _whole(file: Path, erased: Forgotten) -> bool:
    return erased.key is not None and erased.key.document(digests.of_file(file)) in erased.hashes


def _lines(file: Path, erased: Forgotten) -> frozenset[int]:
    """The numbers of erased rows in a row file, as its reader counts them."""
    if not single_rows(file.name):
        return frozenset()
    try:
        reading = _read(file)
    except Unfit:
        return frozenset()
    return frozenset(unit.unit for unit in reading.units if erased.row(unit.model_dump()))


def _read(file: Path) -> Reading:
    data = file.read_bytes()
    return rows.read_jsonl(data) if file.suffix.lower() in rows.LINES else rows.read_json(data)


def _without_lines(file: Path, gone: frozenset[int]) -> bytes:
    text = plain.decode(file.read_bytes())
    if file.suffix.lower() in rows.LINES:
        return "\n".join(line for number, line in enumerate(text.split("\n"), 1) if number not in gone).encode()
    kept = [row for number, row in enumerate(json.loads(text), 1) if number not in gone]
    return json.dumps(kept, ensure_ascii=False, indent=1).encode()
