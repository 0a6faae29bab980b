"""A machine's clock set back behind what the audit chain tells of brings nothing that expired into force again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from flows.status.standing import standing_of
from registry.audit.clock import require_clock
from registry.decisions import approvals
from registry.errors import ClockBehind, ConfigError, Expired, Revoked, UnknownSigner
from registry.release import releases
from registry.release.verification import verify_release
from registry.signatures import attestations
from registry.times import SKEW, naive, spoken
from registry.trust.changes import with_misdated
from registry.trust.root import load_trust
from tests.clocks import in_days
from tests.registered import NOW, Place, approved_today, make_place, refusal, said, typed


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Approved for thirty days; after forty somebody did something, and then the clock was set back."""
    made = approved_today(tmp_path, monkeypatch)
    said(made, "promote", "demo", "--key", "olaf")
    with in_days(40), made.registry() as registry:
        registry.refuse("try", (), "when the approvals had expired")
    return made


def test_an_expired_approval_does_not_count_again(place: Place) -> None:
    for alias in ((), ("candidate", "--new-alias")):
        error = refusal(place, "promote", "demo", *alias, "--key", "olaf")
        assert isinstance(error, ClockBehind)
        assert "the audit chain has come to" in error.message
    assert "not approved: the clock says" in said(place, "show", "demo")
    assert isinstance(refusal(place, "approve", "demo", "--key", "rob"), ClockBehind)


def test_status_says_how_the_clock_is_mended_and_asks_for_no_run(place: Place) -> None:
    with place.registry() as registry:
        place.adapter(registry, 2, "another")

    assert standing_of(place.workspace).next.startswith("set the clock right")


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


def test_a_statement_of_the_first_year_is_a_named_refusal(tmp_path: Path) -> None:
    made = make_place(tmp_path)
    long_ago = datetime(1, 1, 1, tzinfo=UTC)
    with made.registry() as registry:
        adapter = made.adapter(registry)
        for name in ("rita", "paul"):
            approvals.approve(registry, made.case(adapter), replace(made.by(name), now=long_ago))

        with pytest.raises(Expired):
            made.promote(registry, adapter)

        by = replace(made.by("olaf"), now=long_ago)
        release = releases.drafted(registry, made.workspace, made.case(adapter), by, "production")
    envelope = attestations.sign(release, "x", adapter.digest, by.key).encode()
    with pytest.raises(Expired):
        verify_release(envelope, made.trust, NOW)


def test_an_event_dated_before_all_years_of_utc_has_a_time_that_can_be_told() -> None:
    before = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))

    assert naive(before) == datetime(1, 1, 1)
    assert spoken(before) == "1-01-01 00:00:00 UTC"


@pytest.fixture
def misdated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Approved for thirty days; then a machine whose clock was ahead wrote one event."""
    made = approved_today(tmp_path, monkeypatch)
    with made.registry() as registry:
        with in_days(4_000):
            registry.refuse("try", (), "by a machine whose clock was wrong")
        registry.refuse("try", (), "when the clock was right again")
    return made


def test_root_keys_say_that_a_time_is_wrong_and_then_the_clock_is_judged_by_later_events(misdated: Place) -> None:
    assert "muniment trust clock" in refusal(misdated, "promote", "demo", "--key", "olaf").next_step

    assert "no clock is held against audit event" in said(misdated, "trust", "clock")

    assert "clock      not held against audit event" in said(misdated, "trust", "show")
    said(misdated, "promote", "demo", "--key", "olaf")
    assert isinstance(refusal(misdated, "trust", "clock"), ConfigError)
    with in_days(40), misdated.registry() as registry:
        registry.refuse("try", (), "when the approvals had expired")
    assert isinstance(refusal(misdated, "promote", "demo", "candidate", "--key", "olaf", "--new-alias"), ClockBehind)


def test_a_reviewer_alone_does_not_say_that_a_time_is_wrong(misdated: Place) -> None:
    assert isinstance(refusal(misdated, "trust", "clock", "--root-key", "rita"), UnknownSigner)
    assert isinstance(refusal(misdated, "promote", "demo", "--key", "olaf"), ClockBehind)


def test_an_event_that_is_in_no_chain_excuses_nothing(misdated: Place) -> None:
    said(misdated, "trust", "clock")
    trust = load_trust(misdated.workspace.trust, misdated.now)
    with misdated.registry() as registry:
        require_clock(registry, trust)
        with pytest.raises(ClockBehind):
            require_clock(registry, with_misdated(trust, "f" * 64))


def test_a_backup_of_before_an_event_with_a_wrong_time_is_another_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = approved_today(tmp_path, monkeypatch)
    backup = str(tmp_path / "house.backup")
    said(made, "registry", "backup", backup)
    with made.registry() as registry:
        with in_days(4_000):
            registry.refuse("try", (), "by a machine whose clock was wrong")
        wrong = registry.head().sequence
        registry.refuse("try", (), "when the clock was right again")
    assert f"event {wrong} " in refusal(made, "promote", "demo", "--key", "olaf").message
    said(made, "revoke", "demo", "--key", "paul", "--reason", "seen after the backup")

    said(made, "registry", "restore", backup, "--accept-loss", "--reason", "event of a wrong clock", "--key", "olaf")

    assert isinstance(refusal(made, "promote", "demo", "--key", "olaf"), Revoked)
    with made.registry() as registry:
        made.adapter(registry, seed=2, name="other")
    assert typed(made.workspace, "approve", "other", "--key", "rob", "--reason", "read").exit_code == 0


def test_what_was_approved_by_a_clock_a_little_ahead_is_released_and_served_by_another(tmp_path: Path) -> None:
    here = make_place(tmp_path)
    ahead = replace(here, now=here.now + SKEW / 2)

    with here.registry() as registry:
        adapter = here.adapter(registry)
        ahead.approve(registry, adapter)
        here.promote(registry, adapter)
        last = ahead.promote(registry, adapter)

    assert verify_release(here.workspace.release.read_bytes(), here.trust, here.now) == last
