"""Run the flow here and now, with Prefect's own temporary server and no set-up."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import wraps
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import psutil

from flows.base.quiet import quiet_from_the_start
from flows.console import doing
from registry.errors import KEPT, Busy, ConfigError, DiskFull, MunimentError
from registry.files import expanded, nearest, writable
from registry.workspace import Workspace

if TYPE_CHECKING:
    from prefect import Flow

P = ParamSpec("P")
R = TypeVar("R")
Handler = Callable[[int, FrameType | None], None]

PREFECT = {
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "300",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_CLI_PROMPT": "false",
    "DO_NOT_TRACK": "1",
}
_PATIENCE_S = 5.0
_SERVER_BYTES = 4 * 2**20
"""What the database of Prefect's own server takes; without, it tries for minutes to start."""
_LONGEST_HOME = 480
"""Bytes of its folder's path: SQLite opens none of 512 and more, and has a journal beside."""
_OWNER = "SERVED_RUN_PID"
"""Process id of the run that started a Prefect server, in the server's environment: its parent, while it lives."""
_SERVER = "prefect.server.api.server:create_app"


def run_locally(workspace: Workspace, overrides: tuple[str, ...], leak_test: bool = False) -> list[str]:
    """The flow `retrain` on this workspace; returns the candidates' versions."""
    _prepare(workspace)
    from flows.retrain import retrain

    with interruptible() as stopped, served():
        return _heard(retrain, stopped)(str(workspace.root), overrides, leak_test)


def train_locally(workspace: Workspace, overrides: tuple[str, ...]) -> list[str]:
    """The flow `train` on this workspace; returns the adapters' versions."""
    _prepare(workspace)
    from flows.retrain import train

    with interruptible() as stopped, served():
        return _heard(train, stopped)(str(workspace.root), overrides)


def _prepare(workspace: Workspace) -> None:
    """Settings already in the environment win, so a PREFECT_API_URL is used where there is one."""
    expanded(Path("~"))  # Prefect asks for it as it is imported
    doing("starting the flow: seconds, on a busy machine a minute or two")
    for name, value in PREFECT.items():
        os.environ.setdefault(name, value)
    os.environ.setdefault("PREFECT_HOME", str(workspace.root.resolve() / ".prefect"))
    if not os.environ.get("PREFECT_API_URL"):
        require_room(Path(os.environ["PREFECT_HOME"]))
        require_sound(Path(os.environ["PREFECT_HOME"]) / "prefect.db")
    end_left_servers()
    os.environ[_OWNER] = str(os.getpid())
    quiet_from_the_start()


def require_room(home: Path) -> None:
    """Raises DiskFull or ConfigError where Prefect's own server could not keep its database."""
    if len(os.fsencode(home)) > _LONGEST_HOME:
        said = f"the path of {home.name}, for the database of the run's own Prefect server, is longer than SQLite opens"
        raise ConfigError(said, "move the workspace to a shorter path, or set PREFECT_HOME to one")
    there = nearest(home)
    if not writable(there):
        raise ConfigError(
            f"nothing can be written in {there}, where the run's own Prefect server keeps its database",
            "see that you may write there; where a run of another user made it, set PREFECT_HOME to a folder of yours",
        )
    if shutil.disk_usage(there).free < _SERVER_BYTES:
        raise DiskFull(f"no space left in {there} for the run's own Prefect server", "free some space and run again")


def require_sound(database: Path) -> None:
    """Raises MunimentError where a bad disk or a power cut left what Prefect's own server tries for minutes to open."""
    if not database.exists():
        return
    try:
        with closing(sqlite3.connect(database)) as opened:
            sound = opened.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
    except sqlite3.OperationalError:  # another run's, at this moment
        return
    except sqlite3.DatabaseError:
        sound = False
    if not sound:
        past = "it holds what Prefect wrote of past runs, and nothing of the registry"
        raise MunimentError(f"{database}, of the run's own Prefect server, is damaged", f"remove it: {past}; run again")


def end_left_servers() -> None:
    """A run that is killed at once leaves its Prefect server behind, which would hold a port and memory for ever."""
    for process in psutil.process_iter():
        try:
            owner = process.environ().get(_OWNER) if _SERVER in process.cmdline() else None
            if owner and owner != str(process.ppid()):
                process.kill()
        except psutil.Error:  # of somebody else, or gone meanwhile
            continue


def _heard(walk: Flow[P, R], stopped: Handler | None) -> Flow[P, R]:
    """The flow with our own ear for SIGTERM: at Prefect's it would ask a server in vain that got the signal too."""
    from prefect import flow

    if stopped is None:
        return walk

    @wraps(walk.fn)
    def body(*given: P.args, **named: P.kwargs) -> R:
        before = signal.signal(signal.SIGTERM, stopped)
        try:
            return walk.fn(*given, **named)
        finally:
            signal.signal(signal.SIGTERM, before)

    return flow(name=walk.name)(body)


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
def interruptible(patience_s: float = _PATIENCE_S) -> Iterator[Handler | None]:
    """Ctrl-C ends the block as KeyboardInterrupt, SIGTERM as the handler says that was there, or the process with 130
    or 143 when that takes longer. Gives what hears them; None where signals are heard elsewhere.

    Both may reach Prefect's own server as well, which Prefect then asks in vain for minutes to note the end.
    """
    asked, unwound = list[signal.Signals](), threading.Event()

    def stopped(number: int, frame: FrameType | None) -> None:
        if asked:
            _end(asked[0], quietly=unwound.is_set())
        asked.append(signal.Signals(number))
        timer = threading.Timer(patience_s, lambda: _end(asked[0], quietly=unwound.is_set()))
        timer.daemon = True
        timer.start()
        raised(number, frame)

    def raised(number: int, frame: FrameType | None) -> None:
        if number == signal.SIGTERM and callable(before[number]):
            before[number](number, frame)
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield None
        return
    before: dict[int, Any] = {number: signal.signal(number, stopped) for number in (signal.SIGINT, signal.SIGTERM)}
    told, sys.unraisablehook = sys.unraisablehook, _hush
    try:
        yield stopped
    except Exception:
        if asked:
            raised(asked[0], None)
        raise
    finally:
        unwound.set()
        sys.unraisablehook = told
        for number, handler in before.items():
            signal.signal(number, handler)


def _hush(lost: sys.UnraisableHookArgs) -> None:
    """A Ctrl-C that came while Python tidied up an object is lost there; the timer ends the run all the same."""
    if lost.exc_type is not KeyboardInterrupt:
        sys.__unraisablehook__(lost)


def _end(asked: signal.Signals, quietly: bool) -> None:
    """At once, with all that was started: whatever is half done is done anew by the next run."""
    if not quietly:
        said = "interrupted" if asked is signal.SIGINT else "terminated"
        sys.stderr.write(f"{said}; {KEPT}\n")
        sys.stderr.flush()
    for child in psutil.Process().children(recursive=True):
        child.kill()
    os._exit(128 + asked)
