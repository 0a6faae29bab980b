"""`muniment registry serve`: this machine's registry for others, over DuckDB's Quack protocol.

One process holds the file and gives every client a session of its own, in which transactions are real. Two ports, one
for readers and one for writers, since a rule learns by which port a session came, and not with which token. The server
speaks plain HTTP on the loopback address: whatever carries it further has to bring TLS.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from registry.database import schema
from registry.database.turns import turn
from registry.errors import PortInUse
from registry.server import access, extensions
from registry.server.access import TokenRole
from registry.server.client import literal

_LOOK_S = 0.5
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


def serve(path: Path, tokens: Path, where: Listening, actor: str, ready: Callable[[], None]) -> None:
    """Serve the registry file until SIGTERM or SIGINT; `ready` is called once it answers.

    Tokens that are added or removed meanwhile count within a second. Raises RegistryBusy, PortInUse, ConfigError.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with (
        turn(path, 10.0) as left_s,
        closing(schema.connect(path, left_s, actor)) as connection,
        answering(connection, where),
    ):
        known = access.read(tokens)
        access.admit(connection, known)
        ready()
        while not stop.wait(_LOOK_S):
            if (now := access.read(tokens)) != known:
                access.admit(connection, now)
                known = now


@contextmanager
def answering(connection: duckdb.DuckDBPyConnection, where: Listening) -> Iterator[None]:
    """Both ports open, under rules that nobody can change any more."""
    extensions.load(connection)
    access.install(connection, where.ports)
    connection.execute("SET GLOBAL quack_authentication_function = 'access.admitted'")
    connection.execute("SET GLOBAL quack_authorization_function = 'access.allowed'")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    for role in access.ROLES:
        _listen(connection, where, role)
    try:
        yield
    finally:
        for role in access.ROLES:
            with suppress(duckdb.Error):
                connection.execute(f"CALL quack_stop({literal(where.url(role))})")


def _listen(connection: duckdb.DuckDBPyConnection, where: Listening, role: TokenRole) -> None:
    """The server's own token says which port it is; it opens no session."""
    beyond = f", allow_other_hostname => {literal(not where.local)}"
    try:
        connection.execute(f"CALL quack_serve({literal(where.url(role))}, token => {literal(role)}{beyond})")
    except duckdb.Error as error:
        first = str(error).partition("\n")[0]
        raise PortInUse(f"{where.url(role)} cannot be opened: {first}", "other ports: --port, --read-port") from error
