"""What was erased while a stage worked on another machine: no result that may rest on it is kept.

Where the artifacts lie, whoever erases works alone (`registry.gate`). A machine that uses this registry through a
server may be in the middle of a training meanwhile, and has read by then what is to be gone.
"""

from __future__ import annotations

from collections.abc import Iterable

from registry.database.store import Registry
from registry.erasure.records import Erasure
from registry.errors import Erased

_NEXT = "muniment run makes a new one without it"


def erasures(registry: Registry) -> int:
    """How many there have been."""
    return int(str(registry.query("SELECT count(*) FROM records WHERE kind = ?", Erasure.kind)[0][0]))


def require_unerased(registry: Registry, before: int, parents: Iterable[str]) -> None:
    """Raises Erased where there were `before` erasures as the work began and are more, or one took from a parent."""
    if not (now := registry.all(Erasure)):
        return
    if len(now) > before:
        raise Erased("something was erased while this stage worked, and what it read may hold it", _NEXT)
    gone = {removed.artifact for one in now for removed in one.removed}
    for digest, record in registry.many(parents).items():
        if not gone.isdisjoint(record.held()):
            raise Erased(f"{record.kind} {digest[:12]} held what was erased", _NEXT)
