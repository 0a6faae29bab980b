"""Files beside the registry that anybody with the folder could write: each is refused by name, none ends a server."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from registry.audit import bundles, checkpoint_files
from registry.errors import ChainBroken, DigestMismatch, IntegrityError, MunimentError, SignatureInvalid, UnknownSigner
from registry.release.verification import read_refusals, verify_release
from registry.signatures import envelopes
from registry.signatures.model_signatures import sign_directory, verify_directory
from registry.trust.keys import new_key
from registry.trust.principals import Principal
from registry.trust.public_keys import public_key
from registry.trust.root import load_pinned, load_trust
from registry.trust.signing import create_trust, enroll
from tests.released import House, house

ODD: tuple[object, ...] = (None, 7, True, 1.5)


@pytest.fixture
def made(tmp_path: Path) -> House:
    return house(tmp_path / "house")


@pytest.mark.parametrize("key_id", ODD)
def test_a_key_id_that_is_no_text_is_no_envelope(made: House, key_id: object) -> None:
    envelope = json.loads(made.envelope(made.adapter(1), 1))
    envelope["signatures"][0]["keyid"] = key_id
    now = datetime.now(UTC)

    with pytest.raises(SignatureInvalid):
        verify_release(json.dumps(envelope).encode(), load_trust(made.workspace.trust, now), now)


def test_a_model_signature_without_a_bottom_is_refused(tmp_path: Path) -> None:
    """Its signer may sign, and signs what no reader can take in."""
    model, payload, kind = tmp_path / "model", b"[" * 100_000, b"application/vnd.in-toto+json"
    model.mkdir()
    (model / "a.safetensors").write_text("x")
    key = new_key("eve", tmp_path / "keys")
    bundle = json.loads(sign_directory(model, key))
    signature = key.signer.sign(b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)).signature
    bundle["dsseEnvelope"]["payload"] = base64.b64encode(payload).decode()
    bundle["dsseEnvelope"]["signatures"][0]["sig"] = base64.b64encode(bytes.fromhex(signature)).decode()

    with pytest.raises(SignatureInvalid):
        verify_directory(model, json.dumps(bundle), key.public_pem, "eve")


@pytest.mark.parametrize("issued", ["2020-01-01T00:00:00", 2**70])
def test_a_signed_release_without_a_time_zone_or_past_all_numbers_is_refused(made: House, issued: object) -> None:
    statement = json.loads(envelopes.payload(made.envelope(made.adapter(1), 1)))
    statement["predicate"]["issued" if isinstance(issued, str) else "version"] = issued
    signed = envelopes.seal(json.dumps(statement).encode(), "application/vnd.in-toto+json", [made.keys["olaf"]])
    now = datetime.now(UTC)

    with pytest.raises(SignatureInvalid):
        verify_release(signed.encode(), load_trust(made.workspace.trust, now), now)


def test_a_refusal_that_is_no_text_is_an_integrity_error(made: House) -> None:
    made.workspace.refusals.mkdir()
    (made.workspace.refusals / "one.json").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(IntegrityError):
        read_refusals(made.workspace.refusals)


def test_a_public_key_of_an_unknown_kind_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        public_key("-----BEGIN PUBLIC KEY-----\nMBAwBgYCKgMFAAMGAAECAwQF\n-----END PUBLIC KEY-----\n")


@pytest.mark.parametrize("name", ["rita\u200b", " rita", "rita ", "rita\u202e", "rita\x1b[2J", "ｒita", "rita\n"])
def test_nobody_is_enrolled_twice_by_a_name_that_looks_the_same(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="visible characters"):
        Principal(name=name, roles=("reviewer",), keys=(new_key("k", tmp_path).public_pem,))


@contextmanager
def swapping(path: Path, contents: tuple[bytes, bytes]) -> Iterator[None]:
    """Another process that writes the one and the other in turn."""
    stop = threading.Event()

    def work() -> None:
        turn = 0
        while not stop.is_set():
            turn += 1
            staging = path.with_name("staging")
            staging.write_bytes(contents[turn % 2])
            staging.replace(path)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_a_trust_root_swapped_while_it_is_read_is_never_believed(made: House, tmp_path: Path) -> None:
    now, path, pin = datetime.now(UTC), made.workspace.trust, tmp_path / "trust.pin"
    load_pinned(path, pin, now)
    own = tmp_path / "own.json"
    root, person = new_key("root", tmp_path / "own"), new_key("mallory", tmp_path / "own")
    create_trust(own, root, now)
    for _ in range(6):
        enroll(own, root, Principal(name="mallory", roles=("operator",), keys=(person.public_pem,)), now)

    with swapping(path, (path.read_bytes(), own.read_bytes())):
        for _ in range(60):
            try:
                believed = load_pinned(path, pin, now)
            except UnknownSigner:
                continue
            except MunimentError as error:  # pragma: no cover - a torn read has another name
                pytest.fail(error.message)
            assert believed.principal("mallory") is None


def test_an_artifact_reached_or_filled_by_a_link_is_not_the_artifact(made: House, tmp_path: Path) -> None:
    inside, whole = made.adapter(1).weights, made.adapter(2).weights
    artifacts = made.workspace.artifacts
    (artifacts.path(inside) / "more.json").symlink_to("/etc/hostname")
    moved = tmp_path / "moved"
    artifacts.path(whole).rename(moved)
    artifacts.address(whole).symlink_to(moved)

    for digest in (inside, whole):
        with pytest.raises(DigestMismatch):
            artifacts.verified(digest)


def test_a_checkpoint_or_bundle_that_is_no_text_is_named(made: House, tmp_path: Path) -> None:
    checkpoint_files.path_in(tmp_path, 1).write_bytes(b"\xff")
    (tmp_path / "bundle").write_bytes(b"[" * 100_000)

    with pytest.raises(IntegrityError):
        checkpoint_files.read(tmp_path)
    with pytest.raises(ChainBroken):
        bundles.verify(tmp_path / "bundle", load_trust(made.workspace.trust, datetime.now(UTC)))
