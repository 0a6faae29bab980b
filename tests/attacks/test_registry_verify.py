"""What somebody changed by hand in a workspace: `muniment verify` finds it, and names it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from registry.audit import checkpoint_files, witness
from registry.audit.sealing import Sealing
from registry.audit.verification import SCHEMA, verify
from registry.database.store import Registry
from registry.errors import ChainBroken
from registry.records import Base
from registry.signatures.adapters import sign_adapter
from tests.attacks.test_registry_releases import approved, released
from tests.registered import NOW, Place, make_place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


def test_verify_finds_a_foreign_release_file_and_a_cut_chain(place: Place) -> None:
    released(place)
    place.workspace.release.write_bytes(b"{}")
    with place.registry() as registry:
        registry.connection.execute("DELETE FROM events WHERE sequence >= 5")

        findings = verify(registry, place.workspace, place.trust, NOW)

    about = {finding.about for finding in findings if finding.integrity}
    assert {"release.json", "audit chain"} <= about


def test_verify_finds_an_added_member_and_an_edited_record(place: Place) -> None:
    from registry.database.store import StageResult
    from tests.unit.test_registry_store import document_set, documents

    with place.registry() as registry:
        digest = registry.commit(StageResult("key", "ingest", document_set(2), documents(2)))
        assert verify(registry, place.workspace, place.trust, NOW) == []
        registry.connection.execute("INSERT INTO edges VALUES (?, ?, 'member', 0)", ["f" * 64, digest])
        registry.connection.execute("UPDATE records SET body = json_merge_patch(body, '{\"licence\": \"CC0-1.0\"}')"
                                    " WHERE kind = 'document' AND (body ->> 'path') = '0.txt'")  # fmt: skip

        findings = verify(registry, place.workspace, place.trust, NOW)

    assert len(findings) == 2
    assert all(finding.integrity for finding in findings)


def test_an_event_edited_into_something_else_is_a_broken_chain_not_a_crash(place: Place) -> None:
    released(place)
    with place.registry() as registry:
        registry.connection.execute("UPDATE events SET body = '{}' WHERE sequence = 2")

        assert any(
            f.about == "audit chain" and f.integrity for f in verify(registry, place.workspace, place.trust, NOW)
        )


def test_weights_changed_under_a_signature_are_named_once(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        sign_adapter(registry, place.workspace, adapter, place.by("eve"))
        kept = place.workspace.artifacts.path(adapter.weights) / "adapter_model.safetensors"
        kept.chmod(0o644)
        kept.write_text("weights of somebody else")

        findings = verify(registry, place.workspace, place.trust, NOW, adapter)

    assert [f.about for f in findings if f.integrity] == [adapter.version]


def test_what_an_adapter_was_made_of_is_read_again_too(place: Place) -> None:
    source = place.workspace.root / "weights"
    with place.registry() as registry:
        adapter = place.adapter(registry)
        source.write_text("a base model")
        weights = place.workspace.artifacts.put(source)
        base = Base(name="other", weights=weights, licence="MIT", architecture="Llama", parameters=1, source="made")
        registry.add(base, action="base")
        other = adapter.model_copy(update={"base": base.digest, "name": "other"})
        registry.add(other, (base.digest,), "register")
        kept = place.workspace.artifacts.path(weights)
        kept.chmod(0o644)
        kept.write_text("another base model")

        of_all = verify(registry, place.workspace, place.trust, NOW)
        of_its_own = verify(registry, place.workspace, place.trust, NOW, other)
        of_one_beside = verify(registry, place.workspace, place.trust, NOW, adapter)

    named = f"base {base.digest[:12]}"
    assert [f.about for f in of_all if f.integrity] == [named] == [f.about for f in of_its_own if f.integrity]
    assert not [f for f in of_one_beside if f.integrity]


def test_an_adapter_whose_evidence_was_taken_away_is_named(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        registry.connection.execute("DELETE FROM records WHERE kind = 'evidence'")

        findings = verify(registry, place.workspace, place.trust, NOW, adapter)

    assert any(f.about == adapter.version and "evidence" in f.sentence for f in findings)


def test_a_release_without_its_signed_statement_is_named(place: Place) -> None:
    released(place)
    with place.registry() as registry:
        registry.connection.execute("DELETE FROM attestations WHERE type = 'release'")

        findings = verify(registry, place.workspace, place.trust, NOW)

    assert any(f.about == "production release" and f.integrity for f in findings)


def test_a_mark_of_erasure_that_nobody_signed_is_no_excuse_for_missing_weights(place: Place) -> None:
    with place.registry() as registry:
        adapter = place.adapter(registry)
        shutil.rmtree(place.workspace.artifacts.path(adapter.weights))
        place.workspace.artifacts.tombstone(adapter.weights).write_text("{}")

        findings = verify(registry, place.workspace, place.trust, NOW)

    assert any(f.integrity and adapter.weights[:12] in f"{f.about} {f.sentence}" for f in findings)


def test_a_checkpoint_that_is_gone_everywhere_but_from_this_machines_memory_is_missed(place: Place) -> None:
    released(place)
    with place.registry() as registry:
        registry.connection.execute("DELETE FROM checkpoints")
        for file in registry.sealing.outside.iterdir():
            file.unlink()

        findings = verify(registry, place.workspace, place.trust, NOW)

    assert any(f.integrity and "checkpoint" in f.sentence and "gone" in f.sentence for f in findings)


def test_nobody_seals_a_chain_that_was_edited_since_its_last_checkpoint(place: Place) -> None:
    released(place)
    with place.registry() as registry:
        place.adapter(registry, 2)
        last = registry.head().sequence
        registry.connection.execute("UPDATE events SET body = json_merge_patch(body, '{\"actor\": \"eve2\"}')"
                                    " WHERE sequence = ?", [last])  # fmt: skip

        with pytest.raises(ChainBroken):
            registry.writer.seal(place.by("olaf"))


@pytest.mark.parametrize("written", ["", "{}", '{"payload": 1}', '{"payload": "e30="}', "[]"])
def test_a_garbled_memory_of_the_last_checkpoint_claims_nothing(written: str) -> None:
    assert witness.sequence_of(written) == -1


def test_a_function_planted_in_the_file_is_all_that_is_told_of_it(place: Place) -> None:
    released(place)
    with place.registry() as registry:
        registry.connection.execute("CREATE FUNCTION planted(x) AS x")
        registry.connection.execute("DELETE FROM events WHERE sequence = 3")

        findings = verify(registry, place.workspace, place.trust, NOW)

    assert {f.about for f in findings if f.integrity} >= {SCHEMA}
    assert not {f.about for f in findings} - {SCHEMA, "audit chain"}


def test_a_checkpoint_that_nobody_made_when_it_was_due_is_asked_for(place: Place) -> None:
    seldom = Sealing(place.workspace.checkpoints, lambda: 3)
    with Registry.open(place.workspace.registry, "eve", sealing=seldom) as registry:
        place.promote(registry, approved(place, registry))
        place.adapter(registry, 2)

        findings = verify(registry, place.workspace, place.trust, NOW)

    assert any("checkpoint has been due" in f.sentence and not f.integrity for f in findings)


def test_forged_checkpoints_of_events_that_never_were_are_all_named(place: Place) -> None:
    released(place)
    with place.registry() as registry:
        for number in (901, 902):
            checkpoint_files.write(registry.sealing.outside, number, "{}")

        findings = verify(registry, place.workspace, place.trust, NOW)

    assert sum(f.integrity and ("901" in f.sentence or "902" in f.sentence) for f in findings) == 2
