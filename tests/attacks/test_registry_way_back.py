"""What was in force before was refused as well: whoever has to go back is told how far, and gets nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.errors import Revoked
from registry.records import Adapter
from serving.server import verifier
from tests.registered import Place, place_today, refusal, said, typed

CAUSE = ("--reason", "it leaks")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    return place_today(tmp_path, monkeypatch)


def released(place: Place, many: int) -> list[str]:
    """Adapters that were in production one after the other."""
    made: list[Adapter] = []
    for seed in range(many):
        with place.registry() as registry:
            made.append(place.adapter(registry, seed))
            place.approve(registry, made[-1])
            place.promote(registry, made[-1])
    return [one.version for one in made]


def revoked(place: Place, version: str) -> str:
    """What whoever revokes is told to do next."""
    return typed(place.workspace, "revoke", version, "--key", "rita", *CAUSE).stderr


def test_the_way_back_goes_past_what_was_refused(place: Place) -> None:
    oldest, older, newest = released(place, 3)
    assert "next: muniment rollback production --key OPERATOR" in revoked(place, newest)
    said(place, "rollback", "--key", "olaf")

    assert f"next: muniment promote {oldest} production --key OPERATOR" in revoked(place, older)
    error = refusal(place, "rollback", "--key", "olaf")

    assert isinstance(error, Revoked)
    assert error.next_step == f"muniment promote {oldest} production --key OPERATOR"
    assert oldest in said(place, "promote", oldest, "production", "--key", "olaf")


def test_where_there_is_no_way_back_another_one_has_to_come(place: Place) -> None:
    older, newest = released(place, 2)
    assert "still means it" not in revoked(place, older)

    assert "next: approve and promote another one" in revoked(place, newest)
    assert refusal(place, "rollback", "--key", "olaf").next_step == "train and register another one"


def test_whoever_starts_a_server_with_a_revoked_release_is_told_to_roll_back(place: Place) -> None:
    _, newest = released(place, 2)
    revoked(place, newest)

    with pytest.raises(Revoked) as refused:
        verifier(place.workspace)(place.workspace.release.read_bytes(), 0)

    assert refused.value.next_step == "release another one: muniment rollback"
