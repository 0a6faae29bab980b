"""Whoever asks for a change and does not get it stands in the audit chain, also where the registry was never asked.

Where the chain cannot be written, the error itself says that nothing was kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows import cli
from registry.database import connecting, turns
from registry.errors import MunimentError
from registry.records import AuditEvent
from registry.trust.keys import new_key
from tests.registered import Place, make_place, typed

Spoil = Callable[[Place], object]
REASON = ("--reason", "no longer fit for use")
CHANGES = {
    "approve": ("approve", "demo"),
    "reject": ("reject", "demo", *REASON),
    "revoke": ("revoke", "demo", *REASON),
    "promote": ("promote", "demo"),
    "rollback": ("rollback",),
    "countersign": ("countersign",),
    "sign": ("sign", "demo"),
    "checkpoint": ("audit", "checkpoint"),
    "hold.add": ("hold", "add", "letter.md", *REASON),
    "hold.release": ("hold", "release", "letter.md", *REASON),
    "erase": ("erase", "letter.md", "--reason", "asked for by the subject", "--yes"),
    "keys.rotate": ("keys", "rotate", *REASON),
    "restore": ("registry", "restore", "nothing", "--accept-loss", *REASON),
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr("tests.registered.NOW", datetime.now(UTC))
    monkeypatch.setenv("MUNIMENT_KEYS", str(tmp_path / "keys"))
    monkeypatch.setenv("MUNIMENT_ACTOR", "mallory")
    made = make_place(tmp_path)
    place = Place(made.workspace, made.keys, datetime.now(UTC))
    (place.workspace.root / "policy.yaml").write_text("")
    with place.registry() as registry:
        place.adapter(registry)
    return place


def refused(place: Place, *words: str) -> MunimentError:
    done = CliRunner().invoke(cli.app, ["-C", str(place.workspace.root), *words])
    assert isinstance(done.exception, MunimentError), (done.output, done.exception)
    return done.exception


def new_events(place: Place, before: int) -> list[AuditEvent]:
    with place.registry() as registry:
        return registry.events()[before:]


def count(place: Place) -> int:
    return len(new_events(place, 0))


@pytest.mark.parametrize("action", CHANGES)
def test_a_key_that_is_not_there_is_told_with_the_act_that_it_was_meant_for(place: Place, action: str) -> None:
    before = count(place)

    error = refused(place, *CHANGES[action], "--key", "nobody")

    (event,) = new_events(place, before)
    assert (event.action, event.outcome, event.actor) == (action, "refused", "mallory")
    assert event.detail.startswith(type(error).__name__)
    assert str(place.workspace.root.parent) not in event.detail
    assert "not in the audit chain" not in error.message


def scribble(place: Place) -> None:
    place.workspace.trust.write_text("{}")


def cut(place: Place) -> None:
    place.workspace.trust.write_bytes(place.workspace.trust.read_bytes()[:-40])


def lose(place: Place) -> None:
    place.workspace.trust.unlink()


def blind(place: Place) -> None:
    place.workspace.trust.unlink()
    place.workspace.trust.mkdir()


def encrypt(place: Place) -> None:
    (place.keys / "rita.pem").unlink()
    (place.keys / "rita.pub").unlink()
    new_key("rita", place.keys, b"another")


def misspell_policy(place: Place) -> None:
    place.workspace.policy.write_text("licenses: nonsense\n")


def stranger(place: Place) -> None:
    (place.keys / "rita.pem").unlink()
    (place.keys / "rita.pub").unlink()
    new_key("rita", place.keys)


SPOILT: dict[str, tuple[Spoil, str]] = {
    "a trust root of nonsense": (scribble, "SignatureInvalid"),
    "a trust root cut off": (cut, "SignatureInvalid"),
    "no trust root": (lose, "NotFound"),
    "a trust root that cannot be read": (blind, "IntegrityError"),
    "a key whose passphrase is wrong": (encrypt, "ConfigError"),
    "a key that nobody knows": (stranger, "UnknownSigner"),
    "a policy that cannot be read": (misspell_policy, "ConfigError"),
}


@pytest.mark.parametrize("case", SPOILT)
def test_what_cannot_be_opened_or_believed_is_told(place: Place, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spoil, kind = SPOILT[case]
    monkeypatch.setenv("MUNIMENT_KEY_PASSPHRASE", "wrong")
    spoil(place)
    before = count(place)

    error = refused(place, "approve", "demo", "--key", "rita")

    (event,) = new_events(place, before)
    with place.registry() as registry:
        assert event.subjects == (registry.find("demo").digest,)
    assert (event.action, event.outcome) == ("approve", "refused")
    told = error.message.replace(f"{place.keys}/", "").replace(f"{place.workspace.root}/", "")
    assert event.detail == f"{kind}: {told}"
    assert str(place.workspace.root.parent) not in event.detail, "folders of this machine are not the report's business"


def test_an_expired_trust_root_is_told(place: Place, tmp_path: Path) -> None:
    old = make_place(tmp_path / "old").workspace.trust
    place.workspace.trust.write_bytes(old.read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("registry.commands.session.datetime", Later)
        before = count(place)
        refused(place, "approve", "demo", "--key", "rita")

    (event,) = new_events(place, before)
    assert event.detail.startswith("Expired: ")


class Later(datetime):
    """Two years on."""

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
        return datetime.now(UTC) + timedelta(days=730)


@pytest.mark.parametrize(
    "words",
    [
        ("add", "nora", "nowhere.pub", "--role", "reviewer"),
        ("add", "nora", "keys/rita.pub", "--role", "king"),
        ("remove", "nobody"),
        ("remove", "rita", "--key", "12345678"),
        ("rotate", "--threshold", "root=9"),
        ("rotate", "--threshold", "root=many"),
        ("renew", "--days", "1"),
        ("accept", "nowhere.json"),
        ("init",),
        ("add", "nora", "keys/rita.pub", "--role", "reviewer", "--root-key", "rita"),
        ("remove", "rita", "--root-key", "nobody"),
    ],
    ids=" ".join,
)
def test_a_change_of_the_trust_root_that_is_refused_is_told(
    place: Place, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place.keys.parent)
    trust, before = place.workspace.trust.read_bytes(), count(place)

    refused(place, "trust", *words)

    (event,) = new_events(place, before)
    assert (event.action, event.outcome) == ("trust", "refused")
    assert place.workspace.trust.read_bytes() == trust


def test_what_the_registry_itself_refuses_is_told_once(place: Place) -> None:
    before = count(place)

    refused(place, "approve", "demo", "--key", "olaf")
    typed(place.workspace, "promote", "demo", "--key", "olaf")

    assert [event.action for event in new_events(place, before)] == ["approve", "promote"]


def test_an_erasure_that_is_refused_is_told_without_whom_it_was_about(place: Place) -> None:
    before = count(place)

    refused(place, "erase", "Teodora Vasquez", "--reason", "asked for by the subject", "--key", "paul", "--yes")
    refused(place, "hold", "add", "cv-teodora-vasquez.txt", "--key", "paul", *REASON)

    assert [event.detail for event in new_events(place, before)] == ["NotFound", "NotFound"]


def test_a_name_that_would_fill_the_chain_is_cut_and_its_control_characters_are_not_kept(place: Place) -> None:
    before = count(place)

    refused(place, "approve", "x\x1b[2J\udcff" + "x" * 50_000, "--key", "rita")

    (event,) = new_events(place, before)
    assert len(event.detail) == 1_000
    assert event.detail.isprintable()


UNKEPT = "this attempt is not in the audit chain"


def test_where_no_registry_can_be_opened_the_error_says_that_nothing_was_kept(place: Place) -> None:
    place.workspace.registry.write_bytes(b"noise" * 5000)
    damaged = refused(place, "approve", "demo", "--key", "nobody")
    place.workspace.registry.unlink()
    missing = refused(place, "trust", "remove", "nobody")

    assert f"{UNKEPT}: " in damaged.message
    assert "cannot be read" in damaged.message
    assert f"{UNKEPT}: there is no registry" in missing.message


def test_a_registry_that_is_busy_is_not_waited_for_twice(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    waited = []

    @contextmanager
    def held(path: Path, wait_s: float) -> Iterator[float]:
        waited.append(wait_s)
        raise turns.busy(path, "4711")
        yield

    monkeypatch.setattr(connecting, "turn", held)
    error = refused(place, "approve", "demo", "--key", "rita")

    assert (error.exit_code, len(waited)) == (6, 1)
    assert UNKEPT in error.message


def test_looking_is_no_attempt_at_a_change(place: Place) -> None:
    before = count(place)

    refused(place, "show", "nobody")
    refused(place, "erase", "nobody at all")
    refused(place, "trust", "show", "nowhere.json")

    assert new_events(place, before) == []
