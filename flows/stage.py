"""The stage law: the same inputs, settings and code are looked up, never worked out twice.

A stage's key is a digest over its inputs, its settings and its version. Work happens in a
directory named by the key, so a rerun after a kill resumes there; its results enter the artifact
store by rename and the registry in one transaction. A kill at any byte leaves nothing or everything.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel

from registry import digests
from registry.artifacts import disk_full_named
from registry.commands.session import MOST_REASON_CHARS, sealing_of
from registry.database.store import Registry, StageResult
from registry.erasure.meanwhile import erasures, require_unerased
from registry.errors import DigestMismatch, Erased, IntegrityError, NotFound, Refused
from registry.gate import working
from registry.locks import alone, held
from registry.records import Record
from registry.workspace import Workspace

R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class Stage(Generic[R]):
    """A stage's name, what it produces, and the version of its code (raise it when results change)."""

    name: str
    produces: type[R]
    version: int = 1


@dataclass(frozen=True)
class Done(Generic[R]):
    """What a stage's work returns: its record, and records that it contains (documents of a set).

    `unlike` are further digests where what was read is not what the inputs say: the result has a key of its own then.
    """

    record: R
    members: tuple[Record, ...] = ()
    unlike: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome(Generic[R]):
    """The record, and whether it was looked up instead of worked out. `seconds` is wall time."""

    record: R
    looked_up: bool
    seconds: float


@dataclass(frozen=True)
class Inputs:
    """What a key is made of. `parents` are the records that lineage points to."""

    parents: tuple[Record, ...] = ()
    settings: tuple[BaseModel, ...] = ()
    extra: tuple[str, ...] = ()


def stage_key(stage: Stage[R], inputs: Inputs) -> str:
    """SHA-256 over stage name and version, input digests, settings and extra digests."""
    return digests.of_json(
        {
            "stage": stage.name,
            "version": stage.version,
            "inputs": [record.digest for record in inputs.parents],
            "settings": [section.model_dump(mode="json") for section in inputs.settings],
            "extra": list(inputs.extra),
        }
    )


def once(
    workspace: Workspace, actor: str, stage: Stage[R], inputs: Inputs, work: Callable[[Path], Done[R]], key: str = ""
) -> Outcome[R]:
    """Look the stage up, or do `work(scratch)` and record it. The key named `key` seals the chain when that is due.

    Raises what `work` raises (a refusal is audited and leaves no scratch), Busy when another process is at the same
    stage with the same inputs, and Erased where what it rests on was erased meanwhile.
    """
    started = time.monotonic()
    address = stage_key(stage, inputs)
    scratch = workspace.scratch / address
    found = known(workspace, actor, stage, address)
    if found is not None:
        _sweep(scratch)
        return Outcome(found, True, time.monotonic() - started)
    with disk_full_named(scratch):
        scratch.mkdir(parents=True, exist_ok=True)
    busy = f"another run is at the stage {stage.name} with the same inputs"
    with working(workspace), alone(scratch.with_suffix(".lock"), busy, stage.name):
        found = known(workspace, actor, stage, address)
        if found is not None:
            return Outcome(found, True, time.monotonic() - started)
        with Registry.open(workspace.registry, actor) as registry:
            erased = erasures(registry)
        done = _worked(workspace, actor, stage, inputs, lambda: _whole(work, scratch))
        seconds = time.monotonic() - started
        parents = tuple(record.digest for record in inputs.parents)
        key_of_done = stage_key(stage, replace(inputs, extra=(*inputs.extra, *done.unlike)))
        try:
            with Registry.open(workspace.registry, actor, sealing=sealing_of(workspace, key)) as registry:
                require_unerased(registry, erased, parents)
                registry.commit(StageResult(key_of_done, stage.name, done.record, done.members, parents, seconds))
        except Erased:
            _sweep(scratch)
            raise
    _sweep(scratch)
    return Outcome(done.record, False, seconds)


def at_work(workspace: Workspace) -> tuple[str, ...]:
    """The stages that runs are at now, here or on another machine that has this folder."""
    stages = (held(lock) for lock in sorted(workspace.scratch.glob("*.lock")))
    return tuple(stage for stage in stages if stage is not None)


def known(workspace: Workspace, actor: str, stage: Stage[R], key: str) -> R | None:
    """The stage's record if it is registered and every artifact it holds is intact."""
    with Registry.open(workspace.registry, actor) as registry:
        record = registry.lookup(key)
    if not isinstance(record, stage.produces):
        return None
    try:
        for digest in record.held():
            workspace.artifacts.verified(digest)
    except (NotFound, DigestMismatch):
        return None
    return record


def _worked(
    workspace: Workspace, actor: str, stage: Stage[R], inputs: Inputs, work: Callable[[], Done[R]]
) -> Done[R]:
    try:
        with disk_full_named(workspace.root):
            return work()
    except (Refused, IntegrityError) as refusal:
        subjects = dict.fromkeys((*(record.digest for record in inputs.parents), *refusal.subjects))
        with Registry.open(workspace.registry, actor) as registry:
            registry.refuse(f"stage.{stage.name}", tuple(subjects), refusal.kept[:MOST_REASON_CHARS])
        raise


def _whole(work: Callable[[Path], Done[R]], scratch: Path) -> Done[R]:
    """What was begun is kept for a rerun, except what a rule refused: it would be refused again."""
    try:
        return work(scratch)
    except Refused:
        shutil.rmtree(scratch, ignore_errors=True)
        raise


def _sweep(scratch: Path) -> None:
    """Remove what a finished stage worked with; a run killed after its commit could not."""
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.with_suffix(".lock").unlink(missing_ok=True)
