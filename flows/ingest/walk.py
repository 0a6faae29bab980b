"""Which files of a folder are read: in one order everywhere, and never one outside the folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from flows.ingest.settings import DocumentFolder, IngestSection
from registry import digests
from registry.errors import NoDocuments
from registry.records import Reason, Rejected


@dataclass(frozen=True)
class Found:
    """A file to read; `place` is its path below the folder, in UTF-8."""

    file: Path
    place: str
    folder: DocumentFolder


def walk(folder: DocumentFolder, section: IngestSection) -> Iterator[Found | Rejected]:
    """All wanted files of the folder, sorted. Raises NoDocuments when there is no such folder."""
    _require_there(folder)
    root = folder.path
    inside = root.resolve()
    closed: list[OSError] = []
    for file in sorted(_files(root, closed)):
        place = _place(file, root)
        if not _wanted(place, section):
            continue
        if not _inside(file, inside):
            yield Rejected(what="document", place=place, reason=Reason.OUTSIDE, detail="a link out of the folder")
        else:
            yield Found(file, place, folder)
    for error in closed:
        place = _place(Path(error.filename), root)
        if _wanted(place, section):
            detail = f"a folder that cannot be opened: {os.strerror(error.errno or 0)}"
            yield Rejected(what="document", place=place, reason=Reason.UNREADABLE, detail=detail)


def _place(file: Path, root: Path) -> str:
    return file.relative_to(root).as_posix().encode("utf-8", "backslashreplace").decode()


def folders_read(folder: DocumentFolder, section: IngestSection) -> dict[str, Path]:
    """The folders that wanted files lie in and those around these, by their path below `folder`, which is `.`."""
    files = (entry.file for entry in walk(folder, section) if isinstance(entry, Found))
    read = (place for file in files for place in {file.relative_to(folder.path), _read_for(file, folder.path)})
    inside = {parent for place in read for parent in place.parents}
    return {_place(folder.path / parent, folder.path): folder.path / parent for parent in sorted(inside)}


def linked(folder: DocumentFolder, section: IngestSection) -> dict[str, str]:
    """Wanted files that are links, with the path below `folder` of what is read for them."""
    links = (entry for entry in walk(folder, section) if isinstance(entry, Found) and entry.file.is_symlink())
    return {link.place: _place(folder.path / _read_for(link.file, folder.path), folder.path) for link in links}


def _read_for(file: Path, root: Path) -> Path:
    """The path below `root` of the file itself, or of that which a link leads to."""
    return file.resolve().relative_to(root.resolve()) if file.is_symlink() else file.relative_to(root)


def has_folder(root: Path, place: str) -> bool:
    """Whether files below `place` are read as lying there: no link, which is not followed, and in no other case."""
    name, _, rest = place.partition("/")
    with suppress(OSError):
        for entry in root.iterdir():
            if _place(entry, root) == name:
                return entry.is_dir() and not entry.is_symlink() and (not rest or has_folder(entry, rest))
    return False


def require_files(folders: Sequence[DocumentFolder], section: IngestSection) -> None:
    """Raises NoDocuments for a folder that does not exist, and where none holds a file to read."""
    for folder in folders:
        _require_there(folder)
    if not any(True for folder in folders for _ in walk(folder, section)):
        raise _nothing_in(folders)


def listed(folders: Sequence[DocumentFolder], section: IngestSection) -> list[Found | Rejected]:
    """All wanted files of all folders. Raises NoDocuments for a folder that does not exist, and where there is none."""
    found = [entry for folder in folders for entry in walk(folder, section)]
    if not found:
        raise _nothing_in(folders)
    return found


def _nothing_in(folders: Sequence[DocumentFolder]) -> NoDocuments:
    places = ", ".join(str(folder.path) for folder in folders)
    return NoDocuments(f"no file to read in {places or 'no folder at all'}", "put documents there")


def _require_there(folder: DocumentFolder) -> None:
    if not folder.path.is_dir():
        raise NoDocuments(f"{folder.path} is not a folder", "name an existing folder under `documents:`")


def _inside(file: Path, folder: Path) -> bool:
    """Whether the file, its links followed, lies in the folder; links that lead in a circle lead nowhere."""
    try:
        return file.resolve().is_relative_to(folder)
    except (RuntimeError, OSError):
        return False


def load(found: Found, max_file_mb: float) -> bytes | Rejected:
    """The file's bytes, or why not: too large, no plain file, not permitted."""

    def rejected(reason: Reason, detail: str) -> Rejected:
        return Rejected(what="document", place=found.place, reason=reason, detail=detail)

    limit = int(max_file_mb * 2**20)
    try:
        handle = os.open(found.file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return rejected(Reason.UNREADABLE, "not a plain file")
            data = file.read(limit + 1)
    except OSError as error:
        return rejected(Reason.UNREADABLE, os.strerror(error.errno or 0))
    if len(data) > limit:
        return rejected(Reason.TOO_LARGE, f"more than {max_file_mb:g} MB")
    return data


def _files(root: Path, closed: list[OSError]) -> Iterator[Path]:
    """Links to folders are yielded, not followed: `walk` judges what they point to. What cannot be opened is told."""
    for directory, names, leaves in os.walk(root, onerror=closed.append):
        base = Path(directory)
        yield from (base / name for name in leaves)
        links = (base / name for name in names if os.path.islink(base / name))  # noqa: PTH114 - raises for no long path
        yield from links


def _wanted(place: str, section: IngestSection) -> bool:
    def matches(patterns: tuple[str, ...]) -> bool:
        return any(fnmatchcase(place, pattern) for pattern in patterns)

    return matches(section.include) and not matches(section.exclude)


def listing_digest(folder: DocumentFolder, section: IngestSection) -> str:
    """Digest of everything that reading the folder depends on: names, contents, licence, source, columns, the day."""
    listing: dict[str, str] = {}
    for entry in walk(folder, section):
        if isinstance(entry, Found):
            data = load(entry, section.max_file_mb)
            listing[entry.place] = data.digest if isinstance(data, Rejected) else digests.of_bytes(data)
        else:
            listing[entry.place] = entry.digest
    said = {"licence": folder.licence, "source": folder.source, "columns": dict(folder.columns)}
    within = {"within": dict(folder.within)} if folder.within else {}
    day = {"held_out_from": folder.held_out_from.isoformat()} if folder.held_out_from else {}
    return digests.of_json({"files": listing, **said, **within, **day})
