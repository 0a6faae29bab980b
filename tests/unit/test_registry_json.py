"""What changes the registry says as JSON what it did, so that no script has to read sentences."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from registry.commands.reading import SHOWN_DIGITS, WIDEST
from registry.records import Dataset, Table
from tests.registered import Place, place_today, refusal, said


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    return place_today(tmp_path, monkeypatch)


def _json(place: Place, *arguments: str) -> Any:
    return json.loads(said(place, *arguments, "--json"))


def test_a_decision_says_whether_it_was_enough(place: Place) -> None:
    with place.registry() as registry:
        version = place.adapter(registry).version

    one = _json(place, "approve", version, "--key", "rita")
    two = _json(place, "approve", version, "--key", "paul")
    back = _json(place, "revoke", version, "--key", "rob", "--reason", "it leaks")

    assert [said["approved"] for said in (one, two, back)] == [False, True, False]
    assert "1 of 2" in one["refusal"]
    assert (two["adapter"], two["principal"], two["refusal"]) == (version, "paul", "")
    assert back["decision"] == "revoke"


def test_a_release_says_what_its_alias_means_now(place: Place) -> None:
    with place.registry() as registry:
        first, second = place.adapter(registry, 1).version, place.adapter(registry, 2).version
    for version in (first, second):
        said(place, "approve", version, "--key", "rita")
        said(place, "approve", version, "--key", "paul")
        released = _json(place, "promote", version, "--key", "olaf")

    assert released == {
        "alias": "production", "adapter": second, "version": 2, "in_force": True, "signed_by": ["olaf"],
        "waiting": None, "obligations": [],
    }
    assert _json(place, "rollback", "--key", "olaf")["adapter"] == first


def test_a_release_that_waits_for_a_second_operator_names_its_file(place: Place) -> None:
    place.add_key("otto", "otto", "operator")
    place.threshold(release=2)
    with place.registry() as registry:
        version = place.adapter(registry).version
    for who in ("rita", "paul"):
        said(place, "approve", version, "--key", who)

    waiting = _json(place, "promote", version, "--key", "olaf")

    assert not waiting["in_force"]
    assert Path(waiting["waiting"]).is_file()
    assert _json(place, "countersign", "--key", "otto")["in_force"]


def test_keys_and_the_trust_root_say_where_things_are(place: Place) -> None:
    made = _json(place, "keys", "new", "nora", "--no-passphrase")
    added = _json(place, "trust", "add", "nora", made["public"], "--role", "reviewer")

    assert Path(made["private"]).is_file()
    assert added["in_force"]
    assert added["change"] == "nora is reviewer"
    assert _json(place, "trust", "renew", "--days", "400")["version"] == added["version"] + 1


def test_a_role_that_does_not_exist_is_named_with_those_that_do(place: Place) -> None:
    made = _json(place, "keys", "new", "nora", "--no-passphrase")

    error = refusal(place, "trust", "add", "nora", made["public"], "--role", "boss")

    assert "there is no role 'boss'" in error.message
    assert "privacy_officer" in str(error.next_step)


def test_a_listing_fits_a_terminal_and_its_json_has_all(place: Place) -> None:
    with place.registry() as registry:
        place.adapter(registry)

    rows = _json(place, "list", "--kind", "evidence")
    lines = said(place, "list", "--kind", "evidence").splitlines()

    assert len(rows[0]["digest"]) == 64
    assert rows[0]["digest"][:SHOWN_DIGITS] in lines[1]
    assert rows[0]["digest"] not in lines[1]
    assert all(len(cell) <= WIDEST for line in lines for cell in line.split("  "))


def test_a_listing_for_programs_has_counts_lists_and_times_as_such(place: Place) -> None:
    half = Table(artifact="a" * 64, rows=1, columns=("prompt",))
    rows = Dataset(purpose="sft", train=half, held_out=half, licences={"MIT": 2}, origins={}, rejected=())
    with place.registry() as registry:
        place.adapter(registry)
        registry.add(rows, (), "build")

    dataset, verdict = (_json(place, "list", "--kind", kind)[0] for kind in ("datasets", "verdicts"))

    assert dataset["licences"] == {"MIT": 2}
    assert isinstance(verdict["reasons"], list)
    assert datetime.fromisoformat(dataset["created_at"]).tzinfo == UTC
