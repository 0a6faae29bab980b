"""A reading process that dies, hangs or eats memory costs one file."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from flows.ingest import isolation
from flows.ingest.isolation import Reader
from flows.ingest.settings import IngestSection
from registry.records import Reason


@pytest.fixture
def reader() -> Iterator[Reader]:
    made = Reader(IngestSection(max_seconds=0.5))
    yield made
    made.close()


def stopped(reader: Reader, number: signal.Signals) -> None:
    reader.read(b"warm", ".txt")
    assert reader._process is not None
    os.kill(reader._process.pid, number)


def test_a_killed_reading_process_costs_one_file(reader: Reader) -> None:
    stopped(reader, signal.SIGSTOP)
    assert reader._process is not None
    threading.Timer(0.1, os.kill, (reader._process.pid, signal.SIGKILL)).start()

    lost, next_one = reader.read(b"text", ".txt"), reader.read(b"text", ".txt")

    assert lost.refusals[0].reason is Reason.UNREADABLE
    assert next_one.units[0].text == "text"


def test_a_hanging_reading_process_is_ended_and_named_too_slow(reader: Reader) -> None:
    stopped(reader, signal.SIGSTOP)

    lost, next_one = reader.read(b"text", ".txt"), reader.read(b"text", ".txt")

    assert lost.refusals[0].reason is Reason.TOO_SLOW
    assert next_one.units[0].text == "text"


def test_the_reading_process_sees_none_of_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUNIMENT_KEY_PASSPHRASE", "secret")

    assert "secret" not in isolation._environment().values()


def test_deep_html_does_not_end_the_run(reader: Reader) -> None:
    reading = reader.read(b"<div>" * 100_000 + b"deep", ".html")

    assert reading.units or reading.refusals
