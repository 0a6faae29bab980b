"""Re-identification never happens without a trace, however an attempt ends."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from governance.pii import reveal as reveals
from governance.pii.reveal import Question, reveal
from governance.pii.scrub import Row, stand_ins
from governance.pii.settings import PiiPolicy
from governance.pii.standins.pseudonyms import PseudonymKey, all_keys
from registry.database.store import Registry
from registry.errors import MunimentError
from tests import walked
from tests.registered import Place
from tests.revealing import POLICY, REASON, Desk, full_name


def test_the_registry_is_not_held_while_documents_are_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others would wait for it, and libraries would load without pandas, which a registry command hides."""
    name, held, seen = full_name(desk), list[str](), list[int]()

    @contextmanager
    def opening() -> Iterator[Registry]:
        with desk.place.registry() as registry:
            held.append("open")
            yield registry
            held.pop()

    def read(row: Row, policy: PiiPolicy, key: PseudonymKey) -> Iterator[tuple[str, str, str]]:
        seen.append(len(held))
        return stand_ins(row, policy, key)

    monkeypatch.setattr("governance.pii.reveal.stand_ins", read)
    keys, artifacts = all_keys(desk.place.keys), desk.place.workspace.artifacts

    reveal(opening, artifacts, Question(name, REASON), POLICY, keys, lambda: desk.place.by("paul"))

    assert seen == [0]


@pytest.mark.parametrize("end", [MemoryError("Teodora Vasquez"), KeyboardInterrupt(), SystemExit(143)], ids=repr)
def test_an_attempt_that_breaks_off_stands_in_the_chain_with_its_end(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, end: BaseException
) -> None:
    name, begun = full_name(desk), list[str]()

    def broken(*_: object) -> Iterator[tuple[str, str, str]]:
        begun.extend(event.action for event in desk.trace())
        raise end

    monkeypatch.setattr("governance.pii.reveal.stand_ins", broken)

    with pytest.raises(type(end)):
        desk.ask(name)

    assert begun == ["reveal.asked"]
    assert [(e.action, e.outcome, e.detail) for e in desk.trace()] == [
        ("reveal.asked", "done", ""), ("reveal", "refused", f"ended by {type(end).__name__}"),
    ]  # fmt: skip
    assert len({event.subjects for event in desk.trace()}) == 1


def die(place: walked.Place, arguments: tuple[str, ...]) -> None:
    """Ask, and be killed while documents are read."""

    def killed(*_: object) -> Iterator[tuple[str, str, str]]:
        os.kill(os.getpid(), signal.SIGKILL)
        yield from ()

    vars(reveals)["stand_ins"] = killed
    Desk(Place(place.workspace, place.keys)).ask(arguments[0])


def test_an_attempt_that_was_killed_has_left_that_it_was_made(desk: Desk) -> None:
    ended = walked.forked(die, walked.Place(desk.place.workspace.root, desk.place.keys), (full_name(desk),))

    assert ended.code == -signal.SIGKILL, ended.err
    assert [event.action for event in desk.trace()] == ["reveal.asked"]


def test_a_busy_chain_reveals_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(registry: Registry, change: object) -> None:
        raise MunimentError("held by another")

    monkeypatch.setattr(Registry, "apply", busy)

    with pytest.raises(MunimentError, match="held by another"):
        desk.ask(full_name(desk))
