"""Opening the registry file: its lock, its version, and the engine's errors by our own names.

DuckDB lets one process hold a file; another one waits here for a bounded time. Migrations are
numbered and only go forward: a file of a newer version is refused by name.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from registry.artifacts import disk_full_named
from registry.database.migrations import STEPS
from registry.database.turns import busy, pause
from registry.errors import ConfigError, DiskFull, IntegrityError, MunimentError, RegistryTooNew

if TYPE_CHECKING:
    from registry.database.engine import Connection

# An unknown table name must not reach for Python variables (and import pandas, 1 s, to look at them). Waking a second
# thread costs a small statement a third of its time, and large ones are rare here.
SETTINGS: dict[str, str | bool | int | float | list[str]] = {"python_enable_replacements": False, "threads": 1}
# Started by `python -c`, the engine takes itself for a person's session and draws its progress into our output.
SILENT = "SET enable_progress_bar = false"
# Its log is folded into the file by `registry/database/folding.py`.
_NO_CHECKPOINTS = ("SET wal_autocheckpoint = '1TB'", "PRAGMA disable_checkpoint_on_shutdown")
# Our statements never change: what they no longer fit was edited.
_DAMAGED = (
    duckdb.IOException, duckdb.SerializationException, duckdb.FatalException,
    duckdb.CatalogException, duckdb.BinderException, duckdb.ConversionException,
)  # fmt: skip
_MAY_NOT = ("permission denied", "read-only file system")
NO_ROOM = ("no space left", "disk full", "file too large", "disk quota exceeded")


def connect(path: Path, wait_s: float, actor: str) -> duckdb.DuckDBPyConnection:
    """Open the file, creating it if it is new, migrated to the version of this program by `actor`.

    Waits up to `wait_s` seconds for another process to close it.
    Raises RegistryBusy, RegistryTooNew, DiskFull, IntegrityError.
    """
    with disk_full_named(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    connection = _wait_for(path, time.monotonic() + wait_s)
    try:
        with named_errors(path):
            for setting in (SILENT, *_NO_CHECKPOINTS):
                connection.execute(setting)
            migrate(connection, path, actor)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """Everything inside is kept together, or nothing of it."""
    connection.begin()
    try:
        yield
        connection.commit()
    except BaseException:
        with suppress(duckdb.Error, MunimentError):  # a server that is gone has let go of it by itself
            connection.rollback()
        raise


@contextmanager
def named_errors(path: Path) -> Iterator[None]:
    """Turn the engine's 'no space', 'damaged' and 'not what I was promised' into DiskFull and IntegrityError."""
    try:
        yield
    except duckdb.Error as error:
        text = str(error)
        if any(sign in text.lower() for sign in NO_ROOM):
            raise DiskFull(f"no space left while writing to {path}", "free some space and run again") from error
        if any(sign in text.lower() for sign in _MAY_NOT):
            next_step = "see that the file and its directory may be written, then run again"
            raise MunimentError(f"{path} cannot be written: {_first_line(text)}", next_step) from error
        if isinstance(error, _DAMAGED):
            raise IntegrityError(f"{path} cannot be read: {_first_line(text)}", "restore it from a backup") from error
        raise


def require_text(bound: Sequence[object]) -> None:
    """Bytes of a command line that are no UTF-8 arrive as lone surrogates, which the engine cannot take.

    Raises ConfigError.
    """
    for given in bound:
        if isinstance(given, str) and not given.isascii():
            try:
                given.encode()
            except UnicodeEncodeError as error:
                raise ConfigError(f"{given!r} is not text in UTF-8", "write it as muniment list shows it") from error


def _wait_for(path: Path, deadline: float) -> duckdb.DuckDBPyConnection:
    while True:
        try:
            with named_errors(path):
                return duckdb.connect(str(path), config=SETTINGS)
        except IntegrityError as error:
            text = str(error.__cause__)
            if "lock on file" not in text.lower():
                raise
            if time.monotonic() >= deadline:
                raise busy(path, _holder(text)) from error
        pause()


def _holder(text: str) -> str | None:
    found = re.search(r"\(PID (\d+)\)", text)
    return found.group(1) if found else None


def _first_line(text: str) -> str:
    return text.splitlines()[0] if text else "unknown damage"


def migrate(connection: duckdb.DuckDBPyConnection, path: Path, actor: str) -> None:
    """Take every step that is missing, each whole or not at all. Raises RegistryTooNew, ChainBroken."""
    current, newest = _version(connection), len(STEPS)
    if current > newest:
        raise _too_new(path, current)
    for number, step in enumerate(STEPS[current:], start=current + 1):
        with transaction(connection):
            step(connection, actor)
            connection.execute("DELETE FROM schema_version")
            connection.execute("INSERT INTO schema_version VALUES (?)", [number])


def require_current(connection: Connection, path: Path) -> None:
    """Raises RegistryTooNew, and ConfigError for a server of an older version: only its own program migrates it."""
    current, newest = _version(connection), len(STEPS)
    if current > newest:
        raise _too_new(path, current)
    if current < newest:
        raise ConfigError(f"the registry server has schema {current}, this program {newest}", "update the server")


def _too_new(path: Path, current: int) -> RegistryTooNew:
    return RegistryTooNew(
        f"{path} was written by a newer version of muniment (schema {current}, this one knows {len(STEPS)})",
        "upgrade muniment, or point it at another workspace",
    )


def _version(connection: Connection) -> int:
    try:
        row = connection.execute("SELECT version FROM schema_version ORDER BY version DESC LIMIT 1").fetchone()
    except duckdb.CatalogException:
        return 0
    return int(row[0]) if row and row[0] is not None else 0
