"""What a registry server stands on: its file and the log beside it, which somebody may replace or take away meanwhile.

The engine would go on with what is open and lies nowhere any more: what it acknowledged would end with it, or be
folded into a file that it never belonged to.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from registry.database import folding
from registry.database.copying import copy
from registry.database.store import Registry
from registry.errors import IntegrityError

_ASIDE, _OPEN = "aside", Path("/dev/fd")
Node = tuple[int, int]


@dataclass(frozen=True)
class Footing:
    """The file, by its place on the disk and its state; the log, once there is one."""

    file: Node | None
    state: str | None
    log: Node | None

    @classmethod
    def of(cls, path: Path) -> Footing:
        return cls(_node(path), _state(path), _node(folding.log_of(path)))

    def holds(self, now: Footing) -> bool:
        return (self.file, self.state) == (now.file, now.state) and self.log in (None, now.log)


def save(registry: Registry, path: Path, stood: Footing) -> NoReturn:
    """Write what the server has beside the file, for a restore, and take its log away from a file that is another's.

    Raises IntegrityError, which says where it is.
    """
    log = folding.log_of(path)
    aside = log.with_name(f"{log.name}.{_ASIDE}")
    if _node(log) in {stood.log, *_open_here()} - {None}:
        log.replace(aside)
    kept = path.with_name(f"{path.name}.served-{registry.head().digest[:12]}")
    if not kept.exists():
        copy(registry, kept)
    aside.unlink(missing_ok=True)
    raise IntegrityError(
        f"{path} was replaced or taken away while it was served; what it held until then is in {kept.name}",
        f"put that in place, then serve it again: muniment registry restore {kept}",
    )


def _open_here() -> Iterator[Node | None]:
    """What this process has open: the engine, too, a log that it began since."""
    return map(_node, _OPEN.iterdir())


def _node(path: Path) -> Node | None:
    with suppress(OSError):
        found = path.stat()
        return found.st_dev, found.st_ino
    return None


def _state(path: Path) -> str | None:
    with suppress(OSError):
        return folding.state_of(path)
    return None
