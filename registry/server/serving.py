"""`muniment registry serve`: this machine's registry for others, over DuckDB's Quack protocol.

One process holds the file and gives every client a session of its own, in which transactions are real. Two ports, one
for readers and one for writers, so that a network may let somebody reach the one and not the other. The server speaks
plain HTTP on the loopback address: whatever carries it further has to bring TLS.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from socket import create_connection

import duckdb

from registry.audit.sealing import Sealing, publish
from registry.database import folding
from registry.database.embedded import Embedded
from registry.database.store import Registry
from registry.database.turns import turn
from registry.database.writing import Writer
from registry.errors import Busy, DiskFull, MunimentError, PortInUse
from registry.server import access, extensions, queueing, tokens
from registry.server.client import literal
from registry.server.footing import Footing, save
from registry.server.tokens import ROLES, Token, TokenRole

log = logging.getLogger("muniment.registry")
_LOOK_S = 0.5
_LEAVE_S, _POLL_S, _ANSWER_S = 5.0, 0.02, 1.0
_OWN = 2
"""The server's sessions: its connection, and the cursor of its rules."""
_OTHER_PORTS = "other ports: --port, --read-port"
_LOCAL = frozenset(("localhost", "127.0.0.1", "::1"))


@dataclass(frozen=True)
class Listening:
    """Where to listen: one host, a port for writers and one for readers."""

    host: str
    writers: int
    readers: int

    @property
    def ports(self) -> dict[TokenRole, int]:
        return {"writer": self.writers, "reader": self.readers}

    @property
    def local(self) -> bool:
        """Whether only this machine can reach it."""
        return self.host in _LOCAL

    def url(self, role: TokenRole) -> str:
        return f"quack:{self.host}:{self.ports[role]}"


def serve(path: Path, known: Path, where: Listening, actor: str, ready: Callable[[], None]) -> None:
    """Serve the registry file until SIGTERM or SIGINT; `ready` is called once it answers.

    `known` is the file of tokens. One that is added to it counts within a second; one that is removed ends its sessions
    as fast. Raises RegistryBusy, PortInUse, ConfigError; IntegrityError where the file is replaced meanwhile.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with (
        turn(path, 10.0) as left_s,
        folding.held(path, left_s, actor) as connection,
        ruled(connection),
    ):
        registry = _registry(connection, path, actor)
        tokens.tell(registry, known)
        admitted = heed(registry, connection, known, {})
        stands = Footing.of(path)
        with answering(connection, where):
            ready()
            while stands.holds(now := Footing.of(path)):
                stands = now
                if stop.wait(_LOOK_S):
                    break
                admitted = _tend(registry, connection, known, admitted)
        if not stands.holds(Footing.of(path)):
            save(registry, path, stands)
        _publish(registry)


Admitted = dict[str, Token]


def _tend(registry: Registry, connection: duckdb.DuckDBPyConnection, known: Path, admitted: Admitted) -> Admitted:
    with suppress(duckdb.OutOfMemoryException):  # somebody's question has it all; next time, then
        admitted = heed(registry, connection, known, admitted)
        access.forget_ended(connection)
        _publish(registry)
    return admitted


def heed(registry: Registry, connection: duckdb.DuckDBPyConnection, known: Path, admitted: Admitted) -> Admitted:
    """Let in the tokens of the file and no others; nobody while it cannot be read, and those who wait again after."""
    try:
        return _heeded(registry, connection, known, admitted)
    except (MunimentError, OSError) as error:
        if admitted:
            log.warning("nobody is let in: %s", error)
            access.admit(connection, {})
        return {}


def _heeded(registry: Registry, connection: duckdb.DuckDBPyConnection, known: Path, admitted: Admitted) -> Admitted:
    """Who is gone goes first, who is new once the chain is told."""
    now = tokens.read(known)
    if now == admitted and not tokens.untold(known):
        return admitted
    left = {name: token for name, token in now.items() if name in admitted and admitted[name].id == token.id}
    access.admit(connection, left)
    with suppress(Busy, DiskFull):  # next time, then
        tokens.tell(registry, known)
        left = tokens.read(known)
    access.admit(connection, left)
    return left


def _publish(registry: Registry) -> None:
    """Checkpoints that clients signed lie outside the file here, too: who made them has them in another workspace."""
    with suppress(DiskFull):  # whoever opens the file next tries again
        publish(registry.connection, registry.sealing.outside)


def _registry(connection: duckdb.DuckDBPyConnection, path: Path, actor: str) -> Registry:
    """The server's own session on what it serves."""
    session, sealing = Embedded(connection, path), Sealing(path.parent / "checkpoints")
    return Registry(session, path, actor, Writer(session, path, 10.0, sealing))


@contextmanager
def ruled(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Under rules that nobody can change any more; they let in nobody yet."""
    extensions.load(connection)
    own = connection.cursor()
    access.install(connection, own)
    queueing.install(connection)
    connection.execute(f"SET GLOBAL quack_authentication_function = '{access.ADMITTED}'")
    connection.execute("SET GLOBAL quack_authorization_function = 'access.allowed'")
    connection.execute("SET temp_directory = ''")  # a question too large for the memory would fill the disk
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    try:
        yield
    finally:
        access.uninstall(connection)
        own.close()


@contextmanager
def answering(connection: duckdb.DuckDBPyConnection, where: Listening) -> Iterator[None]:
    """Both ports open, for whoever is let in by then: a client that waits for the server must not be refused."""
    try:
        for role in ROLES:
            _listen(connection, where, role)
        yield
    finally:
        for role in ROLES:
            with suppress(duckdb.Error):
                connection.execute(f"CALL quack_stop({literal(where.url(role))})")
        _let_finish(connection)


def _let_finish(connection: duckdb.DuckDBPyConnection) -> None:
    """Wait for the statements that ran as the ports closed: of a commit among them somebody may yet be told.

    One that never ends is left to end with the process.
    """
    deadline = time.monotonic() + _LEAVE_S
    while folding.sessions(connection) > _OWN and time.monotonic() < deadline:
        time.sleep(_POLL_S)


def _listen(connection: duckdb.DuckDBPyConnection, where: Listening, role: TokenRole) -> None:
    """The server's own token says which port it is; it opens no session."""
    _require_free(where, role)
    beyond = f", allow_other_hostname => {literal(not where.local)}"
    try:
        connection.execute(f"CALL quack_serve({literal(where.url(role))}, token => {literal(role)}{beyond})")
    except duckdb.Error as error:
        first = str(error).partition("\n")[0]
        raise PortInUse(f"{where.url(role)} cannot be opened: {first}", _OTHER_PORTS) from error


def _require_free(where: Listening, role: TokenRole) -> None:
    """Quack shares a port at which somebody listens, and clients would come to the one or the other. Raises PortInUse.

    What a killed server's clients left of its connections keeps no port.
    """
    with suppress(OSError), create_connection((where.host, where.ports[role]), _ANSWER_S):
        raise PortInUse(f"another server listens at {where.url(role)}", _OTHER_PORTS)
