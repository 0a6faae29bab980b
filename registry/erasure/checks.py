"""Whether what is gone was erased by somebody who may, and whether what was erased is gone.

A tombstone that no signed erasure names would be a way to hide what was tampered with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from registry.counted import counted
from registry.database.store import Registry
from registry.erasure.erasure import pending
from registry.erasure.records import Erasure, Tombstone
from registry.erasure.signed import by_an_officer
from registry.erasure.tombstones import marks
from registry.trust.principals import Trust
from registry.workspace import Workspace

Checked = tuple[str, str, bool]
"""(what it is about, a sentence, whether bytes are not what was signed)"""


def erased_wrongly(registry: Registry, workspace: Workspace, trusts: Sequence[Trust]) -> Iterator[Checked]:
    """What does not fit between erasures, their tombstones and what is there. `trusts`: by version, oldest first."""
    signed = {one.digest: one for one in registry.all(Erasure) if by_an_officer(registry, one, trusts)}
    unfinished = {one.digest for one in pending(registry)}
    for one in registry.all(Erasure):
        name = f"erasure {one.digest[:12]}"
        if one.digest not in signed:
            yield name, "bears no privacy officer's signature that holds", True
        if one.digest in unfinished:
            yield name, "was not finished: muniment erase --yes", False
            continue
        for removed in one.removed:
            if workspace.artifacts.has(removed.artifact):
                yield f"artifact {removed.artifact[:12]}", f"was erased and is back ({name})", True
    yield from _artifacts(workspace, signed)
    yield from _records(registry, signed)


def erased_rightly(registry: Registry, trusts: Sequence[Trust]) -> Iterator[tuple[str, str]]:
    """What was erased, by whose signature: (what, a sentence)."""
    for one in registry.all(Erasure):
        if by_an_officer(registry, one, trusts):
            what = f"{counted(len(one.removed), 'artifact')} and {counted(len(one.tombstones), 'record')}"
            yield f"erasure {one.digest[:12]}", f"{what} were erased by {one.principal} on {one.issued:%Y-%m-%d}"


def _artifacts(workspace: Workspace, signed: dict[str, Erasure]) -> Iterator[Checked]:
    for digest, said in marks(workspace.artifacts):
        if said is None or said.digest not in signed:
            yield f"artifact {digest[:12]}", "has a tombstone that no signed erasure names", True


def _records(registry: Registry, signed: dict[str, Erasure]) -> Iterator[Checked]:
    graves = {of: grave for one in signed.values() for of, grave in one.tombstones.items()}
    for grave in registry.all(Tombstone):
        if graves.get(grave.of) != grave.digest:
            yield f"record {grave.of[:12]}", "is a tombstone that no signed erasure names", True
