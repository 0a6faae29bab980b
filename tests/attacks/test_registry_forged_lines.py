"""What people may write, reasons and names, forges no line of what a command prints and moves no cursor."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.cli import complain
from registry.errors import ConfigError, LegalHold
from tests.registered import Place, place_today, refusal, said

FORGED = "no good\n   999 2027-01-01 00:00:00   rita           approve          rita: fit\x1b[2J\x1b]0;title\x07"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    made = place_today(tmp_path, monkeypatch)
    with made.registry() as registry:
        made.adapter(registry)
    return made


def plain(text: str, lines: int) -> bool:
    shown = text.splitlines()
    return len(shown) == lines and all(line.isprintable() for line in shown)


def test_a_reason_is_one_line_of_the_audit_log(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUNIMENT_ACTOR", "eve\n   998 2027-01-01 00:00:00   rita")

    said(place, "reject", "demo", "--key", "rita", "--reason", FORGED)

    assert plain(said(place, "audit", "--last", "1"), 1)


def test_a_reason_is_one_line_of_a_refusal(place: Place) -> None:
    said(place, "reject", "demo", "--key", "rita", "--reason", FORGED)

    assert plain(refusal(place, "approve", "demo", "--key", "paul").message, 1)


def test_no_error_moves_a_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    complain(LegalHold("held:\x1b[2J\ttill\nnow\u202e", "ask"))

    assert plain(capsys.readouterr().err, 3)


@pytest.mark.parametrize("name", ["", " ", "a\nwriter", "a\x1b[31m", "x" * 65, "a\u202eb"])
def test_a_token_has_a_name_that_can_be_read(place: Place, name: str) -> None:
    assert isinstance(refusal(place, "registry", "token", "new", name), ConfigError)
