"""The newest release this server has served, kept on disk so that an older one is known for a replay."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from registry.errors import IntegrityError, ReleaseReplayed
from registry.files import write_atomically
from registry.records import Release


class Seen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    version: int = 0
    digest: str = ""


def read(path: Path) -> Seen:
    """Nothing seen yet where there is no file. Raises IntegrityError where it can't be read."""
    try:
        return Seen.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Seen()
    except ValidationError as error:
        raise IntegrityError(
            f"{path} is damaged, so a replayed release could not be told", "restore it from a backup"
        ) from error


def check(seen: Seen, release: Release) -> None:
    """Raises ReleaseReplayed for an older release, or for another one under the newest version."""
    if release.version < seen.version:
        raise ReleaseReplayed(
            f"release {release.version} is older than release {seen.version}, already served",
            "promote again: a rollback is a new release",
        )
    if release.version == seen.version and release.digest != seen.digest:
        raise ReleaseReplayed(
            f"a second release calls itself version {release.version}", "promote again from the registry of record"
        )


def write(path: Path, release: Release) -> None:
    """On disk before it counts. Raises DiskFull."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, Seen(version=release.version, digest=release.digest).model_dump_json().encode())
