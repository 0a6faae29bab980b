"""What somebody changed by hand in a workspace: `muniment verify` finds it, and names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.audit.verification import verify
from tests.attacks.test_registry_releases import released
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
