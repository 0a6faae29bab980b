"""One server: vLLM beneath, the gateway in front, a watcher on the signed release; all start and end together.

Read `_Server.run` for the order: verify the release, take the port, start vLLM, roll out, watch.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from filelock import FileLock, Timeout

from governance.policy import policy_of
from registry.errors import Busy, NotFound, ServerDied
from registry.progress import Progress
from registry.records import Release
from registry.release.verification import verify_release
from registry.trust.root import load_pinned
from registry.workspace import Workspace
from serving import refusals
from serving.access import Doorkeeper, api_keys
from serving.aliases import Aliases
from serving.feedback.desk import desk_for
from serving.gateway import Gateway
from serving.guard.detector import Detector
from serving.guard.guard import guard_for
from serving.listener import listen, runner_of
from serving.metrics import Metrics
from serving.rollout import Rollout, Verify
from serving.settings import ServeSection
from serving.vllm import Vllm
from serving.watch import watch

log = logging.getLogger("muniment.serving")
_LOOK_S = 0.2
_RESTART_WINDOW_S = 600.0


@dataclass(frozen=True)
class Address:
    """Where applications find the server."""

    url: str
    alias: str
    adapter: str

    @property
    def api(self) -> str:
        """`base_url` for an OpenAI client."""
        return f"{self.url}/v1"


OnReady = Callable[[Address], None]


def serve(
    workspace: Workspace, section: ServeSection, on_ready: OnReady | None = None, progress: Progress | None = None
) -> None:
    """Serve the release of `workspace` until SIGINT or SIGTERM; leaves nothing running.

    `on_ready` is called once requests are answered, `progress` with (seconds waited, seconds
    allowed) while vLLM starts. Raises NotFound without a release, the error of a release that must
    not be served, PortInUse, Busy when this workspace is served already, ServerDied.
    """
    with _alone(workspace):
        asyncio.run(_Server(workspace, section, on_ready, progress).run())


@contextmanager
def running(workspace: Workspace, section: ServeSection, progress: Progress | None = None) -> Iterator[Address]:
    """`serve` in a thread, for as long as the block lasts; yields once requests are answered."""
    ready = threading.Event()
    found: list[Address] = []
    failed: list[BaseException] = []

    def answered(address: Address) -> None:
        found.append(address)
        ready.set()

    server = _Server(workspace, section, answered, progress)

    def work() -> None:
        try:
            with _alone(workspace):
                asyncio.run(server.run())
        except BaseException as error:  # noqa: BLE001 - carried to the thread that waits
            failed.append(error)
        ready.set()

    thread = threading.Thread(target=work, name="muniment-serve")
    thread.start()
    try:
        ready.wait()
        if failed:
            raise failed[0]
        yield found[0]
    finally:
        server.stop()
        thread.join()


@contextmanager
def _alone(workspace: Workspace) -> Iterator[None]:
    workspace.serving.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(workspace.serving / "lock", timeout=0):
            yield
    except Timeout as error:
        raise Busy(f"{workspace.root} is being served already", "stop that server first") from error


@dataclass
class _Server:
    workspace: Workspace
    section: ServeSection
    on_ready: OnReady | None = None
    progress: Progress | None = None
    _loop: asyncio.AbstractEventLoop | None = None
    _stopped: asyncio.Event = field(default_factory=asyncio.Event)
    _asked_to_stop: bool = False

    def stop(self) -> None:
        """From any thread, also before `run`."""
        self._asked_to_stop = True
        if self._loop is not None and not self._loop.is_closed():
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._stopped.set)

    async def run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._heed_signals(self._loop)
        if self._asked_to_stop:
            return
        aliases, metrics = Aliases({"base": "base"} if self.section.expose_base else {}), Metrics()
        rollout = Rollout(self.workspace, self.section, verifier(self.workspace), aliases, metrics)
        release = await asyncio.to_thread(first_release, rollout)
        base = await asyncio.to_thread(self.workspace.artifacts.verified, release.base.weights)
        guard = guard_for(self.section.guard, policy_of(self.workspace).pii, metrics)
        desk = desk_for(self.section.feedback, self.workspace, metrics)
        gateway = Gateway(self.section, Doorkeeper(api_keys(self.workspace)), aliases, rollout, metrics, guard, desk)
        vllm = Vllm(self.section, base, self.workspace.serving / "vllm.log")
        runner = runner_of(gateway.application(), self.section)
        address = self.workspace.serving / "address.json"
        try:
            url = await listen(runner, self.section)
            await self._unless_stopped(self._live(vllm, gateway, release, url))
        finally:
            address.unlink(missing_ok=True)
            gateway.engine = None
            await runner.cleanup()
            for detector in _detectors(gateway):
                detector.close()
            await vllm.stop()

    async def _live(self, vllm: Vllm, gateway: Gateway, release: Release, url: str) -> None:
        vllm.start()
        engine, _ = await asyncio.gather(vllm.wait_ready(self.progress), _warm(_detectors(gateway)))
        await gateway.rollout.bring(release, engine)
        gateway.engine = engine
        gateway.metrics.engine_up.set(1)
        address = Address(url, release.alias, release.adapter.version)
        (self.workspace.serving / "address.json").write_text(json.dumps({"url": url, "pid": os.getpid()}))
        if self.on_ready:
            self.on_ready(address)
        await asyncio.gather(self._keep_alive(vllm, gateway), watch(gateway, _LOOK_S))

    async def _keep_alive(self, vllm: Vllm, gateway: Gateway) -> None:
        """Starts a vLLM that ended once more; ended again within ten minutes, gives up (ServerDied)."""
        last = -_RESTART_WINDOW_S
        while True:
            await asyncio.sleep(_LOOK_S)
            if not vllm.ended():
                continue
            gateway.engine = None
            gateway.metrics.engine_up.set(0)
            if time.monotonic() - last < _RESTART_WINDOW_S:
                raise ServerDied("vLLM ended twice within ten minutes", f"read {self.workspace.serving / 'vllm.log'}")
            last = time.monotonic()
            log.warning("vLLM ended; starting it again")
            await vllm.stop()
            await asyncio.to_thread(self.workspace.artifacts.verified, gateway.rollout.beneath)
            vllm.start()
            engine = await vllm.wait_ready()
            await gateway.rollout.reload(engine)
            gateway.engine = engine
            gateway.metrics.engine_up.set(1)

    async def _unless_stopped(self, work: Coroutine[None, None, None]) -> None:
        """Runs `work` until it ends or a stop is asked for."""
        working, stopping = asyncio.ensure_future(work), asyncio.ensure_future(self._stopped.wait())
        try:
            await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                working.result()
        finally:
            for task in (working, stopping):
                task.cancel()
            await asyncio.gather(working, stopping, return_exceptions=True)

    def _heed_signals(self, loop: asyncio.AbstractEventLoop) -> None:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, self._stopped.set)


async def _warm(detectors: Sequence[Detector]) -> None:
    await asyncio.gather(*(one.warm() for one in detectors))


def _detectors(gateway: Gateway) -> list[Detector]:
    return [one.detector for one in (gateway.guard, gateway.desk) if one is not None]


def verifier(workspace: Workspace) -> Verify:
    """Verification against the trust root, read anew each time (it may be rotated) and held to the one seen first."""

    def verify(data: bytes, seen: int) -> Release:
        now = datetime.now(UTC)
        trust = load_pinned(workspace.trust, workspace.serving / "trust.pin", now)
        return verify_release(data, trust, now, seen, refusals=refusals.known(workspace, trust))

    return verify


def first_release(rollout: Rollout) -> Release:
    """Raises NotFound with what to do when nothing was promoted yet."""
    try:
        return rollout.read()
    except FileNotFoundError as error:
        raise NotFound(
            f"nothing is released in {rollout.workspace.root}",
            "promote an approved adapter: muniment promote ADAPTER production",
        ) from error
