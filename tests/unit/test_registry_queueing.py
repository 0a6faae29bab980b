"""Writers at a registry server come in the order of asking, and whoever is gone holds nobody up."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event

import duckdb
import pytest

from registry.audit import chain
from registry.database import connecting
from registry.database.store import Registry
from registry.errors import Refused
from registry.records import Document
from registry.server import client, queueing
from registry.server.client import Quack
from registry.server.queueing import ASK, LEASE_S, Queue
from tests.quack_house import Houses

SOON = 60.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What `time.monotonic()` says to the queue."""
    now = [1000.0]

    class Clock:
        @staticmethod
        def monotonic() -> float:
            return now[0]

    monkeypatch.setattr(queueing, "time", Clock)
    return now


def test_who_asked_first_is_first_and_the_rest_wait_by_their_place() -> None:
    queue = Queue()

    waits = [queue.ask(ticket) for ticket in "abc"]

    assert waits[0] == 0 < waits[1] < waits[2]
    assert queue.leave("a")
    assert queue.ask("c") > 0 == queue.ask("b")


def test_a_wait_is_as_long_as_those_before_usually_take(clock: list[float]) -> None:
    queue = Queue()
    for _ in range(50):
        queue.ask("slow")
        clock[0] += 1.0
        queue.leave("slow")
    queue.ask("a")

    assert queue.ask("b") == pytest.approx(0.5, rel=0.1)


def test_a_ticket_of_the_dead_is_given_up_and_one_that_waits_as_told_is_not(clock: list[float]) -> None:
    queue = Queue()
    queue.ask("dead")
    waits = [queue.ask("b"), queue.ask("c")]
    clock[0] += LEASE_S + 0.001

    assert waits[0] > 0
    assert queue.ask("b") == 0
    assert queue.ask("c") > 0
    assert not queue.leave("dead")


def test_a_queue_has_an_end_and_a_ticket_too() -> None:
    queue = Queue()
    for number in range(5000):
        queue.ask(str(number))

    assert queue.ask("late") == 0
    assert queue.ask("x" * 100) == 0
    assert not queue.leave("late")


def test_a_writer_waits_until_the_one_before_is_done(
    houses: Houses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (houses.session(tmp_path / "registry.duckdb") for _ in range(2))
    order, waits = list[str](), Event()

    def waited(seconds: float) -> None:
        waits.set()
        time.sleep(seconds)

    monkeypatch.setattr(client, "sleep", waited)
    with closing(first), closing(second), ThreadPoolExecutor() as beside:
        with first.turn(time.monotonic() + SOON):
            waiting = beside.submit(_in_turn, second, order)
            assert waits.wait(SOON)
            order.append("first")
        waiting.result()

    assert order == ["first", "second"]


def test_who_lost_a_race_stands_in_the_queue_until_nobody_else_writes(
    houses: Houses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "connected", houses.connected)
    path = tmp_path / "registry.duckdb"
    with Registry.open(path, "eve") as eve, Registry.open(path, "bob") as bob:
        for registry, name in ((eve, "a"), (bob, "b"), (eve, "c")):
            registry.add(_document(name), action="add")
        assert eve.writer.crowded

        eve.add(_document("d"), action="add")

        assert not eve.writer.crowded
        chain.verify_chain(eve.events())


def test_a_server_without_turns_is_written_to_all_the_same(
    houses: Houses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(houses.session(tmp_path / "registry.duckdb")) as session:
        monkeypatch.setattr(queueing, "ASK", "writers_turn_of_tomorrow")
        with session.turn(time.monotonic() + SOON):
            session.begin()
            session.execute("INSERT INTO events VALUES (0, 'x', '{}')").fetchall()
            session.commit()

        assert session.execute("SELECT count(*) FROM events").fetchall() == [(1,)]


def test_a_reader_holds_no_writer_up(houses: Houses, tmp_path: Path) -> None:
    with closing(houses.session(tmp_path / "registry.duckdb", "reader")) as session:
        for name in (ASK, ASK.upper()):
            with pytest.raises(Refused):
                session.execute(f"SELECT {name}('mine')").fetchall()
        with pytest.raises((Refused, duckdb.Error)):
            session.execute(f'SELECT "{ASK}"(\'mine\')').fetchall()


def _in_turn(session: Quack, order: list[str]) -> None:
    with session.turn(time.monotonic() + SOON):
        order.append("second")


def _document(name: str) -> Document:
    return Document(content="0" * 64, path=name, media_type="t", size_bytes=1, licence="MIT")
