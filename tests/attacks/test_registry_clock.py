"""A machine's clock set back behind what the audit chain tells of brings nothing that expired into force again."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.errors import ClockBehind
from tests.clocks import in_days
from tests.registered import Place, approved_today, refusal, said, typed


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Approved for thirty days; after forty somebody did something, and then the clock was set back."""
    made = approved_today(tmp_path, monkeypatch)
    said(made, "promote", "demo", "--key", "olaf")
    with in_days(40), made.registry() as registry:
        registry.refuse("try", (), "when the approvals had expired")
    return made


def test_an_expired_approval_does_not_count_again(place: Place) -> None:
    for words in (("promote", "demo", "--key", "olaf"), ("promote", "demo", "candidate", "--key", "olaf")):
        error = refusal(place, *words)
        assert isinstance(error, ClockBehind)
        assert "the audit chain has come to" in error.message
    assert "not approved: the clock says" in said(place, "show", "demo")
    assert isinstance(refusal(place, "approve", "demo", "--key", "rob"), ClockBehind)


def test_each_attempt_is_in_the_chain(place: Place) -> None:
    refusal(place, "promote", "demo", "--key", "olaf")

    assert "ClockBehind" in said(place, "audit", "--json")


def test_a_revocation_waits_for_no_clock(place: Place) -> None:
    said(place, "revoke", "demo", "--key", "paul", "--reason", "it tells secrets")

    assert "revoked by paul" in said(place, "show", "demo")


def test_clocks_that_differ_a_little_are_no_offence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = approved_today(tmp_path, monkeypatch)
    with made.registry() as registry:
        registry.refuse("try", (), "by a clock of now")

    assert typed(made.workspace, "promote", "demo", "--key", "olaf").exit_code == 0
