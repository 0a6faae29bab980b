"""The trust root: who signed it, for how long, and what may replace it."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from registry.errors import ConfigError, Expired, NotFound, ReleaseReplayed, SignatureInvalid, UnknownSigner
from registry.trust.keys import load_key, new_key
from registry.trust.principals import Principal
from registry.trust.root import load_pinned, load_trust
from registry.trust.signing import create_trust, enroll
from tests.forging import edited
from tests.registered import NOW, Place, make_place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


def test_a_private_key_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    key = new_key("rita", tmp_path / "keys")

    assert key.path.stat().st_mode & 0o777 == 0o600


def test_a_key_with_a_passphrase_opens_with_it_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUNIMENT_KEY_PASSPHRASE", "correct horse")
    key = new_key("rita", tmp_path)
    assert load_key("rita", tmp_path).id == key.id
    assert b"ENCRYPTED" in key.path.read_bytes()

    for wrong in ("battery staple", ""):
        monkeypatch.setenv("MUNIMENT_KEY_PASSPHRASE", wrong)
        with pytest.raises(ConfigError):
            load_key("rita", tmp_path)


def test_keys_are_not_overwritten_nor_placed_elsewhere(tmp_path: Path) -> None:
    new_key("rita", tmp_path)

    for name in ("rita", "../rita", "", "a/b"):
        with pytest.raises(ConfigError):
            new_key(name, tmp_path)
    with pytest.raises(NotFound):
        load_key("nobody", tmp_path)


def test_an_expired_trust_root_is_refused(place: Place) -> None:
    with pytest.raises(Expired):
        load_trust(place.workspace.trust, NOW + timedelta(days=400))


def test_an_edited_trust_root_is_refused(place: Place) -> None:
    text = place.workspace.trust.read_text()
    place.workspace.trust.write_text(edited(text, b'"approve":2', b'"approve":3'))

    with pytest.raises((SignatureInvalid, UnknownSigner)):
        load_trust(place.workspace.trust, NOW)


def test_a_foreign_trust_root_is_refused_where_the_root_is_pinned(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUNIMENT_TRUST_ROOT", load_key("root", place.keys).id)
    load_trust(place.workspace.trust, NOW)
    place.workspace.trust.unlink()
    create_trust(place.workspace.trust, new_key("mallory", place.keys), NOW)

    with pytest.raises(UnknownSigner):
        load_trust(place.workspace.trust, NOW)


def test_a_server_remembers_its_trust_root_and_takes_only_newer_ones_by_the_same_root(place: Place) -> None:
    pin, trust = place.workspace.serving / "trust.pin", place.workspace.trust
    load_pinned(trust, pin, NOW)
    older = place.workspace.root / "older.json"
    shutil.copyfile(trust, older)
    place.add_key("nora", "nora")
    assert load_pinned(trust, pin, NOW).principal("nora") is not None

    shutil.copyfile(older, trust)
    with pytest.raises(ReleaseReplayed):
        load_pinned(trust, pin, NOW)
    trust.unlink()
    create_trust(trust, new_key("mallory", place.keys), NOW)
    with pytest.raises(UnknownSigner):
        load_pinned(trust, pin, NOW)


def test_only_the_root_key_enrols_people(place: Place) -> None:
    key = new_key("mallory", place.keys)

    with pytest.raises(UnknownSigner):
        enroll(place.workspace.trust, key, Principal(name="m", roles=("operator",), keys=(key.public_pem,)), NOW)


def test_one_key_cannot_be_two_people(place: Place) -> None:
    root, rita = load_key("root", place.keys), load_key("rita", place.keys)

    with pytest.raises(ConfigError, match="belongs to somebody else already"):
        enroll(place.workspace.trust, root, Principal(name="tom", roles=("reviewer",), keys=(rita.public_pem,)), NOW)
    with pytest.raises(ConfigError, match="'rita' is in the trust root already"):
        enroll(place.workspace.trust, root, Principal(name="RITA", roles=("reviewer",), keys=()), NOW)
