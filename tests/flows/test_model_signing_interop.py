"""Our signatures verify with the stock `model_signing` command, and what it signed is accepted here."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import Result

from registry.audit.verification import verify
from registry.errors import DigestMismatch, MunimentError, SignatureInvalid, UnknownSigner
from registry.records import Adapter
from registry.signatures.adapters import verify_adapter
from registry.signatures.model_signatures import sign_directory
from registry.trust.keys import new_key
from tests.registered import Place, make_place, typed


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr("tests.registered.NOW", datetime.now(UTC))
    monkeypatch.setenv("MUNIMENT_KEYS", str(tmp_path / "keys"))
    made = make_place(tmp_path)
    return Place(made.workspace, made.keys, datetime.now(UTC))


@pytest.fixture
def adapter(place: Place) -> Adapter:
    with place.registry() as registry:
        return place.adapter(registry)


def muniment(place: Place, *words: str) -> Result:
    return typed(place.workspace, *words)


def stock(*words: str) -> subprocess.CompletedProcess[str]:
    """The command as its own package installs it."""
    return subprocess.run(
        [str(Path(sys.executable).parent / "model_signing"), *words], capture_output=True, text=True, check=False
    )


def weights(place: Place, adapter: Adapter) -> Path:
    return place.workspace.artifacts.path(adapter.weights)


def test_the_stock_command_verifies_what_we_signed_and_notices_a_change(
    place: Place, adapter: Adapter, tmp_path: Path
) -> None:
    bundle = tmp_path / "model.sig"
    assert muniment(place, "sign", adapter.version, "--key", "eve").exit_code == 0
    told = muniment(place, "signature", adapter.version, "--out", str(bundle)).stdout
    command = told.splitlines()[-1].replace("eve.pub", str(place.keys / "eve.pub")).split()[1:]

    verified = stock(*command)

    assert verified.returncode == 0, verified.stderr
    (weights(place, adapter) / "adapter_model.safetensors").write_text("other weights")
    assert stock(*command).returncode != 0


def test_what_the_stock_command_signed_is_accepted_kept_and_verified(
    place: Place, adapter: Adapter, tmp_path: Path
) -> None:
    bundle = tmp_path / "theirs.sig"
    made = stock("sign", "key", str(weights(place, adapter)), "--private_key", str(place.keys / "eve.pem"),
                 "--signature", str(bundle))  # fmt: skip
    assert made.returncode == 0, made.stderr

    accepted = muniment(place, "sign", adapter.version, "--bundle", str(bundle))

    assert "signed by eve" in accepted.stdout, repr(accepted.exception)
    rows = json.loads(muniment(place, "signature", adapter.version, "--json").stdout)
    assert [(row["signer"], row["bundle"]) for row in rows] == [("eve", bundle.read_text())]
    with place.registry() as registry:
        place.vouch(registry)
        assert verify(registry, place.workspace, place.trust, place.now) == []


def test_who_else_signed_is_told_beside_the_first_signature(place: Place, adapter: Adapter) -> None:
    place.add_key("olga", "olga", "operator")
    assert muniment(place, "sign", adapter.version, "--key", "eve").exit_code == 0
    alone = muniment(place, "signature", adapter.version)
    assert muniment(place, "sign", adapter.version, "--key", "olga").exit_code == 0

    both = muniment(place, "signature", adapter.version)

    first, other = (row["signer"] for row in json.loads(muniment(place, "signature", adapter.version, "--json").stdout))
    assert both.stdout == muniment(place, "signature", adapter.version, "--signer", first).stdout
    assert (alone.stderr, both.stderr) == ("", f"this is {first}'s; with --signer NAME that of {other}\n")


@pytest.mark.parametrize("ignored", ["adapter_model.safetensors", "extra"])
def test_a_bundle_that_leaves_files_out_is_refused_although_the_stock_command_takes_it(
    place: Place, adapter: Adapter, tmp_path: Path, ignored: str
) -> None:
    directory, bundle = tmp_path / "model", tmp_path / "theirs.sig"
    (directory / "extra").mkdir(parents=True)
    for name in ("adapter_model.safetensors", "adapter_config.json", "extra/code.py"):
        (directory / name).write_text(name)
    stock("sign", "key", str(directory), "--private_key", str(place.keys / "eve.pem"), "--signature", str(bundle),
          "--ignore-paths", str(directory / ignored))  # fmt: skip
    for path in directory.rglob(f"*{ignored}*"):
        (path / "code.py" if path.is_dir() else path).write_text("something else")
    public = str(place.keys / "eve.pub")
    assert stock("verify", "key", str(directory), "--signature", str(bundle), "--public_key", public).returncode == 0

    with pytest.raises(SignatureInvalid, match="leaves out"):
        verify_adapter(directory, bundle.read_text(), place.trust)


def test_a_file_that_the_format_never_signs_is_refused_when_signing(place: Place, tmp_path: Path) -> None:
    from registry.trust.keys import load_key

    (tmp_path / "model").mkdir()
    (tmp_path / "model" / ".gitattributes").write_text("*.py filter=run")

    with pytest.raises(SignatureInvalid, match="leaves out"):
        sign_directory(tmp_path / "model", load_key("eve", place.keys))


def test_a_strangers_bundle_or_one_over_other_files_is_refused(place: Place, adapter: Adapter, tmp_path: Path) -> None:
    stranger, bundle = new_key("stranger", tmp_path), tmp_path / "theirs.sig"
    other = tmp_path / "model"
    other.mkdir()
    (other / "adapter_model.safetensors").write_text("other weights")
    for key, directory, error in (
        (stranger.path, weights(place, adapter), UnknownSigner), (place.keys / "eve.pem", other, DigestMismatch),
    ):  # fmt: skip
        stock("sign", "key", str(directory), "--private_key", str(key), "--signature", str(bundle))
        refused = muniment(place, "sign", adapter.version, "--bundle", str(bundle))
        assert isinstance(refused.exception, error)
    with place.registry() as registry:
        assert [event.outcome for event in registry.events()[-2:]] == ["refused", "refused"]


JUNK = ("", "{}", "[]", "null", '{"verificationMaterial": {"publicKey": {"hint": []}}}', "[" * 100_000)


@pytest.mark.parametrize("junk", JUNK, ids=range(len(JUNK)))
def test_junk_is_no_bundle(place: Place, adapter: Adapter, tmp_path: Path, junk: str) -> None:
    (tmp_path / "junk").write_text(junk)

    assert isinstance(
        muniment(place, "sign", adapter.version, "--bundle", str(tmp_path / "junk")).exception,
        SignatureInvalid | UnknownSigner,
    )


@pytest.mark.parametrize("part", ["dsseEnvelope", "mediaType", "verificationMaterial", "payload", "signatures"])
def test_a_bundle_that_lacks_a_part_is_refused_by_name(
    place: Place, adapter: Adapter, tmp_path: Path, part: str
) -> None:
    from registry.trust.keys import load_key

    bundle = json.loads(sign_directory(weights(place, adapter), load_key("eve", place.keys)))
    holder = bundle if part in bundle else bundle["dsseEnvelope"]
    holder[part] = [] if part == "signatures" else base64.b64encode(b"{}").decode() if part == "payload" else {}
    (tmp_path / "cut").write_text(json.dumps(bundle))

    refused = muniment(place, "sign", adapter.version, "--bundle", str(tmp_path / "cut")).exception

    assert isinstance(refused, SignatureInvalid | DigestMismatch), repr(refused)


def test_what_is_asked_for_wrongly_is_named(place: Place, adapter: Adapter) -> None:
    for words, code in (
        (("sign", adapter.version), 2), (("sign", adapter.version, "--bundle", "nowhere"), 3),
        (("signature", adapter.version), 3), (("sign", adapter.version, "--key", "rita"), 4),
    ):  # fmt: skip
        error = muniment(place, *words).exception
        assert isinstance(error, MunimentError), words
        assert error.exit_code == code
