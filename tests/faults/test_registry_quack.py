"""Many clients at one registry server: nothing acknowledged is lost, whoever dies."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path
from socket import create_connection
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Event, Thread, get_ident

import duckdb
import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.status.doctor import examine
from flows.status.standing import standing_of
from registry.audit import chain
from registry.database import schema
from registry.database.connecting import RegistrySection, connected
from registry.database.folding import held
from registry.database.restoring import restore
from registry.database.store import Registry
from registry.errors import ConfigError, NotFound, PortInUse, Refused, RegistryBusy, RegistryUnreachable
from registry.records import Document
from registry.server import access, client, serving, tokens
from registry.server.serving import Listening, answering, ruled
from registry.workspace import Workspace
from tests.bench.registry_quack import Server, free_ports, lost, served
from tests.quack_house import Houses
from tests.registered import make_place

MANY = 200_000


@pytest.fixture
def guest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace whose registry is a server that does not run."""
    workspace = Workspace(tmp_path / "guest")
    workspace.root.mkdir()
    workspace.pipeline.write_text('documents: d\nbase_model: b\nregistry: {url: "quack:localhost:9"}\n')
    monkeypatch.setenv("MUNIMENT_REGISTRY_TOKEN", "mr-any")
    return workspace


def test_sixteen_clients_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    missing, _ = lost(tmp_path, clients=16, operations=5)

    assert missing == 0


def test_a_killed_server_has_kept_all_that_it_acknowledged(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        clients = [server.client(f"client{n}", 500) for n in range(2)]
        _wait_for_lines(clients[0].stdout, 5)
        server.process.kill()
        acknowledged = 5 + sum(len(client.communicate()[0].splitlines()) for client in clients)

    with Registry.open(server.home.registry, "eve") as registry:
        chain.verify_chain(registry.events())
        done = [event for event in registry.events() if event.action == "add"]
        assert acknowledged <= len(done) <= acknowledged + len(clients)
        assert len(registry.all(Document)) == len(done)


def test_a_commit_acknowledged_by_a_server_that_was_being_stopped_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "registry.duckdb"
    with ThreadPoolExecutor() as beside, ExitStack() as stack:
        session = Houses(stack, tmp_path / "tokens.json").session(file)
        session.begin()
        rows = f"SELECT 'k', 's', 'r', 0, now()::TIMESTAMP, range FROM range({MANY})"
        session.execute(f"INSERT INTO stages {rows}").fetchall()
        with duckdb.connect(str(file), config=schema.SETTINGS) as server:
            committing = beside.submit(session.commit)
            while not server.execute("FROM quack_active_connections() WHERE query = 'COMMIT'").fetchall():
                time.sleep(0.001)

    committing.result()
    with connected(file, 10, "eve") as registry:
        assert registry.execute("SELECT count(*) FROM stages").fetchall() == [(MANY,)]


def test_a_killed_client_leaves_nothing_half_and_holds_nobody_up(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        victim = server.client("victim", 500)
        _wait_for_lines(victim.stdout, 3)
        os.kill(victim.pid, signal.SIGKILL)
        victim.wait()

        assert len(server.client("other", 5).communicate()[0].splitlines()) == 5

    with Registry.open(server.home.registry, "eve") as registry:
        chain.verify_chain(registry.events())
        assert len(registry.all(Document)) == len([e for e in registry.events() if e.action == "add"])


def test_a_token_that_is_taken_away_opens_nothing_any_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(tmp_path) as server:
        monkeypatch.setenv("MUNIMENT_REGISTRY_TOKEN", server.token)
        with Registry.open(server.guest.registry, "eve") as registry:
            registry.refuse("try", (), "known")
        tokens.remove(server.home.registry_tokens, "clients")

        with pytest.raises(Refused):
            _until_refused(server)

        with pytest.raises(Refused, match="does not know this token"), Registry.open(server.guest.registry, "eve"):
            pass


def test_a_server_that_is_gone_is_named_and_so_is_a_missing_token(
    guest: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(RegistryUnreachable), Registry.open(guest.registry, "eve"):
        pass
    monkeypatch.delenv("MUNIMENT_REGISTRY_TOKEN")
    monkeypatch.setenv("MUNIMENT_KEYS", str(tmp_path / "no keys"))
    with pytest.raises(ConfigError, match="no token"), Registry.open(guest.registry, "eve"):
        pass


def test_a_commit_whose_answer_is_lost_is_said_to_be_perhaps_done(
    houses: Houses, guest: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUNIMENT_REGISTRY_TOKEN", houses.secrets["writer"])
    with cut_at(houses.url(guest.root / "there.duckdb"), b"COMMIT") as url:
        guest.pipeline.write_text(f'registry: {{url: "{url}"}}\n')
        with Registry.open(guest.registry, "eve") as registry, pytest.raises(RegistryUnreachable) as told:
            registry.refuse("try", (), "known")

    assert "there as a whole, or not at all" in told.value.message
    assert told.value.next_step == "see whether it is before you repeat it: muniment list"
    with closing(houses.session(guest.root / "there.duckdb")) as session:
        assert session.execute("SELECT count(*) FROM events").fetchall() == [(1,)]


def test_a_server_of_something_else_is_not_taken_for_a_registry(guest: Workspace) -> None:
    with answered_by(lambda _: b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello") as url:
        guest.pipeline.write_text(f'registry: {{url: "{url}"}}\n')
        with pytest.raises(RegistryUnreachable, match="no registry server"), Registry.open(guest.registry, "eve"):
            pass


def test_a_way_that_is_cut_in_silence_is_named(guest: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "PATIENCE_S", 0.1)
    over = Event()
    with answered_by(lambda _: b"late" if over.wait(10) else b"") as url:
        guest.pipeline.write_text(f'registry: {{url: "{url}"}}\n')
        with pytest.raises(RegistryUnreachable, match="has not answered"), Registry.open(guest.registry, "eve"):
            pass
        over.set()


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C is heard, as on a terminal: where several run tests, those that do ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_nobody_has_to_wait_for_an_answer_that_does_not_come(guest: Workspace, interruptible: None) -> None:
    over, waited_for = Event(), list[bool]()

    def interrupt(_: bytes) -> bytes:
        signal.pthread_kill(get_ident(), signal.SIGINT)  # a thread that waits for nothing: the system may choose any
        waited_for.append(not over.wait(10))
        return b""

    with answered_by(interrupt) as url:
        guest.pipeline.write_text(f'registry: {{url: "{url}"}}\n')
        with pytest.raises(KeyboardInterrupt), Registry.open(guest.registry, "eve"):
            pass
        over.set()

    assert waited_for == [False]


@pytest.mark.parametrize("url", ["quack:localhost:0", "quack:localhost:65536", "quack:localhost", "http://localhost:1"])
def test_an_address_that_nobody_can_have_is_refused_as_a_setting(url: str) -> None:
    with pytest.raises(ValueError, match="quack:HOST:PORT"):
        RegistrySection(url=url)


@pytest.mark.parametrize("url", ["quack:[::1]:9", "quack:[:::]:9", "quack:-:9"])
def test_an_address_that_nobody_has_is_named(guest: Workspace, url: str) -> None:
    guest.pipeline.write_text(f'registry: {{url: "{url}"}}\n')

    with pytest.raises(RegistryUnreachable), Registry.open(guest.registry, "eve"):
        pass


def test_a_token_that_is_no_text_is_nobodys(
    houses: Houses, guest: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    guest.pipeline.write_text(f'registry: {{url: "{houses.url(guest.root / "there.duckdb")}"}}\n')
    monkeypatch.setenv("MUNIMENT_KEYS", str(tmp_path))
    (tmp_path / "registry.token").write_bytes(b"\xff\xfe")

    for named in ("mr-\udcff", ""):
        monkeypatch.setenv("MUNIMENT_REGISTRY_TOKEN", named)
        with pytest.raises(Refused, match="does not know this token"), Registry.open(guest.registry, "eve"):
            pass


def test_the_file_is_the_servers_alone_while_it_runs(tmp_path: Path) -> None:
    with (
        served(tmp_path) as server,
        pytest.raises(RegistryBusy, match=str(server.process.pid)),
        connected(server.home.registry, 0.2, "eve"),
    ):
        pass


def test_no_two_servers_share_a_port(houses: Houses, tmp_path: Path) -> None:
    taken = int(houses.url(tmp_path / "one.duckdb").rpartition(":")[2])
    where = Listening("localhost", taken, *free_ports(1))

    with (
        held(tmp_path / "two.duckdb", 10, "eve") as connection,
        ruled(connection),
        pytest.raises(PortInUse, match="another server"),
        answering(connection, where),
    ):
        pass


def test_a_server_starts_again_at_a_port_whose_clients_are_still_there(tmp_path: Path) -> None:
    home, (writers, readers) = Workspace(tmp_path), free_ports(2)
    tokens.add(home.registry_tokens, "clients", "writer")
    ports = ["--port", str(writers), "--read-port", str(readers)]
    with ExitStack() as clients:
        for _ in range(2):
            serve = [sys.executable, "-m", "flows.cli", "-C", str(home.root), "registry", "serve", *ports]
            process = subprocess.Popen(serve, stdout=subprocess.PIPE, text=True)
            assert process.stdout is not None
            assert process.stdout.readline().startswith("writers:")
            clients.enter_context(create_connection(("localhost", writers)))
            process.kill()
            process.wait()


@pytest.fixture
def handlers(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], None]]:
    """What stops a server in this very process."""
    caught: list[Callable[[], None]] = []
    monkeypatch.setattr(signal, "signal", lambda _, handler: caught.append(handler))
    monkeypatch.setattr(serving, "_LOOK_S", 0.01)
    return caught


def serve_here(place: Path, ready: Callable[[], None] = lambda: None) -> None:
    known, where = place / "tokens.json", Listening("localhost", *free_ports(2))
    tokens.add(known, "clients", "writer")
    serving.serve(place / "registry.duckdb", known, where, "eve", ready)


def test_a_port_opens_to_tokens_that_are_let_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, handlers: list[Callable[[], None]]
) -> None:
    """A client that tries again and again until the server is back is never told that it is unknown."""
    counted: list[object] = []

    def listen(connection: duckdb.DuckDBPyConnection, *_: object) -> None:
        counted.extend(connection.execute("SELECT count(*) FROM access.tokens").fetchall())

    def ready() -> None:
        handlers[0]()

    monkeypatch.setattr(serving, "_listen", listen)
    serve_here(tmp_path, ready)

    assert counted == [(1,), (1,)]


def test_a_server_outlives_a_moment_without_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, handlers: list[Callable[[], None]]
) -> None:
    tried: list[object] = []

    def forget(connection: object) -> None:
        tried.append(connection)
        if len(tried) == 1:
            raise duckdb.OutOfMemoryException("somebody's question has it all")
        handlers[0]()

    monkeypatch.setattr(access, "forget_ended", forget)
    serve_here(tmp_path)

    assert len(tried) == 2


def test_what_needs_the_file_itself_is_refused_from_afar(guest: Workspace, tmp_path: Path) -> None:
    place = make_place(tmp_path)

    with pytest.raises(ConfigError, match="needs the registry file"):
        restore(guest, tmp_path / "backup", place.trust, "eve")


@pytest.mark.parametrize("words", [("serve",), ("token", "list"), ("token", "new", "x"), ("token", "remove", "x")])
def test_a_guest_serves_nothing_and_has_no_tokens_of_its_own(guest: Workspace, words: tuple[str, ...]) -> None:
    said = CliRunner().invoke(app, ["-C", str(guest.root), "registry", *words])

    assert isinstance(said.exception, ConfigError), said.output
    assert "needs the registry file" in said.exception.message
    assert said.exception.next_step == "do it on its machine, in a workspace without registry.url"
    assert not guest.registry.exists()


@pytest.mark.parametrize("words", [("serve",), ("token", "new", "x")])
def test_a_mistyped_folder_is_not_shared_as_an_empty_registry(tmp_path: Path, words: tuple[str, ...]) -> None:
    said = CliRunner().invoke(app, ["-C", str(tmp_path), "registry", *words])

    assert isinstance(said.exception, NotFound), said.output
    assert said.exception.message == f"{tmp_path} is no workspace"
    assert "-C DIR" in said.exception.next_step
    assert list(tmp_path.iterdir()) == []


def test_what_a_guest_is_told_comes_from_the_server_or_not_at_all(guest: Workspace) -> None:
    with pytest.raises(RegistryUnreachable):
        standing_of(guest)
    found = next(one for one in examine(guest) if one.name == "registry")

    assert found.state == "bad"
    assert "does not answer" in found.found


def test_a_transaction_that_is_given_up_leaves_nothing(houses: Houses, tmp_path: Path) -> None:
    session = houses.session(tmp_path / "registry.duckdb")
    session.begin()
    session.execute("INSERT INTO events VALUES (0, 'x', '{}')").fetchall()
    session.rollback()

    assert session.execute("SELECT count(*) FROM events").fetchall() == [(0,)]
    session.close()


Answer = Callable[[bytes], bytes]


@contextmanager
def answered_by(answer: Answer) -> Iterator[str]:
    """The url of an HTTP server that answers each request, as it came, with these bytes."""

    class Asked(StreamRequestHandler):
        def handle(self) -> None:
            head = b"".join(iter(self.rfile.readline, b"\r\n"))
            length = re.search(rb"(?i)content-length: *([0-9]+)", head)
            self.wfile.write(answer(head + b"\r\n" + self.rfile.read(int(length[1]) if length else 0)))

    with ThreadingTCPServer(("localhost", 0), Asked) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"quack:localhost:{server.server_address[1]}"
        server.shutdown()


def cut_at(url: str, word: bytes) -> AbstractContextManager[str]:
    """The url of a way to a server that breaks before the answer to whatever has this word in it."""
    port = int(url.rpartition(":")[2])

    def answer(asked: bytes) -> bytes:
        with create_connection(("localhost", port)) as there:
            there.sendall(asked.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
            said = b"".join(iter(lambda: there.recv(65536), b""))
        return b"" if word in asked else said

    return answered_by(answer)


def _wait_for_lines(stream: object, count: int) -> None:
    for _ in range(count):
        assert stream.readline()  # type: ignore[attr-defined]


def _until_refused(server: Server) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with Registry.open(server.guest.registry, "eve"):
            time.sleep(0.2)
