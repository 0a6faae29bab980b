"""Bring a signed release into force: verify, fetch by digest, check, load, probe, switch, drain, unload.

Nothing changes for callers before the one assignment that switches the alias, so every refusal
leaves the running adapter as it was. The adapter before stays loaded: rollback is the switch alone.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from registry import digests
from registry.artifacts import disk_full_named
from registry.errors import DigestMismatch, MunimentError, Unservable
from registry.files import read_whole
from registry.records import Adapter, Release
from registry.release.verification import every_refusal, refuse_revoked
from registry.workspace import Workspace
from serving import seen, weights
from serving.aliases import Aliases
from serving.engine import Engine
from serving.metrics import Metrics
from serving.settings import ServeSection

Verify = Callable[[bytes, int], Release]
"""(signed release, newest version seen) → release; raises Refused or IntegrityError."""

_PROBE_TOKENS = 8
log = logging.getLogger("muniment.serving")


@dataclass
class Rollout:
    """What is loaded and in force in one running server."""

    workspace: Workspace
    section: ServeSection
    verify: Verify
    aliases: Aliases
    metrics: Metrics
    release: Release | None = None
    refused: str = ""
    told: str = ""
    beneath: str = ""
    """Digest of the base that vLLM runs; it outlives a release that is withdrawn."""
    loaded: list[str] = field(default_factory=list)
    _leaving: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def seen_path(self) -> Path:
        return self.workspace.serving / "seen.json"

    def read(self) -> Release:
        """The verified release in the workspace. Raises NotFound, Refused, IntegrityError."""
        data = read_whole(self.workspace.release)
        known = seen.read(self.seen_path)
        seen.require_clock(self.seen_path, known, datetime.now(UTC))
        release = self.verify(data, known.version)
        seen.check(known, release)
        return release

    async def bring(self, release: Release, engine: Engine) -> None:
        """Put a verified release into force. Raises MunimentError and changes nothing otherwise."""
        if self.beneath not in ("", release.base.weights):
            raise Unservable(f"release {release.version} stands on another base model", "restart: muniment serve")
        name = release.adapter.version
        if name not in self.loaded:
            await self._load(release.adapter, engine)
        await asyncio.to_thread(seen.write, self.seen_path, release, datetime.now(UTC))
        before = self.aliases.name(release.alias)
        self.aliases.switch(release.alias, name)
        self.release, self.refused, self.told, self.beneath = release, "", "", release.base.weights
        self.loaded = [*(n for n in self.loaded if n not in (before, name)), *([before] if before else []), name]
        self.loaded = list(dict.fromkeys(self.loaded))
        self.metrics.rollouts.labels("done").inc()
        self.metrics.now_in_force(release.alias, name, release.version)
        log.info("release %d: %s is now %s", release.version, release.alias, name)
        self._retire_older(engine)

    def withdraw_revoked(self) -> None:
        """Stop answering with an adapter that was rejected or revoked after it came into force."""
        if self.release is None:
            return
        try:
            refuse_revoked(self.release, every_refusal(self.workspace))
        except MunimentError as error:
            log.warning("release %d withdrawn: %s", self.release.version, error.message)
            self.aliases.remove(self.release.alias)
            self.metrics.rollouts.labels("withdrawn").inc()
            self.release, self.refused = None, type(error).__name__
            with suppress(MunimentError, OSError, ValueError):
                self.read()  # keeps a refusal that came after the release was read

    def refuse(self, error: MunimentError) -> None:
        """Note that the release in the workspace was refused, once in the log; the running one stays."""
        self.refused = type(error).__name__
        self.metrics.rollouts.labels("refused").inc()
        stays = f"release {self.release.version} stays in force" if self.release else "nothing is in force"
        said = f"{self.refused}: {error.message}; {stays}"
        if said != self.told:
            log.warning("release refused: %s", said)
            self.told = said

    async def reload(self, engine: Engine) -> None:
        """Load again what a vLLM that ended had loaded."""
        self.loaded = []
        if self.release is not None:
            await self._load(self.release.adapter, engine)

    async def _load(self, adapter: Adapter, engine: Engine) -> None:
        path = await asyncio.to_thread(fetch, self.workspace, adapter, self.section.max_lora_rank)
        await engine.load(adapter.version, path)
        try:
            await probe(adapter, engine)
        except MunimentError:
            await engine.unload(adapter.version)
            raise
        self.loaded.append(adapter.version)

    def _retire_older(self, engine: Engine) -> None:
        """Keep the adapters in force and one before; drain and unload the rest, in the background."""
        in_force = set(self.aliases.all().values())
        spare = [name for name in self.loaded if name not in in_force]
        for name in spare[:-1]:
            self.loaded.remove(name)
            task = asyncio.create_task(self._retire(name, engine))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    async def _retire(self, name: str, engine: Engine) -> None:
        if not await self.aliases.drained(name, self.section.drain_s):
            log.warning("%s still answers after %.0f s; unloading it", name, self.section.drain_s)
        if name in self.loaded:
            return
        try:
            await engine.unload(name)
        except MunimentError as error:
            log.warning("%s could not be unloaded: %s", name, error.message)
        shutil.rmtree(self.workspace.serving / "adapters" / name, ignore_errors=True)


def fetch(workspace: Workspace, adapter: Adapter, max_rank: int) -> Path:
    """Copy the adapter out of the store to `serving/adapters/name@digest12`; returns that path.

    The copy is what vLLM will read, so the copy is what is digested and checked. The path is as
    immutable as the name: vLLM's prefix cache knows adapters by both. Raises DigestMismatch,
    NotFound, Unservable, DiskFull.
    """
    target = workspace.serving / "adapters" / adapter.version
    staging = target.with_name(f".{uuid4().hex}")
    with disk_full_named(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copytree(workspace.artifacts.path(adapter.weights), staging, symlinks=True, copy_function=_copy)
            _check_digest(staging, adapter)
            weights.check_adapter(staging, max_rank)
            if target.exists():
                shutil.rmtree(target)
            staging.rename(target)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    return target


def _copy(source: str, target: str) -> None:
    """One file. Raises by our own names, which `copytree` does not put away: DiskFull, DigestMismatch."""
    if not Path(source).is_file():
        raise DigestMismatch(f"{source}, among the weights, is no file", "restore the artifact")
    with disk_full_named(Path(target).parent):
        shutil.copyfile(source, target)


def _check_digest(copy: Path, adapter: Adapter) -> None:
    try:
        found = digests.of_tree(copy)
    except ValueError as error:
        raise DigestMismatch(f"the weights of {adapter.version} hold a link", "restore the artifact") from error
    if found != adapter.weights:
        raise DigestMismatch(
            f"the weights of {adapter.version} were changed: {found[:12]} is not what was approved",
            "restore the artifact from a backup, or train and approve again",
        )


async def probe(adapter: Adapter, engine: Engine) -> None:
    """Serving must see the token ids that training saw, and must answer something. Raises Unservable."""
    if not adapter.golden:
        raise Unservable(f"{adapter.version} has no golden prompts to probe it with", "train it again")
    for golden in adapter.golden:
        if await engine.token_ids(adapter.version, golden.prompt) != golden.token_ids:
            raise Unservable(
                f"vLLM tokenizes a golden prompt of {adapter.version} otherwise than training did",
                "serve with the tokenizer and chat template of the base model it was trained on",
            )
    answer = await engine.answer(adapter.version, adapter.golden[0].prompt, _PROBE_TOKENS)
    if not answer.strip():
        raise Unservable(f"{adapter.version} answers its first golden prompt with nothing", "look at its training run")
