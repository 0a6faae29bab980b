"""A registry server inside the test's own process, and the registry's tests run against it as against a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from registry.database import connecting, folding, schema
from registry.database.engine import Connection
from registry.server import access, tokens
from registry.server.client import Quack
from registry.server.serving import Listening, answering, ruled
from registry.server.tokens import ROLES, TokenRole
from tests.bench.registry_quack import free_ports


class Houses:
    """Servers by the registry file that they hold; each is started when somebody first opens the file."""

    def __init__(self, stack: ExitStack, path: Path) -> None:
        self._stack, self._servers = stack, dict[Path, Listening]()
        self.secrets: dict[TokenRole, str] = {
            role: tokens.add(path, f"a {role}", role) for role in ROLES
        }
        self._known = tokens.read(path)

    def url(self, path: Path, role: TokenRole = "writer") -> str:
        if path not in self._servers:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = self._stack.enter_context(folding.held(path, 10, "server"))
            where = Listening("localhost", *free_ports(2))
            self._stack.enter_context(ruled(connection))
            access.admit(connection, self._known)
            self._stack.enter_context(answering(connection, where))
            self._servers[path] = where
        return self._servers[path].url(role)

    def session(self, path: Path, role: TokenRole = "writer") -> Quack:
        return Quack(self.url(path, role), self.secrets[role])

    @contextmanager
    def connected(self, path: Path, wait_s: float, actor: str) -> Iterator[Connection]:
        """In place of `registry.database.connecting.connected`."""
        with closing(self.session(path)) as session:
            schema.require_current(session, path)
            yield session


@pytest.fixture
def houses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Houses]:
    with ExitStack() as stack:
        yield Houses(stack, tmp_path_factory.mktemp("tokens") / "tokens.json")


@pytest.fixture
def backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """`file`, or `quack`: every registry that the test opens is then behind a server."""
    kind = str(request.param)
    if kind == "quack":
        found: Houses = request.getfixturevalue("houses")
        monkeypatch.setattr(connecting, "connected", found.connected)
    return kind


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whoever uses `backend` runs against both; what is about the file itself, against the file alone."""
    if "backend" in metafunc.fixturenames:
        alone = metafunc.definition.get_closest_marker("file_alone") is not None
        metafunc.parametrize("backend", ["file"] if alone else ["file", "quack"], indirect=True)
