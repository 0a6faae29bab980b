"""Re-identification as the command line offers it, and the keys that it stands on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from flows.cli import app
from flows.walk.officer import remember_trust
from governance.pii.reveal import Answer
from governance.pii.standins.pseudonyms import load_or_create_key
from registry.errors import ConfigError, MunimentError, Refused, UnknownSigner
from registry.trust.keys import new_key
from registry.trust.principals import Principal
from registry.trust.signing import create_trust, enroll
from tests.registered import NOW
from tests.revealing import REASON, Desk, full_name


def muniment(desk: Desk, *words: str) -> Result:
    """The command line, with the keys of this desk."""
    where = {"MUNIMENT_KEYS": str(desk.place.keys), "MUNIMENT_ACTOR": "tests"}
    return CliRunner().invoke(app, ["-C", str(desk.place.workspace.root), *words], env=where)


def refusal(desk: Desk, *words: str) -> MunimentError:
    error = muniment(desk, *words).exception
    assert isinstance(error, MunimentError)
    return error


def test_the_command_tells_the_officer_and_no_one_else(desk: Desk) -> None:
    asked = ("reveal", full_name(desk), "--reason", REASON)

    told = muniment(desk, *asked, "--key", "paul", "--json")

    assert [answer["value"] for answer in json.loads(told.stdout)] == ["Teodora Vasquez"]
    assert "Teodora Vasquez  (PERSON; documents dddddddddddd)" in muniment(desk, *asked, "--key", "paul").stdout
    assert refusal(desk, *asked, "--key", "rita").exit_code == 4
    assert refusal(desk, "reveal", "Nobody Anywhere", "--reason", REASON, "--key", "paul").exit_code == 3
    assert muniment(desk, "reveal", full_name(desk), "--key", "paul").exit_code == 2
    assert [event.outcome for event in desk.events()] == ["done", "done", "refused", "refused"]


def test_what_a_document_says_moves_no_cursor(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = (Answer("SECRET", "hun\x1b]0;x\x9bter\u202e", ("d" * 64,)),)
    monkeypatch.setattr("governance.pii.reveal.reveal", lambda *_: answers)

    told = muniment(desk, "reveal", "anything", "--reason", REASON, "--key", "paul")

    assert told.stdout.rstrip("\n").isprintable()


@pytest.mark.parametrize("broken", ["key", "policy"])
def test_an_attempt_with_a_broken_key_or_policy_is_in_the_chain(desk: Desk, broken: str) -> None:
    name = full_name(desk)
    if broken == "key":
        (desk.place.keys / "pseudonym-old.key").write_bytes(b"short")
        (desk.place.keys / "pseudonym-old.key").chmod(0o600)
    else:
        desk.place.workspace.policy.write_text("pii: {replace: [NOBODY]}\n")

    error = refusal(desk, "reveal", name, "--reason", REASON, "--key", "paul")

    (event,) = desk.events()
    assert (event.outcome, event.detail) == ("refused", type(error).__name__)


def test_a_trust_root_put_in_place_of_the_known_one_is_refused_by_the_command(desk: Desk, tmp_path: Path) -> None:
    asked = ("reveal", full_name(desk), "--reason", REASON, "--key")
    muniment(desk, *asked, "paul")
    trust = desk.place.workspace.trust
    trust.unlink()
    own_root, mallory = new_key("own", tmp_path), new_key("mallory", desk.place.keys)
    create_trust(trust, own_root, NOW)
    enroll(trust, own_root, Principal(name="m", roles=("privacy_officer",), keys=(mallory.public_pem,)), NOW)

    assert isinstance(refusal(desk, *asked, "mallory"), UnknownSigner)


def test_only_the_officer_turns_to_a_new_key_and_the_chain_names_both(desk: Desk) -> None:
    before = load_or_create_key(desk.place.keys)
    words = ("keys", "rotate", "--reason", "Yearly change of keys", "--key")

    assert isinstance(refusal(desk, *words, "olaf"), Refused)
    assert load_or_create_key(desk.place.keys) == before
    turned = muniment(desk, *words, "paul")

    after = load_or_create_key(desk.place.keys)
    with desk.place.registry() as registry:
        events = [event for event in registry.events() if event.action == "keys.rotate"]
    assert turned.exit_code == 0
    assert before != after
    assert [event.outcome for event in events] == ["refused", "done"]
    assert events[-1].detail == f"paul: Yearly change of keys; from {before.id} to {after.id}"
    assert before.secret.hex() not in turned.output + str(events)


DECIDE = [("reject", "demo"), ("revoke", "demo")]
FOR_EVER = [("keys", "rotate"), ("reveal", "Jane Roe"), ("hold", "add", "letter.md"), ("hold", "release", "letter.md"),
            ("erase", "letter.md", "--yes")]  # fmt: skip


@pytest.mark.parametrize("words", [("approve", "demo"), *DECIDE, *FOR_EVER])
def test_a_reason_that_would_fill_the_chain_is_refused(desk: Desk, words: tuple[str, ...]) -> None:
    before = load_or_create_key(desk.place.keys)

    error = refusal(desk, *words, "--key", "paul", "--reason", "a b c " * 20_000)

    assert (error.exit_code, "1,000 characters at most" in error.message) == (2, True)
    assert load_or_create_key(desk.place.keys) == before


@pytest.mark.parametrize(
    ("words", "reason"), [*((words, " ") for words in DECIDE + FOR_EVER), *((words, "x y") for words in FOR_EVER)]
)
def test_a_reason_that_says_nothing_is_refused(desk: Desk, words: tuple[str, ...], reason: str) -> None:
    error = refusal(desk, *words, "--key", "paul", "--reason", reason)

    assert (error.exit_code, "it takes a reason" in error.message) == (2, True)


def test_keys_in_the_workspace_that_they_protect_are_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUNIMENT_KEYS", str(desk.place.workspace.root / "keys"))

    with pytest.raises(ConfigError, match="the keys are in"):
        remember_trust(desk.place.workspace)


def test_a_run_notes_the_trust_root_beside_the_keys(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUNIMENT_KEYS", str(desk.place.keys))

    remember_trust(desk.place.workspace)

    (pin,) = desk.place.keys.glob("trust-*.json")
    assert pin.read_bytes() == desk.place.workspace.trust.read_bytes()
