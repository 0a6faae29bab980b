"""The artifact store: files and trees under the digest of their content, written once.

An artifact appears under its address in one rename after its bytes are on disk, so a kill or a
full disk leaves the whole of it or nothing.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from registry import digests
from registry.errors import DigestMismatch, DiskFull, Erased, MunimentError, NotFound

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NUMBERS = "|".join(map(str, _NO_SPACE))
_NOT_WRITTEN = re.compile(
    rf"\(os error (?:{_NUMBERS})\)"  # safetensors, tokenizers
    rf"|\[Errno (?:{_NUMBERS})\]"  # shutil, of a folder whose files it copied as far as it could
    r"|PytorchStreamWriter failed|inline_container\.cc:\d+\] \. unexpected pos|iostream error"  # torch
    r"|^\d+ requested and \d+ written"  # numpy
)


class Artifacts:
    """Artifacts under `root/ab/abcdef…`, one file or one directory each."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, digest: str) -> Path:
        """Where the artifact is. Raises NotFound, Erased."""
        address = self.address(digest)
        if not address.exists():
            if self.tombstone(digest).exists():
                raise Erased(f"artifact {digest[:12]} was erased", "muniment run makes a new one without the erased")
            raise NotFound(
                f"artifact {digest[:12]} is not in {self.root}",
                "run the stage that makes it again: muniment run",
            )
        return address

    def has(self, digest: str) -> bool:
        return self.address(digest).exists()

    def verified(self, digest: str) -> Path:
        """`path`, after reading every byte. Raises DigestMismatch, NotFound, Erased."""
        path = self.path(digest)
        found = _content(path)
        if found != digest:
            raise DigestMismatch(
                f"artifact {digest[:12]} was changed: its content is {found if ' ' in found else found[:12]}",
                "remove it and run the stage again, or restore a backup",
            )
        return path

    def put(self, source: Path) -> str:
        """Move a finished file or tree in; returns its digest. Raises DiskFull, and Erased for what must stay away."""
        digest = digests.of_path(source)
        if self.tombstone(digest).exists():
            _remove(source)
            raise Erased(f"artifact {digest[:12]} was erased and may not come back", "see: muniment audit")
        address = self.address(digest)
        if address.exists():
            if _content(address) == digest:
                _remove(source)
                return digest
            _remove(address)
        with disk_full_named(self.root):
            address.parent.mkdir(parents=True, exist_ok=True)
            self._place(source, address)
            sync(address.parent)
        return digest

    def remove(self, digest: str) -> None:
        """Away from its address in one step, then off the disk; what is not there is gone already."""
        address, aside = self.address(digest), self.root / "tmp" / uuid4().hex
        if address.exists():
            aside.parent.mkdir(parents=True, exist_ok=True)
            address.replace(aside)
            _remove(aside)

    def _place(self, source: Path, address: Path) -> None:
        """One rename; what comes from another disk is brought to the store's own first."""
        _sync(source)
        try:
            source.replace(address)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            staging = self.root / "tmp" / uuid4().hex
            staging.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(source, staging)
            _sync(staging)
            staging.replace(address)

    def address(self, digest: str) -> Path:
        return self.root / digest[:2] / digest

    def tombstone(self, digest: str) -> Path:
        """The mark that an erasure leaves in the artifact's place."""
        return self.root / digest[:2] / f"{digest}.erased"

    def __iter__(self) -> Iterator[str]:
        """All digests in the store, in order."""
        for shard in sorted(self.root.glob("??")):
            yield from sorted(p.name for p in shard.iterdir() if "." not in p.name)


@contextmanager
def disk_full_named(place: Path) -> Iterator[None]:
    """Turn the operating system's 'no space', or a library's word for it, into DiskFull."""
    try:
        yield
    except MunimentError:
        raise
    except Exception as error:
        if not _tells_of_no_space(error):
            raise
        raise DiskFull(f"no space left while writing to {place}", "free some space and run again") from error


def _tells_of_no_space(error: Exception) -> bool:
    """What writes in Rust or C++ hands on no `OSError`, or one without a number."""
    if isinstance(error, OSError) and error.errno:
        return error.errno in _NO_SPACE
    return bool(_NOT_WRITTEN.search(str(error)))


def _content(path: Path) -> str:
    """The digest of what is in the store, or words for what has none."""
    if path.is_symlink():
        return "a link"
    try:
        return digests.of_path(path)
    except ValueError:
        return "not of files alone"


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _sync(path: Path) -> None:
    files = [p for p in path.rglob("*") if p.is_file()] if path.is_dir() else [path]
    for file in files:
        sync(file)


def sync(path: Path) -> None:
    """One file, or one directory with its names, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
