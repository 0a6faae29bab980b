"""The registry keeps what it is given, once, and finds it again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from registry.audit.sealing import Sealing
from registry.database.store import Registry, StageResult
from registry.errors import ConfigError, DigestMismatch, IntegrityError, NotFound, RegistryTooNew
from registry.records import Adapter, Document, DocumentSet, Table
from tests.registered import make_place

pytestmark = pytest.mark.usefixtures("backend")

TABLE = Table(artifact="d" * 64, rows=1, columns=("text",))


def documents(count: int) -> tuple[Document, ...]:
    return tuple(
        Document(content=f"{n:064x}", path=f"{n}.txt", media_type="text/plain", size_bytes=n, licence="MIT")
        for n in range(count)
    )


def document_set(count: int) -> DocumentSet:
    return DocumentSet(units=TABLE, documents=count, formats={"txt": count}, licences={"MIT": count}, rejected=())


def test_a_committed_stage_is_found_by_its_key(tmp_path: Path) -> None:
    with Registry.open(tmp_path / "r.duckdb", "eve") as registry:
        registry.commit(StageResult("key", "ingest", document_set(3), documents(3), seconds=1.5))

    with Registry.open(tmp_path / "r.duckdb", "eve") as registry:
        assert registry.lookup("key") == document_set(3)
        assert registry.lookup("other") is None
        assert len(registry.all(Document)) == 3


def test_a_stage_with_two_thousand_members_is_one_transaction_and_one_event(tmp_path: Path) -> None:
    with Registry.open(tmp_path / "r.duckdb", "eve") as registry:
        digest = registry.commit(StageResult("key", "ingest", document_set(2000), documents(2000)))

        assert len(registry.edges(digest, up=True)) == 2000
        assert [event.action for event in registry.events()] == ["stage.ingest"]


def test_committing_the_same_stage_again_changes_no_record(tmp_path: Path) -> None:
    with Registry.open(tmp_path / "r.duckdb", "eve") as registry:
        first = registry.commit(StageResult("key", "ingest", document_set(3), documents(3)))
        again = registry.commit(StageResult("key", "ingest", document_set(3), documents(3)))

        assert first == again
        assert registry.query("SELECT count(*) FROM records") == [(4,)]


def test_an_adapter_is_found_by_name_version_and_digest_prefix(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    with place.registry() as registry:
        first, second = place.adapter(registry, 1), place.adapter(registry, 2)

        assert registry.find("demo") == second
        assert registry.find(first.version) == first
        assert registry.find(first.digest[:8]) == first
        with pytest.raises(NotFound):
            registry.find("nobody")
        with pytest.raises(NotFound):
            registry.find(f"other@{first.digest[:12]}")
        with pytest.raises(NotFound):
            registry.find("demo@")


def test_an_alias_finds_the_adapter_it_means(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        place.promote(registry, adapter)
        place.adapter(registry, 2)

        assert registry.find("production") == adapter


@pytest.mark.file_alone
def test_a_file_of_a_newer_version_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "r.duckdb"
    with Registry.open(path, "eve"):
        pass
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE schema_version SET version = 999")

    with pytest.raises(RegistryTooNew), Registry.open(path, "eve"):
        pass


@pytest.mark.file_alone
def test_a_file_that_is_no_registry_is_named(tmp_path: Path) -> None:
    path = tmp_path / "r.duckdb"
    path.write_bytes(b"not a database" * 1000)

    with pytest.raises(IntegrityError, match=r"r\.duckdb"), Registry.open(path, "eve"):
        pass


@pytest.mark.file_alone
def test_an_edited_record_is_not_read(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    with place.registry() as registry:
        adapter = place.adapter(registry)
        registry.connection.execute(
            "UPDATE records SET body = json_merge_patch(body, '{\"rank\": 64}') WHERE digest = ?", [adapter.digest]
        )

        with pytest.raises(DigestMismatch):
            registry.get(adapter.digest)
        with pytest.raises(DigestMismatch):
            registry.all(Adapter)


@pytest.mark.file_alone
def test_the_file_is_readable_with_plain_duckdb(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    with place.registry() as registry:
        adapter = place.adapter(registry)
        place.approve(registry, adapter)
        place.promote(registry, adapter)
        registry.commit(StageResult("key", "ingest", document_set(2), documents(2)))

    with duckdb.connect(str(place.workspace.registry), read_only=True) as plain:
        assert plain.execute("SELECT version, rank FROM adapters").fetchall() == [(adapter.version, 2)]
        assert plain.execute("SELECT principal FROM approvals ORDER BY 1").fetchall() == [("paul",), ("rita",)]
        assert plain.execute("SELECT alias, version FROM releases").fetchall() == [("production", 1)]
        assert plain.execute("SELECT count(*) FROM documents").fetchall() == [(2,)]
        assert plain.execute("SELECT figure, value FROM evidence").fetchall() == [("accuracy", 0.8)]
        assert plain.execute("SELECT count(*) FROM audit WHERE outcome = 'done'").fetchall() == [(8,)]
        for view in ("datasets", "bases", "runs", "verdicts", "decisions"):
            plain.execute(f"SELECT * FROM {view}").fetchall()


def test_a_refused_attempt_is_in_the_chain(tmp_path: Path) -> None:
    with Registry.open(tmp_path / "r.duckdb", "eve") as registry:
        registry.refuse("promote", ("e" * 64,), "ApprovalMissing: 0 of 2")

        event = registry.events()[0]
        assert (event.outcome, event.actor, event.detail) == ("refused", "eve", "ApprovalMissing: 0 of 2")


@pytest.mark.file_alone
def test_a_slow_question_writes_nothing_into_the_output_of_a_program(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from registry.database.store import Registry\n"
        "with Registry.open(Path(sys.argv[1]), 'eve') as registry:\n"
        "    print(registry.query(\"SELECT current_setting('enable_progress_bar')\"))"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "r.duckdb")]
    said = subprocess.run(command, capture_output=True, text=True, check=True)

    assert said.stdout == "[(False,)]\n"


@pytest.mark.file_alone
def test_a_registry_in_memory_writes_nothing_where_it_happens_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ConfigError, match="no place for checkpoints"), Registry.open(Path(":memory:"), "eve"):
        pass
    with Registry.open(Path(":memory:"), "eve", sealing=Sealing(tmp_path / "elsewhere")) as registry:
        registry.refuse("try", (), "told")

    assert list(tmp_path.iterdir()) == []
