"""A backup put in the registry's place: proved against everything that is known outside it, before and after.

An older copy would forget what was decided since. It is refused, unless an operator signs that the loss is accepted;
then what stands outside and is signed, such as revocations, releases and erasures, is taken in again.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from registry.artifacts import sync
from registry.audit import checkpoint_files, witness
from registry.audit.proving import examine
from registry.audit.sealing import Sealing
from registry.counted import counted
from registry.database import folding
from registry.database.adopting import adopt
from registry.database.backup import aside
from registry.database.changes import Change
from registry.database.connecting import require_file
from registry.database.store import Registry
from registry.database.turns import turn
from registry.erasure.erasure import pending
from registry.errors import IntegrityError, MunimentError, NotFound, RolledBack
from registry.release.verification import OPERATORS
from registry.trust.principals import Trust
from registry.trust.signatory import Signatory
from registry.workspace import Workspace

ACTION = "restore"
WAIT_S = 10.0
_MOST = 100
_MAGIC, _MAGIC_AT = b"DUCK", 8
_DIGEST = "SELECT digest FROM events WHERE sequence = ?"


@dataclass(frozen=True)
class Acceptance:
    """An operator's word that a loss is accepted, and why."""

    by: Signatory
    reason: str


@dataclass(frozen=True)
class Restored:
    """How many events are there now, how many are known to be lost, and what was taken in again from outside.

    `unfinished` erasures have to be ended again: what they removed came back with the backup.
    """

    events: int
    lost: int
    adopted: int
    replaced: Path | None
    unfinished: int = 0


def restore(
    workspace: Workspace, source: Path, trust: Trust, actor: str, acceptance: Acceptance | None = None
) -> Restored:
    """Put the backup in place; the file that was there is kept as `registry.duckdb.replaced`.

    Raises NotFound, RolledBack for a copy that is older than what is known, ChainBroken for a damaged one,
    RegistryBusy, Refused, UnknownSigner.
    """
    require_file(workspace.root, "restoring")
    if not source.is_file():
        raise NotFound(f"there is no backup {source}", "write one: muniment registry backup FILE")
    _require_registry(source)
    path = workspace.registry
    with turn(path, WAIT_S) as left_s, folding.alone(path, left_s), aside(path) as place:
        draft = place / path.name
        shutil.copyfile(source, draft)
        sealing = Sealing(workspace.checkpoints)
        with _named(source, draft), Registry.open(draft, actor, sealing=sealing) as registry:
            (lost, shared), chain, after = _lost(registry, trust, path), registry.chain, registry.head().sequence
            if lost:
                _require(acceptance, lost, shared, after)
            registry.writer.sealing = Sealing(place / "checkpoints", known=True)
            adopted = adopt(registry, workspace, trust)
            if adopted > lost:  # with no registry to compare with, what was signed since tells what is lost
                _require(acceptance, adopted, after, after)
            events = _tell(registry, max(lost, adopted), adopted, acceptance)
            unfinished = len(pending(registry))
        folding.settle(draft)
        sync(draft)
        replaced = _replace(path, draft)
        if lost:
            _set_aside(workspace, chain, after)
    return Restored(events, max(lost, adopted), adopted, replaced, unfinished)


def _require_registry(source: Path) -> None:
    """Raises IntegrityError for a file of another kind, by the name that it was given under."""
    with source.open("rb") as file:
        head = file.read(_MAGIC_AT + len(_MAGIC))
    if head[_MAGIC_AT:] != _MAGIC:
        told = f"{source} cannot be read: it is no registry"
        raise IntegrityError(told, "name a file that muniment registry backup wrote")


@contextmanager
def _named(source: Path, draft: Path) -> Iterator[None]:
    """A spoilt backup goes by the name that it was given under, and sends nobody back to it."""
    try:
        yield
    except IntegrityError as error:
        if str(draft) not in error.message:
            raise
        raise IntegrityError(error.message.replace(str(draft), str(source)), "find another backup") from error


def _lost(registry: Registry, trust: Trust, path: Path) -> tuple[int, int]:
    """How many events are known that the backup does not have, and after which one they come.

    Raises whatever else is wrong with it.
    """
    _, broken = examine(registry, trust, _MOST)
    for error in broken:
        if not isinstance(error, RolledBack):
            raise error
    seen, last = witness.recall(registry.chain), registry.head().sequence
    known = [*checkpoint_files.read(registry.sealing.outside), witness.sequence_of(seen) if seen else -1]
    missing, shared = _missing(registry, path, last)
    return max(0, max(known) - last, missing), shared


def _missing(backup: Registry, path: Path, last: int) -> tuple[int, int]:
    """How many events of the registry that is there now the backup has not, and the last one before these.

    None are missing where there is no registry, or none that can be read.
    """
    if path.exists():
        with suppress(MunimentError), Registry.open(path, backup.actor) as now:
            reached = now.head().sequence
            shared = _shared(now, backup, min(reached, last))
            return reached - shared, shared if reached > shared else last
    return 0, last


def _shared(one: Registry, other: Registry, last: int) -> int:
    """The last event up to which two chains are the same; each event names the one before, so halves tell of wholes."""
    first = -1
    while first < last:
        middle = (first + last + 1) // 2
        digest = one.query(_DIGEST, middle)
        if digest and digest == other.query(_DIGEST, middle):
            first = middle
        else:
            last = middle - 1
    return first


def _require(acceptance: Acceptance | None, lost: int, shared: int, last: int) -> None:
    if acceptance is None:
        how = f"ends at audit event {last}; {lost} later ones are known and"
        if shared < last:
            how = f"goes on otherwise after audit event {shared}; {counted(lost, 'event')} from here"
        raise RolledBack(
            f"the backup {how} would be lost",
            "find a newer backup, or: --accept-loss --reason TEXT --key OPERATOR",
            shared + 1,
        )
    acceptance.by.person(OPERATORS)


def _tell(registry: Registry, lost: int, adopted: int, acceptance: Acceptance | None) -> int:
    """The restore as an event, sealed where somebody answers for a loss; returns how many events there are."""
    who = f"{acceptance.by.person(OPERATORS).name}: {acceptance.reason}; " if acceptance and lost else ""
    held = registry.head().sequence + 1 - adopted
    told = f"{who}from a backup of {counted(held, 'event')}; {lost} lost, {adopted} taken in again"
    change = Change(ACTION, (), told, sealed=bool(who))
    registry.apply(change, acceptance.by if acceptance and lost else None)
    return registry.head().sequence + 1


def _replace(path: Path, draft: Path) -> Path | None:
    """One rename; the file before stays beside it, with a log that it may have left."""
    path = path.resolve()
    before, log = path.with_name(f"{path.name}.replaced"), folding.log_of(path)
    kept = path.exists()
    if kept:
        for left in (before, folding.log_of(before)):
            left.unlink(missing_ok=True)
        before.hardlink_to(path)
        if log.exists():
            shutil.copyfile(log, folding.log_of(before))
        folding.hand_over(path, draft)
        folding.finish(path)
    else:
        draft.replace(path)
        sync(path.parent)
    return before if kept else None


def _set_aside(workspace: Workspace, chain: str, after: int) -> None:
    """Checkpoints of what is lost are evidence, and no longer of this chain."""
    away = workspace.checkpoints / f"lost-after-{after}"
    for number in checkpoint_files.read(workspace.checkpoints):
        if number > after:
            away.mkdir(exist_ok=True)
            path = checkpoint_files.path_in(workspace.checkpoints, number)
            path.replace(away / path.name)
    witness.forget(chain)
