"""The newest release this server has served and how late it was, kept on disk: an older release is known for a replay,
and a clock that was set back brings no expired one into force again.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from registry.errors import ClockBehind, IntegrityError, ReleaseReplayed
from registry.files import write_atomically
from registry.records import Release
from registry.times import SKEW, spoken


class Seen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    version: int = 0
    digest: str = ""
    at: datetime = datetime.min.replace(tzinfo=UTC)


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


def require_clock(path: Path, seen: Seen, now: datetime) -> None:
    """Raises ClockBehind where this server has been later."""
    if now + SKEW < seen.at:
        raise ClockBehind(
            f"the clock says {spoken(now)}, and this server has come to {spoken(seen.at)}",
            f"set the clock right; if it was ahead before, set \"at\" in {path} to the true time",
        )


def write(path: Path, release: Release, now: datetime) -> None:
    """On disk before it counts. Raises DiskFull."""
    _kept(path, Seen(version=release.version, digest=release.digest, at=now))


def note(path: Path, now: datetime) -> None:
    """How late it is by now. Raises IntegrityError, DiskFull."""
    known = read(path)
    if now > known.at:
        _kept(path, known.model_copy(update={"at": now}))


def _kept(path: Path, seen: Seen) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, seen.model_dump_json().encode())
