"""Run the flow here and now, with Prefect's own temporary server and no set-up."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import psutil

from flows.training.quiet import quiet_from_the_start
from registry.errors import Busy
from registry.workspace import Workspace

PREFECT = {
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "300",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_CLI_PROMPT": "false",
    "DO_NOT_TRACK": "1",
}
_PATIENCE_S = 5.0


def run_locally(workspace: Workspace, overrides: tuple[str, ...], leak_test: bool = False) -> list[str]:
    """The flow `retrain` on this workspace; returns the candidates' versions."""
    _prepare(workspace)
    from flows.retrain import retrain

    with interruptible(), served():
        return retrain(str(workspace.root), overrides, leak_test)


def train_locally(workspace: Workspace, overrides: tuple[str, ...]) -> list[str]:
    """The flow `train` on this workspace; returns the adapters' versions."""
    _prepare(workspace)
    from flows.retrain import train

    with interruptible(), served():
        return train(str(workspace.root), overrides)


def _prepare(workspace: Workspace) -> None:
    """Settings already in the environment win, so a PREFECT_API_URL is used where there is one."""
    for name, value in PREFECT.items():
        os.environ.setdefault(name, value)
    os.environ.setdefault("PREFECT_HOME", str(workspace.root.resolve() / ".prefect"))
    quiet_from_the_start()


@contextmanager
def served() -> Iterator[None]:
    """Prefect's own server may be too slow to start on a busy machine. Raises Busy."""
    try:
        yield
    except RuntimeError as error:
        if "ephemeral Prefect API" not in str(error):
            raise
        longer = "run again when the machine is less busy, or set PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS=900"
        raise Busy("the run's own Prefect server did not start in time", longer) from error


@contextmanager
def interruptible(patience_s: float = _PATIENCE_S) -> Iterator[None]:
    """Ctrl-C ends the block as KeyboardInterrupt, or the process with 130 when that takes longer.

    It reaches Prefect's own server as well, which Prefect then asks in vain for minutes to note the end.
    """
    asked, unwound = threading.Event(), threading.Event()

    def end() -> None:
        _end(quietly=unwound.is_set())

    def interrupted(_number: int, _frame: FrameType | None) -> None:
        if asked.is_set():
            end()
        asked.set()
        timer = threading.Timer(patience_s, end)
        timer.daemon = True
        timer.start()
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, interrupted)
    told, sys.unraisablehook = sys.unraisablehook, _hush
    try:
        yield
    except Exception:
        if asked.is_set():
            raise KeyboardInterrupt from None
        raise
    finally:
        unwound.set()
        sys.unraisablehook = told
        signal.signal(signal.SIGINT, before)


def _hush(lost: sys.UnraisableHookArgs) -> None:
    """A Ctrl-C that came while Python tidied up an object is lost there; the timer ends the run all the same."""
    if lost.exc_type is not KeyboardInterrupt:
        sys.__unraisablehook__(lost)


def _end(quietly: bool) -> None:
    """At once, with all that was started: whatever is half done is done anew by the next run."""
    if not quietly:
        sys.stderr.write("interrupted; the same command again goes on where this one ended\n")
        sys.stderr.flush()
    for child in psutil.Process().children(recursive=True):
        child.kill()
    os._exit(130)
