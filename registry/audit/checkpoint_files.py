"""Checkpoints as files outside the database, one each, named after the event that it seals."""

from __future__ import annotations

from pathlib import Path

from registry.errors import IntegrityError
from registry.files import read_whole, write_copy


def path_in(directory: Path, sequence: int) -> Path:
    return directory / f"{sequence:012d}.json"


def write(directory: Path, sequence: int, envelope: str) -> Path:
    """Keep a checkpoint outside the database. Raises DiskFull."""
    path = path_in(directory, sequence)
    write_copy(path, envelope.encode())
    return path


def read(directory: Path) -> dict[int, str]:
    """Envelopes of all checkpoints kept outside, unverified, by the event they are kept for. Raises IntegrityError."""
    try:
        return {int(path.stem): read_whole(path).decode() for path in sorted(directory.glob("[0-9]*.json"))}
    except (OSError, ValueError) as error:
        raise IntegrityError(f"a checkpoint in {directory} cannot be read", "restore it from a backup") from error
