"""Private keys: how they are kept, opened, and used where they never leave a device."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer
from securesystemslib.signer import SIGNER_FOR_URI_SCHEME, CryptoSigner, Signature, Signer, SSlibKey
from typer.testing import CliRunner, Result

from registry.commands.keys import app as keys_commands
from registry.errors import ConfigError, DiskFull, IntegrityError, MunimentError, NotFound
from registry.signatures import envelopes
from registry.signatures.model_signatures import sign_directory, verify_directory
from registry.trust import key_uris, passphrases
from registry.trust.key_uris import name_key
from registry.trust.keys import Key, held, load_key, new_key, protect
from registry.trust.public_keys import public_key

SECRET = "four words nobody guesses"
LIBRARIES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so")


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MUNIMENT_KEYS", str(tmp_path / "keys"))
    return tmp_path / "keys"


def typed(*words: str) -> Result:
    app = typer.Typer(pretty_exceptions_enable=False)
    app.add_typer(keys_commands, name="keys")
    return CliRunner().invoke(app, ["keys", *words])


def refused(*words: str) -> MunimentError:
    error = typed(*words).exception
    assert isinstance(error, MunimentError), repr(error)
    return error


def test_a_key_is_encrypted_with_the_passphrase_that_is_given(keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUNIMENT_KEY_PASSPHRASE", SECRET)
    made = typed("new", "rita")

    assert "encrypted" in made.stdout
    assert held(keys / "rita.pem").kept == "encrypted"
    monkeypatch.delenv("MUNIMENT_KEY_PASSPHRASE")
    with pytest.raises(ConfigError):
        load_key("rita", keys)


def test_a_mistyped_key_is_answered_with_the_nearest_one(tmp_path: Path) -> None:
    new_key("paul", tmp_path)

    for typed_name, step in (("pual", "did you mean 'paul'"), ("rita", "choose one of paul, or make one")):
        with pytest.raises(NotFound) as caught:
            load_key(typed_name, tmp_path)
        assert caught.value.next_step.startswith(step)


def test_a_key_in_clear_has_to_be_asked_for_and_is_said_aloud(keys: Path) -> None:
    assert isinstance(refused("new", "rita"), ConfigError)
    assert not (keys / "rita.pem").exists()

    made = typed("new", "rita", "--no-passphrase")

    assert "in clear" in made.stdout
    assert "anyone who can read that file can sign as rita" in made.output


def test_a_passphrase_is_asked_for_twice_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([SECRET, SECRET, SECRET, "another one altogether"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda _: next(answers))

    assert passphrases.new() == SECRET.encode()
    with pytest.raises(ConfigError, match="differ"):
        passphrases.new()


def test_a_short_passphrase_is_refused(keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUNIMENT_KEY_PASSPHRASE", "short")

    assert "fewer than 12" in refused("new", "rita").message


def test_a_key_in_clear_is_encrypted_later(keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = new_key("root", keys)
    monkeypatch.setenv("MUNIMENT_KEY_PASSPHRASE", SECRET)

    assert typed("protect", "root").exit_code == 0

    assert load_key("root", keys).id == before.id
    assert held(before.path).kept == "encrypted"
    assert stat.S_IMODE(before.path.stat().st_mode) == 0o600
    assert list(keys.glob(".*")) == []
    with pytest.raises(ConfigError, match="in clear"):
        protect("root", keys, SECRET.encode())


def test_a_key_that_is_to_be_encrypted_is_not_called_a_new_one(keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new_key("root", keys)
    monkeypatch.delenv("MUNIMENT_KEY_PASSPHRASE", raising=False)

    error = refused("protect", "root")

    assert (error.message, error.next_step) == ("root needs a passphrase", "set MUNIMENT_KEY_PASSPHRASE")
    assert "--no-passphrase" in refused("new", "rita").next_step


def test_no_passphrase_is_asked_for_where_there_is_nothing_to_encrypt(
    keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_key("rita", keys, SECRET.encode())
    monkeypatch.delenv("MUNIMENT_KEY_PASSPHRASE", raising=False)

    assert "no key 'nobody'" in refused("protect", "nobody").message
    assert "does not lie in clear" in refused("protect", "rita").message


def test_a_key_in_clear_opens_whatever_the_passphrase_of_others(keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline = new_key("pipeline", keys)
    monkeypatch.setenv("MUNIMENT_KEY_PASSPHRASE", SECRET)

    assert load_key("pipeline", keys).id == pipeline.id


def test_another_persons_public_half_is_not_overwritten(keys: Path) -> None:
    keys.mkdir()
    (keys / "rita.pub").write_text("hers")

    assert isinstance(refused("new", "rita", "--no-passphrase"), ConfigError)
    assert (keys / "rita.pub").read_text() == "hers"
    assert isinstance(refused("list"), ConfigError)


def proves_itself(key: Key, directory: Path) -> None:
    """It signs envelopes, and weights as the stock tool would."""
    sealed = envelopes.seal(b"said", "text/plain", [key])
    assert envelopes.unseal(sealed, "text/plain", [public_key(key.public_pem)]) == (b"said", frozenset((key.id,)))
    directory.mkdir()
    (directory / "weights").write_text("some")
    verify_directory(directory, sign_directory(directory, key), key.public_pem, "anybody")


def test_a_key_elsewhere_is_used_by_its_address(keys: Path, tmp_path: Path) -> None:
    real = new_key("real", tmp_path / "safe")
    public = str(real.path.with_suffix(".pub"))

    assert typed("name", "olaf", f"file2:{real.path}", "--public", public).exit_code == 0

    assert load_key("olaf", keys).id == real.id
    assert held(keys / "olaf.uri").kept == "by address"
    assert "by address" in typed("list").stdout
    proves_itself(load_key("olaf", keys), tmp_path / "model")


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("ftp:key", True), ("file2:nowhere.pem", True), ("awskms:1", False), ("hsm:2", False), ("hsm:two", False),
        ("file2:{other}", True),
    ],
)  # fmt: skip
def test_an_address_that_does_not_sign_gets_no_name(keys: Path, tmp_path: Path, address: str, public: bool) -> None:
    real, other = new_key("real", tmp_path), new_key("other", tmp_path)
    pem = real.public_pem if public else None

    with pytest.raises(ConfigError):
        name_key(address.format(other=other.path), pem, keys / "olaf.uri")
    assert not keys.exists()


def test_a_public_half_that_is_none_is_named(keys: Path, tmp_path: Path) -> None:
    (tmp_path / "x.pub").write_text("x")

    assert isinstance(refused("name", "olaf", "file2:x", "--public", str(tmp_path / "none.pub")), NotFound)
    assert isinstance(refused("name", "olaf", "file2:x", "--public", str(tmp_path / "x.pub")), ConfigError)
    keys.mkdir()
    (keys / "olaf.uri").write_text("file2:x")
    with pytest.raises(IntegrityError):
        load_key("olaf", keys)


def test_a_key_service_is_reached_through_securesystemslibs_interface(
    keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for another company's service: it keeps the private half and asks for its secret."""
    asked: list[str] = []
    real = CryptoSigner.generate_ecdsa()

    class Service(Signer):
        @property
        def public_key(self) -> SSlibKey:
            return real.public_key

        @classmethod
        def from_priv_key_uri(
            cls, uri: str, public: object, secrets: Callable[[str], str] | None = None
        ) -> Signer:
            assert secrets is not None
            asked.append(secrets("token"))
            return cls()

        def sign(self, payload: bytes) -> Signature:
            return real.sign(payload)

    monkeypatch.setitem(SIGNER_FOR_URI_SCHEME, "somekms", Service)
    monkeypatch.setenv("MUNIMENT_KEY_PASSPHRASE", SECRET)
    name_key("somekms:projects/1", str(real.public_key.keyval["public"]), keys / "olaf.uri")

    proves_itself(load_key("olaf", keys), tmp_path / "model")
    assert set(asked) == {SECRET}


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A SoftHSM token with a P-256 key under id 2; the address of it."""
    library = next((path for path in LIBRARIES if Path(path).exists()), None)
    if library is None:
        pytest.skip("no SoftHSM on this machine (apt-get install softhsm2, make install): PKCS#11 is not tried here")
    pytest.importorskip("pkcs11", reason="SoftHSM came after make install: remove .venv/.installed and make install")
    place = tmp_path_factory.mktemp("token")
    (place / "tokens").mkdir()
    (place / "conf").write_text(f"directories.tokendir = {place / 'tokens'}\nobjectstore.backend = file\n")
    environment = {"SOFTHSM2_CONF": str(place / "conf"), "PYKCS11LIB": library}
    before = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", "vault", "--pin", SECRET, "--so-pin", SECRET],
        check=True, capture_output=True,
    )  # fmt: skip
    _make_key(library)
    yield "hsm:2?label=vault"
    for name, value in before.items():
        os.environ.pop(name) if value is None else os.environ.update({name: value})


def _make_key(library: str) -> None:
    import pkcs11
    from pkcs11.util.ec import encode_named_curve_parameters

    with pkcs11.lib(library).get_token(token_label="vault").open(rw=True, user_pin=SECRET) as session:
        curve = {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
        parameters = session.create_domain_parameters(pkcs11.KeyType.EC, curve, local=True)
        parameters.generate_keypair(store=True, id=b"\x02", label="olaf")


def test_a_key_in_a_pkcs11_token_signs_and_never_leaves_it(
    keys: Path, tmp_path: Path, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUNIMENT_KEY_PASSPHRASE", SECRET)

    made = typed("name", "olaf", token)

    assert made.exit_code == 0, repr(made.exception)
    assert [path.suffix for path in sorted(keys.iterdir())] == [".pub", ".uri"]
    proves_itself(load_key("olaf", keys), tmp_path / "model")
    with pytest.raises(IntegrityError, match="another key"):
        name_key(token, new_key("other", tmp_path).public_pem, keys / "other.uri")
    monkeypatch.setenv("MUNIMENT_KEY_PASSPHRASE", "another pin")
    with pytest.raises(ConfigError, match="does not sign"):
        load_key("olaf", keys).signer.sign(b"x")
    with pytest.raises(ConfigError, match="does not answer"):
        key_uris.name_key("hsm:7?label=vault", None, keys / "other.uri")


def test_a_device_without_end_is_no_key(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not open"):
        load_key("/dev/zero", tmp_path)


@pytest.mark.parametrize("room", [0, 1])
def test_a_key_that_the_disk_had_no_room_for_leaves_its_name_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    sync, left = os.fsync, [room]

    def synced(handle: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(handle)

    monkeypatch.setattr(os, "fsync", synced)
    with pytest.raises(DiskFull):
        new_key("rita", tmp_path)
    monkeypatch.undo()

    assert list(tmp_path.iterdir()) == []
    assert load_key(new_key("rita", tmp_path).path.stem, tmp_path).public_pem == (tmp_path / "rita.pub").read_text()


def test_a_damaged_key_in_clear_sends_nobody_for_a_passphrase(tmp_path: Path) -> None:
    new_key("rita", tmp_path).path.write_bytes(b"")

    with pytest.raises(ConfigError, match="does not open") as refused:
        load_key("rita", tmp_path)

    assert refused.value.next_step == "restore it from your backup"
