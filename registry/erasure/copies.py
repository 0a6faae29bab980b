"""Copies that lie about in a workspace and hold what is erased: of the registry, as a backup or put aside by a restore,
of tables and of weights.

They are known by what is in them and not by their names, except those whose name is ours alone. Nothing is said of
copies elsewhere: nobody here can see them.
"""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from registry import digests
from registry.database import schema
from registry.database.folding import log_of
from registry.database.store import Registry
from registry.erasure.records import Hold, Tombstone
from registry.errors import LegalHold
from registry.workspace import Workspace

_MAGIC_AT, _MAGIC = 8, b"DUCK"
_FIRST = "SELECT digest FROM events WHERE sequence = 0"
_HOLDS = f"SELECT digest FROM records WHERE kind = '{Hold.kind}'"  # noqa: S608 - our name
_RECORDS = f"SELECT 1 FROM records WHERE kind <> '{Tombstone.kind}' AND digest IN (SELECT unnest(?)) LIMIT 1"  # noqa: S608
_WORDS = """
SELECT 1 FROM (SELECT body AS said FROM records UNION ALL SELECT body FROM events
               UNION ALL SELECT envelope FROM attestations)
WHERE list_bool_or([contains(lower(said), name) FOR name IN CAST(? AS VARCHAR[])]) LIMIT 1
"""


_PACKED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf", b"Rar!", b"PK\x03\x04")
_OFFICE = "[Content_Types].xml"
_OTHERS = (duckdb.CatalogException, duckdb.BinderException)
"""Of a database that is readable and not made as ours is."""


@dataclass(frozen=True)
class Traces:
    """What a copy would hold of the erased: records and files by their digests; names, in small letters."""

    records: frozenset[str]
    files: frozenset[str]
    names: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Copies:
    """`held` hold one of the traces; `opaque` may and cannot be looked into: packed files, databases that cannot be
    read."""

    held: tuple[Path, ...]
    opaque: tuple[Path, ...]


def copies(registry: Registry, workspace: Workspace, traces: Traces) -> Copies:
    """Every copy in the workspace, each file looked into once."""
    seen = [(path, *_judged(registry, path, traces)) for path in _strewn(workspace)]
    return Copies(tuple(path for path, held, _ in seen if held), tuple(path for path, _, closed in seen if closed))


def _judged(registry: Registry, path: Path, traces: Traces) -> tuple[bool, bool]:
    """Whether it is held to be such a copy, and whether it cannot be looked into."""
    if not _is_database(path):
        return digest_of(path) in traces.files, _is_packed(path)
    held = _holds(registry, path, traces)
    return (_is_ours_by_name(registry, path), True) if held is None else (held, False)


def remove(workspace: Workspace, gone: Collection[str]) -> None:
    """Take the copies with these digests off the disk, each with its log. Doing it again changes nothing."""
    for path in [path for path in _strewn(workspace) if digest_of(path) in gone] if gone else ():
        _take_away(path)


def says(registry: Registry, names: frozenset[str]) -> bool:
    """Whether the registry says one of the names, as where a reason does; it is packed, so its bytes need not."""
    return bool(registry.query(_WORDS, sorted(names)))


def refuse_if_held(registry: Registry, paths: Iterable[Path]) -> None:
    """Raises LegalHold for a copy that tells of a hold which the registry has forgotten."""
    for path in filter(_is_database, paths):
        with suppress(duckdb.Error), _opened(path) as copy:
            told = {str(row[0]) for row in copy.execute(_HOLDS).fetchall()}
            if told - registry.many(told).keys():
                raise LegalHold(
                    f"{path} tells of a legal hold that this registry does not know",
                    "place it again if it binds (muniment hold add), and take the file out of the workspace",
                )


def _take_away(path: Path) -> None:
    log_of(path).unlink(missing_ok=True)
    path.unlink()


def digest_of(path: Path) -> str:
    """Empty for a file that went or cannot be read."""
    try:
        return digests.of_file(path)
    except OSError:
        return ""


def _strewn(workspace: Workspace) -> Iterator[Path]:
    """Files besides the registry and the store, and besides what an erasure takes away as a whole."""
    own = (workspace.artifacts.root, workspace.scratch, workspace.serving / "adapters")
    for path in sorted(workspace.root.rglob("*")):
        if path.is_symlink() or not path.is_file() or path == workspace.registry:
            continue
        if not any(path.is_relative_to(place) for place in own):
            yield path


def _is_database(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(_MAGIC_AT + len(_MAGIC))[_MAGIC_AT:] == _MAGIC
    except OSError:
        return False


def _is_packed(path: Path) -> bool:
    """An archive or a compressed file; what office programs write is none, since its text was read."""
    try:
        with path.open("rb") as file:
            if not file.read(8).startswith(_PACKED):
                return False
        with zipfile.ZipFile(path) as archive:
            return _OFFICE not in archive.namelist()
    except OSError:
        return False
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return True


def _is_ours_by_name(registry: Registry, path: Path) -> bool:
    """What was put aside or left unfinished: a backup that was killed has records and no first event yet."""
    draft = path.parent.name.startswith(".") and path.parent.name.endswith(".unfinished")
    return draft or path.name in {f"{registry.path.name}.replaced", f".{registry.path.name}.fresh"}


def _holds(registry: Registry, path: Path, traces: Traces) -> bool | None:
    """Whether a database is a copy of this registry with one of the traces; None where it cannot be read."""
    ours = _is_ours_by_name(registry, path)
    try:
        with _opened(path) as copy:
            if not ours and copy.execute(_FIRST).fetchone() != (registry.chain,):
                return False
            asked = ((_RECORDS, traces.records), (_WORDS, traces.names))
            held = any(copy.execute(sql, [sorted(said)]).fetchall() for sql, said in asked)
        return held or _says(path, traces.names)  # what was deleted stands in freed blocks
    except _OTHERS:
        return ours
    except duckdb.Error:
        return None


def _says(path: Path, names: frozenset[str]) -> bool:
    text = path.read_bytes().decode("utf-8", "ignore").casefold()
    return any(name in text for name in names)


@contextmanager
def _opened(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """As it lies, whatever somebody put into it."""
    with closing(duckdb.connect(str(path), read_only=True, config=schema.SETTINGS)) as copy:
        copy.execute(schema.SILENT)
        copy.execute("SET enable_external_access = false")
        yield copy
