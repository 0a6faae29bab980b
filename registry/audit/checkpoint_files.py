"""Checkpoints as files outside the database, one each, named after the event that it seals."""

from __future__ import annotations

import os
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


def numbers(directory: Path) -> set[int]:
    """Of which events checkpoints are kept outside. A name that we would not give hides no other: it counts for none.

    Raises IntegrityError where nobody can say.
    """
    try:
        names = {entry.name for entry in os.scandir(directory)} if directory.is_dir() else set()
    except OSError as error:
        raise IntegrityError(f"{directory} cannot be read", "let whoever verifies read it") from error
    found = {int(stem) for name in names if (stem := name.removesuffix(".json")).isdecimal() and stem.isascii()}
    return {number for number in found if path_in(directory, number).name in names}


def read(directory: Path) -> dict[int, str]:
    """Envelopes of all checkpoints kept outside, unverified, by the event they are kept for. Raises IntegrityError."""
    return {number: read_one(directory, number) for number in sorted(numbers(directory))}


def read_one(directory: Path, sequence: int) -> str:
    """Raises IntegrityError."""
    try:
        return read_whole(path_in(directory, sequence)).decode()
    except (OSError, ValueError) as error:
        raise IntegrityError(f"a checkpoint in {directory} cannot be read", "restore it from a backup") from error
