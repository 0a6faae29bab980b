"""Others' tools verify our adapters; we verify that the files are the signed ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from registry.audit.verification import verify
from registry.database.store import Attestation, Change
from registry.decisions.evidence import sign_evidence, signers, unsigned
from registry.errors import DigestMismatch, Refused, SignatureInvalid, UnknownSigner
from registry.records import Evidence
from registry.signatures import attestations
from registry.signatures.adapters import sign_adapter, verify_adapter
from registry.signatures.model_signatures import sign_directory
from registry.trust.keys import load_key, new_key
from tests.registered import NOW, Place, make_place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


def test_a_signed_adapter_is_verified_by_the_stock_openssf_library(place: Place) -> None:
    from model_signing import verifying

    with place.registry() as registry:
        adapter = place.adapter(registry)
        signature = sign_adapter(registry, place.workspace, adapter, place.by("eve"))
        assert sign_adapter(registry, place.workspace, adapter, place.by("eve")) == signature
        place.vouch(registry)
        assert verify(registry, place.workspace, place.trust, NOW) == []
    weights = place.workspace.artifacts.path(adapter.weights)
    kept = place.workspace.root / "model.sig"
    kept.write_text(signature)

    stock = verifying.Config()  # type: ignore[no-untyped-call]
    stock.use_elliptic_key_verifier(public_key=place.keys / "eve.pub").verify(weights, kept)
    assert verify_adapter(weights, signature, place.trust) == "eve"


@pytest.mark.parametrize("change", ["edited", "added", "removed"])
def test_a_changed_directory_does_not_match_its_signature(place: Place, tmp_path: Path, change: str) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "a.safetensors").write_text("weights")
    (model / "config.json").write_text("{}")
    signature = sign_directory(model, load_key("eve", place.keys))
    if change == "removed":
        (model / "config.json").unlink()
    else:
        (model / ("config.json" if change == "edited" else "extra.py")).write_text("other")

    with pytest.raises(DigestMismatch):
        verify_adapter(model, signature, place.trust)


def test_a_model_signature_by_a_stranger_or_a_reviewer_does_not_count(place: Place, tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "a").write_text("weights")
    new_key("stranger", place.keys)

    for signer, why in (("stranger", "the trust root does not know"), ("rita", "rita, who is reviewer")):
        with pytest.raises(UnknownSigner, match=why) as refused:
            verify_adapter(model, sign_directory(model, load_key(signer, place.keys)), place.trust)
        assert refused.value.next_step
    with pytest.raises(SignatureInvalid):
        verify_adapter(model, "{}", place.trust)
    with place.registry() as registry, pytest.raises(Refused):
        sign_adapter(registry, place.workspace, place.adapter(registry), place.by("rita"))


def test_whoever_signed_the_weights_does_not_approve_them(place: Place) -> None:
    from registry.decisions.grounds import makers

    with place.registry(actor="login") as registry:
        adapter = place.adapter(registry)
        sign_adapter(registry, place.workspace, adapter, place.by("eve"))

        assert makers(registry, adapter) == {"login", "eve"}


def test_evidence_is_signed_once_and_names_who_measured(place: Place) -> None:
    with place.registry() as registry:
        evidence = place.judge(registry, place.adapter(registry), accuracy=0.9)
        place.vouch(registry, evidence)
        before = len(registry.events())

        assert signers(registry, evidence, place.trust) == {"eve"}
        assert sign_evidence(registry, [evidence], place.by("eve")) == 0
        assert len(registry.events()) == before
        assert sign_evidence(registry, [evidence], place.by("olaf")) == 1
        assert signers(registry, evidence, place.trust) == {"eve", "olaf"}


def test_a_reviewer_does_not_vouch_for_figures(place: Place) -> None:
    with place.registry() as registry:
        evidence = place.judge(registry, place.adapter(registry), accuracy=0.9)

        with pytest.raises(Refused):
            sign_evidence(registry, [evidence], place.by("rita"))
        assert registry.events()[-1].outcome == "refused"


def test_evidence_that_nobody_signed_is_named(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        sign_adapter(registry, place.workspace, adapter, place.by("eve"))

        findings = verify(registry, place.workspace, place.trust, NOW)

        assert [(f.integrity, "nobody signed this figure" in f.sentence) for f in findings] == [(False, True)]
        assert [e.type for e in unsigned(registry, registry.all(Evidence), place.trust)] == ["headline"]
        place.vouch(registry)
        assert verify(registry, place.workspace, place.trust, NOW) == []


@pytest.mark.parametrize("how", ["of other evidence", "of another adapter", "forged"])
def test_a_false_statement_about_evidence_is_an_integrity_finding(place: Place, how: str) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        evidence = registry.all(Evidence)[0]
        other = evidence.model_copy(update={"type": "general"}) if how == "of other evidence" else evidence
        subject = "f" * 64 if how == "of another adapter" else evidence.subject
        envelope = attestations.sign(other, "x", subject, load_key("eve", place.keys))
        if how == "forged":
            parts = json.loads(envelope)
            parts["signatures"][0]["sig"] = "MEUCIQ" + "A" * 90
            envelope = json.dumps(parts)
        kept = (Attestation(evidence.digest, "evidence", envelope, "eve"),)
        registry.apply(Change("sign", (evidence.digest,), "eve signed", attestations=kept))

        findings = [f for f in verify(registry, place.workspace, place.trust, NOW) if f.integrity]

        assert len(findings) == 1
        with pytest.raises(SignatureInvalid):
            signers(registry, evidence, place.trust)
        assert adapter.digest == evidence.subject
