"""Tokens of a served registry: who made or removed one is told; what a removed or lowered one opened ends at once."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from registry.audit import chain
from registry.database.store import Registry
from registry.errors import ConfigError, IntegrityError, NotFound, Refused
from registry.records import AuditEvent
from registry.server import tokens
from registry.server.client import Quack
from registry.workspace import Workspace
from tests.bench.registry_quack import Server, served
from tests.registered import typed

ASK = "SELECT count(*) FROM events"


@dataclass(frozen=True)
class House:
    """A workspace with a registry that nobody serves."""

    workspace: Workspace

    def says(self, *words: str) -> str:
        ended = typed(self.workspace, "registry", "token", *words)
        assert ended.exit_code == 0, ended.output + repr(ended.exception)
        return ended.stdout

    def told(self) -> list[AuditEvent]:
        with Registry.open(self.workspace.registry, "tests") as registry:
            chain.verify_chain(registry.events())
            return [event for event in registry.events() if event.action.startswith("token")]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setenv("MUNIMENT_ACTOR", "eve")
    made = House(Workspace(tmp_path / "house"))
    with Registry.open(made.workspace.registry, "eve") as registry:
        registry.refuse("try", (), "so that there is a chain")
    return made


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("MUNIMENT_ACTOR", "eve")
    with served(tmp_path) as running:
        yield running


def url(server: Server) -> str:
    return server.guest.pipeline.read_text().partition('"')[2].partition('"')[0]


def test_a_removed_token_is_refused_in_the_session_that_it_opened(server: Server) -> None:
    home = House(server.home)
    other = home.says("new", "other", "--role", "writer").strip()
    with closing(Quack(url(server), server.token)) as session, closing(Quack(url(server), other)) as bystander:
        session.execute(ASK).fetchall()
        session.begin()
        session.execute("INSERT INTO stages VALUES ('k', 's', 'r', 0, now()::TIMESTAMP, 7)").fetchall()

        home.says("remove", "clients")

        for statement in (ASK, "COMMIT", "BEGIN TRANSACTION", "ROLLBACK"):
            with pytest.raises(Refused):
                session.execute(statement).fetchall()
        assert bystander.execute("SELECT count(*) FROM stages").fetchall() == [(0,)]


def test_a_new_token_of_the_same_name_opens_no_old_session_again(server: Server) -> None:
    home = House(server.home)
    with closing(Quack(url(server), server.token)) as session:
        home.says("remove", "clients")
        secret = home.says("new", "clients", "--role", "writer").strip()

        with pytest.raises(Refused):
            session.execute(ASK)
        with closing(Quack(url(server), secret)) as again:
            assert again.execute(ASK).fetchall()


def test_a_token_that_is_made_a_readers_writes_no_more(server: Server) -> None:
    file = server.home.registry_tokens
    with closing(Quack(url(server), server.token)) as session:
        session.execute(ASK).fetchall()
        file.write_text(file.read_text().replace('"writer"', '"reader"'))
        House(server.home).says("new", "later")  # the server has read the file when this returns

        with pytest.raises(Refused):
            session.execute("INSERT INTO stages VALUES ('k', 's', 'r', 0, now()::TIMESTAMP, 7)")
        with pytest.raises(Refused, match="does not know this token"):
            Quack(url(server), server.token)


def test_a_running_server_tells_who_made_and_removed_a_token(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    home = House(server.home)
    secret = home.says("new", "other").strip()
    monkeypatch.setenv("MUNIMENT_ACTOR", "olaf")
    home.says("remove", "other")
    server.process.terminate()
    server.process.wait(60)

    told = [(event.actor, event.action, event.detail) for event in home.told()]
    assert told[-2:] == [("eve", "token.new", "other is a reader"), ("olaf", "token.remove", "other was a reader")]
    assert {detail.partition(";")[0] for _, _, detail in told[:2]} == {"clients is a writer", "auditors is a reader"}
    assert secret not in repr(home.told())


def test_the_chain_tells_of_tokens_and_not_their_secrets(house: House) -> None:
    secret = house.says("new", "trainer", "--role", "writer").strip()
    house.says("remove", "trainer")

    made, removed = house.told()
    assert (made.actor, made.action, made.detail) == ("eve", "token.new", "trainer is a writer")
    assert (removed.actor, removed.action, removed.detail) == ("eve", "token.remove", "trainer was a writer")
    assert made.subjects == removed.subjects
    held = b"".join(file.read_bytes() for file in house.workspace.root.rglob("*") if file.is_file())
    for said in (secret, sha256(secret.encode()).hexdigest()):
        assert said.encode() not in held


def test_an_actor_whose_name_is_no_text_breaks_no_file(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUNIMENT_ACTOR", "ren\udce9e")
    house.says("new", "trainer")
    house.says("remove", "trainer")

    assert [event.actor for event in house.told()] == ["ren?e", "ren?e"]


def test_what_is_refused_about_a_token_is_told_too(house: House) -> None:
    house.says("new", "trainer")

    for words, error in ((("new", "trainer"), ConfigError), (("remove", "nobody"), NotFound)):
        assert isinstance(typed(house.workspace, "registry", "token", *words).exception, error)
    assert [event.outcome for event in house.told()] == ["done", "refused", "refused"]


@pytest.mark.parametrize("before", [(), ("new", "trainer")], ids=["the first", "one more"])
def test_a_token_that_a_spoilt_chain_cannot_be_told_of_is_not_made(
    house: House, monkeypatch: pytest.MonkeyPatch, before: tuple[str, ...]
) -> None:
    file = house.workspace.registry_tokens
    if before:
        house.says(*before)
    kept = file.read_bytes() if file.exists() else None

    def spoilt(*_: object) -> None:
        raise IntegrityError("a block cannot be read", "restore it from a backup")

    monkeypatch.setattr(tokens, "tell", spoilt)
    refused = typed(house.workspace, "registry", "token", "new", "rita")

    assert isinstance(refused.exception, IntegrityError)
    assert "mr-" not in refused.output
    assert (file.read_bytes() if file.exists() else None) == kept


def test_a_file_of_tokens_edited_by_hand_is_told(house: House) -> None:
    file = house.workspace.registry_tokens
    house.says("new", "trainer", "--role", "writer")
    rows = json.loads(file.read_text())
    file.write_text(json.dumps([{"name": "mallory", "role": "writer", "sha256": "0" * 64, "told": True}]))

    house.says("new", "later")

    told = [event.detail for event in house.told()]
    assert rows[0]["name"] == "trainer"
    assert told[1:] == [
        "later is a reader",
        "mallory is a writer; the file of tokens was edited",
        "no more: trainer is a writer; the file of tokens was edited",
    ]


def test_a_kill_after_the_event_tells_it_once(house: House) -> None:
    file = house.workspace.registry_tokens
    tokens.add(file, "trainer", "writer", "eve")
    before = file.read_bytes()
    with Registry.open(house.workspace.registry, "server") as registry:
        tokens.tell(registry, file)
        file.write_bytes(before)
        tokens.tell(registry, file)
        tokens.remove(file, "trainer", "eve")
        before = file.read_bytes()
        tokens.tell(registry, file)
        file.write_bytes(before)
        tokens.tell(registry, file)

    assert [event.action for event in house.told()] == ["token.new", "token.remove"]
    assert not tokens.untold(file)


def test_a_removed_token_put_back_into_the_file_is_told(house: House) -> None:
    file = house.workspace.registry_tokens
    house.says("new", "trainer")
    before = file.read_bytes()
    house.says("remove", "trainer")
    file.write_bytes(before)

    house.says("new", "later")

    assert [event.detail for event in house.told() if event.action == "token.new"][1:] == [
        "later is a reader", "trainer is a reader",
    ]  # fmt: skip


def test_a_token_made_before_there_is_a_registry_is_told_when_it_is_served(tmp_path: Path) -> None:
    with served(tmp_path) as server, suppress(Refused):
        assert not tokens.untold(server.home.registry_tokens)


def test_a_file_that_is_no_list_of_tokens_lets_nobody_in(house: House) -> None:
    house.workspace.registry_tokens.write_text('{"mallory": {"role": "writer"}}')

    assert isinstance(typed(house.workspace, "registry", "token", "list").exception, IntegrityError)


NONSENSE = {
    "no list": '{"mallory": {"role": "writer"}}',
    "half a write": '[{"name": "clients", "role": "wri',
    "nothing": "",
    "one name twice": json.dumps([{"name": "a", "role": role, "sha256": "0" * 64} for role in ("reader", "writer")]),
    "a name that moves the cursor": json.dumps([{"name": "a\x1b[2J\n", "role": "reader", "sha256": "0" * 64}]),
    "a name with no end": json.dumps([{"name": "a" * 65, "role": "reader", "sha256": "0" * 64}]),
}


@pytest.mark.parametrize("text", NONSENSE.values(), ids=NONSENSE)
def test_what_is_no_list_of_tokens_is_refused_with_a_way_out(house: House, text: str) -> None:
    file = house.workspace.registry_tokens
    file.write_text(text)

    for words in (("list",), ("new", "later"), ("remove", "a")):
        assert isinstance(typed(house.workspace, "registry", "token", *words).exception, IntegrityError)
    file.unlink()  # the next step that it names
    house.says("new", "later")


def test_a_server_whose_file_of_tokens_breaks_lets_nobody_in_until_it_is_mended(server: Server) -> None:
    file = server.home.registry_tokens
    before = file.read_bytes()
    with closing(Quack(url(server), server.token)) as session:
        for spoil in (half_written, directory):
            spoil(file)
            assert until(lambda: isinstance(refused(session), Refused))
            with pytest.raises(Refused, match="does not know this token"):
                Quack(url(server), server.token)
            assert server.process.poll() is None

            if file.is_dir():
                file.rmdir()
            file.write_bytes(before)
            assert until(lambda: refused(session) is None)


def half_written(file: Path) -> None:
    file.write_text("[{")


def directory(file: Path) -> None:
    file.unlink()
    file.mkdir()


def refused(session: Quack) -> Refused | None:
    try:
        session.execute(ASK).fetchall()
    except Refused as error:
        return error
    return None


def until(done: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 120
    while not done() and time.monotonic() < deadline:
        time.sleep(0.1)
    return done()
