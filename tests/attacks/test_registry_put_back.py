"""Files of a workspace that somebody put back, swapped or made into something else, as commands meet them."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from registry.database.turns import turn
from registry.errors import ConfigError, ReleaseReplayed, Revoked, UnknownSigner
from registry.files import read_whole
from registry.records import Adapter
from registry.release.verification import read_refusals, verify_release
from registry.signatures.envelopes import payload
from tests.registered import Place, approved_today, make_place, refusal, said, typed

pytestmark = pytest.mark.timeout(60)  # what would wait for ever


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """An adapter that two people approved."""
    return approved_today(tmp_path, monkeypatch)


def only_adapter(place: Place) -> Adapter:
    with place.registry() as registry:
        return registry.all(Adapter)[0]


def put_back_root(place: Place) -> None:
    """Rita is struck off, and then the trust root that named her a reviewer is put in place again."""
    trust = place.workspace.trust
    shutil.copyfile(trust, trust.with_name("kept.json"))
    shutil.copytree(trust.with_suffix(""), trust.with_name("kept"))
    said(place, "trust", "remove", "rita")
    shutil.copyfile(trust.with_name("kept.json"), trust)
    shutil.rmtree(trust.with_suffix(""))
    shutil.copytree(trust.with_name("kept"), trust.with_suffix(""))


def test_a_trust_root_put_back_gives_nobody_a_role_again(place: Place) -> None:
    put_back_root(place)

    for words in (
        ("promote", "demo", "--key", "olaf"), ("verify",), ("audit", "verify"), ("trust", "verify"),
        ("trust", "add", "nora", str(place.keys / "rita.pub"), "--role", "reviewer"),
    ):  # fmt: skip
        assert isinstance(refusal(place, *words), ReleaseReplayed), words


def test_nobody_is_called_approved_or_in_force_under_a_trust_root_put_back(place: Place) -> None:
    said(place, "promote", "demo", "--key", "olaf")
    assert "approved by paul, rita" in said(place, "show", "demo")
    put_back_root(place)

    for words in (
        ("show", "demo"), ("show", "demo", "--json"), ("show", "production", "--at", f"{datetime.now(UTC):%FT%TZ}"),
        ("history",), ("list",), ("list", "--kind", "approvals"), ("lineage", "demo"), ("trust", "show"),
    ):  # fmt: skip
        ended = typed(place.workspace, *words)
        assert isinstance(ended.exception, ReleaseReplayed), words
        assert ended.stdout == "", words


def test_the_audit_chain_can_be_read_under_a_trust_root_put_back(place: Place) -> None:
    put_back_root(place)

    assert "rita is struck off" in said(place, "audit")


def test_a_trust_root_taken_away_is_not_forgotten(place: Place) -> None:
    said(place, "promote", "demo", "--key", "olaf")
    place.workspace.trust.unlink()

    for words in (("show", "demo"), ("history",), ("list",)):
        assert "there is no trust root" in refusal(place, *words).message, words


def test_a_reader_who_saw_an_older_trust_root_follows_to_the_newest(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = shutil.copytree(place.keys, tmp_path / "elsewhere")
    monkeypatch.setenv("MUNIMENT_KEYS", str(elsewhere))
    said(place, "promote", "demo", "--key", "olaf")
    monkeypatch.setenv("MUNIMENT_KEYS", str(place.keys))
    said(place, "trust", "remove", "rita")
    monkeypatch.setenv("MUNIMENT_KEYS", str(elsewhere))

    assert "not approved: 1 of 2 people" in said(place, "show", "demo")
    assert "demo" in said(place, "list")


def test_a_trust_root_that_somebody_made_is_not_believed_after_the_first_signature(
    place: Place, tmp_path: Path
) -> None:
    said(place, "promote", "demo", "--key", "olaf")
    other = make_place(tmp_path / "other")
    shutil.rmtree(place.workspace.trust.with_suffix(""))
    shutil.copyfile(other.workspace.trust, place.workspace.trust)
    shutil.copytree(other.workspace.trust.with_suffix(""), place.workspace.trust.with_suffix(""))

    error = refusal(place, "approve", "demo", "--key", str(other.keys / "rita.pem"))

    assert isinstance(error, UnknownSigner)
    assert "remove" in error.next_step


def test_whoever_founds_a_trust_root_anew_is_believed(place: Place) -> None:
    said(place, "promote", "demo", "--key", "olaf")
    place.workspace.trust.unlink()
    shutil.rmtree(place.workspace.trust.with_suffix(""))

    said(place, "trust", "init")

    assert "version 1" in said(place, "trust", "verify")


def test_a_revocation_swapped_for_something_harmless_is_named_and_published_again(place: Place) -> None:
    said(place, "promote", "demo", "--key", "olaf")
    said(place, "revoke", "demo", "--key", "paul", "--reason", "it tells secrets")
    published = sorted(place.workspace.refusals.iterdir())
    harmless = next(data for path in published if b"approve" in payload(data := path.read_bytes()))
    for path in published:
        path.write_bytes(harmless)

    found = typed(place.workspace, "verify")
    said(place, "list")

    assert found.exit_code == 5
    assert "is not as it was published" in found.stdout
    released, refusals = place.workspace.release.read_bytes(), read_refusals(place.workspace.refusals)
    with pytest.raises(Revoked):
        verify_release(released, place.trust, datetime.now(UTC), refusals=refusals)


@pytest.mark.parametrize(
    "name", ["trust.json", "release.json", "trust/untold", "refusals/x.json", "checkpoints/000000000000.json",
             "pipeline.yaml"],
)  # fmt: skip
def test_a_pipe_in_place_of_a_file_keeps_no_command_waiting(place: Place, name: str) -> None:
    pipe = place.workspace.root / name
    pipe.parent.mkdir(exist_ok=True)
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)

    for words in (("list",), ("verify",), ("revoke", "demo", "--key", "paul", "--reason", "it tells secrets")):
        typed(place.workspace, *words)

    with pytest.raises(OSError, match="Is no file"):
        read_whole(pipe if pipe.is_fifo() else place.workspace.root)


def test_a_pipe_at_the_release_does_not_keep_a_revocation_from_being_signed(place: Place) -> None:
    os.mkfifo(place.workspace.release)

    said(place, "revoke", "demo", "--key", "paul", "--reason", "it tells secrets")


@pytest.mark.parametrize("name", ["0", "0-1-a", "notes.txt", "00000000000000000001-x-00000000"])
def test_what_is_no_ticket_holds_nobody_up(place: Place, name: str) -> None:
    queue = place.workspace.root / ".registry.duckdb.queue"
    (queue / name).touch()
    os.mkfifo(queue / "00000000000000000002-1-00000000")
    (queue / "00000000000000000003-1-00000000").symlink_to(queue / "00000000000000000003-1-00000000")

    with turn(place.workspace.registry, 1.0) as left_s:
        assert left_s > 0


def test_no_alias_is_read_as_another_adapter_or_as_a_proposal(place: Place) -> None:
    for alias in (only_adapter(place).digest[:8], "production.proposed", "demo"):
        assert isinstance(refusal(place, "promote", "demo", alias, "--key", "olaf", "--new-alias"), ConfigError), alias
