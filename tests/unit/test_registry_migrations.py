"""A registry of every schema there was opens, holds what it held, and is proved; a kill leaves the old or the new."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import duckdb
import pytest

from registry.audit.proving import prove
from registry.audit.verification import verify
from registry.database import shape
from registry.database.migrations import STEPS
from registry.database.store import Registry
from registry.errors import ChainBroken, RowsDiffer
from registry.records import Adapter, Document
from registry.trust.principals import Trust
from registry.trust.root import load_trust
from registry.workspace import Workspace
from tests.registered import NOW

SCHEMAS = Path(__file__).resolve().parents[1] / "data" / "schemas"
EVERY = pytest.mark.parametrize("schema", [int(path.name.split(".")[0]) for path in sorted(SCHEMAS.glob("*.tar.gz"))])


def workspace(schema: int, root: Path) -> Workspace:
    """One that a program of that schema left behind: three releases, a rejection, a revocation, a refused attempt."""
    with tarfile.open(SCHEMAS / f"{schema}.tar.gz") as packed:
        packed.extractall(root, filter="data")
    return Workspace(root / "workspace")


def trust_of(place: Workspace) -> Trust:
    return load_trust(place.trust, NOW)


def test_there_is_a_registry_of_every_schema_but_the_newest() -> None:
    assert len(list(SCHEMAS.glob("*.tar.gz"))) == len(STEPS) - 1


@EVERY
def test_an_old_registry_opens_and_everything_in_it_fits(tmp_path: Path, schema: int) -> None:
    place = workspace(schema, tmp_path)

    with Registry.open(place.registry, "eve") as registry:
        assert not list(shape.alterations(registry.connection))
        findings = verify(registry, place, trust_of(place), NOW)
        assert not [finding for finding in findings if finding.integrity]
        assert len(registry.all(Document)) == 3
        assert [adapter.name for adapter in registry.all(Adapter)] == ["demo", "demo", "other"]
        assert [release.version for release in registry.releases("production")] == [1, 2, 3]
        assert registry.lookup("1" * 64) is not None


@EVERY
def test_what_the_migration_did_is_an_event_of_the_chain_that_goes_on(tmp_path: Path, schema: int) -> None:
    place = workspace(schema, tmp_path)
    with Registry.open(place.registry, "olga") as registry:
        registry.refuse("try", (), "")

        migrated, tried = registry.events(2)
        assert (migrated.action, migrated.actor, tried.sequence) == ("migrate", "olga", migrated.sequence + 1)
        assert prove(registry, trust_of(place)).sealed == 24

    with Registry.open(place.registry, "olga") as registry:
        assert registry.events()[-1] == tried


@EVERY
@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM records WHERE kind = 'document' AND (body ->> 'path') = '0.txt'",
        "DELETE FROM records WHERE kind = 'decision' AND contains(body, 'revoke')",
        "DELETE FROM attestations WHERE type = 'model-signature'",
        "DELETE FROM attestations WHERE type = 'release'",
        "DELETE FROM edges WHERE relation = 'member'",
        "UPDATE records SET created_at = TIMESTAMP '2099-01-01' WHERE kind = 'verdict'",
        "UPDATE records SET body = json_merge_patch(body, '{\"rank\": 64}') WHERE kind = 'adapter'",
        "UPDATE stages SET record = 'forged'",
        "UPDATE attestations SET signer = 'mallory'",
        "INSERT INTO edges VALUES ('a', 'b', 'input')",
        "INSERT INTO records VALUES (repeat('0', 64), 'verdict', now()::TIMESTAMP, '{}')",
        "UPDATE events SET digest = repeat('0', 64) WHERE sequence = 3",
        "DELETE FROM events WHERE sequence > 20",
    ],
)
def test_harm_done_before_the_migration_is_found_after_it(tmp_path: Path, schema: int, harm: str) -> None:
    place = workspace(schema, tmp_path)
    with duckdb.connect(str(place.registry)) as connection:
        connection.execute(harm)

    with Registry.open(place.registry, "eve") as registry, pytest.raises(ChainBroken):
        prove(registry, trust_of(place))


@EVERY
def test_harm_done_after_the_migration_is_found_at_the_old_event(tmp_path: Path, schema: int) -> None:
    place = workspace(schema, tmp_path)
    with Registry.open(place.registry, "eve") as registry:
        registry.connection.execute("DELETE FROM attestations WHERE event = 10")

        with pytest.raises(RowsDiffer, match="event 10 "):
            prove(registry, trust_of(place))


@EVERY
def test_an_old_chain_that_no_longer_reads_is_refused_by_name(tmp_path: Path, schema: int) -> None:
    place = workspace(schema, tmp_path)
    with duckdb.connect(str(place.registry)) as connection:
        connection.execute("UPDATE events SET body = '[]' WHERE sequence = 3")

    with pytest.raises(ChainBroken), Registry.open(place.registry, "eve"):
        pass


KILLED = """
import os, sys, duckdb
from pathlib import Path
from registry.database import schema

statements = int(sys.argv[2])

class Dying:
    def __init__(self, connection): self.connection, self.left = connection, statements
    def __getattr__(self, name): return getattr(self.connection, name)
    def execute(self, *arguments):
        if self.left == 0: os._exit(9)
        self.left -= 1
        return self.connection.execute(*arguments)
    def commit(self):
        if self.left == 0: os._exit(9)
        self.left -= 1
        self.connection.commit()

path = Path(sys.argv[1])
schema.migrate(Dying(duckdb.connect(str(path))), path, "eve")
print("whole")
"""


@EVERY
def test_a_kill_at_any_statement_of_a_migration_leaves_the_old_or_the_new(tmp_path: Path, schema: int) -> None:
    place, old = workspace(schema, tmp_path), tmp_path / "old.duckdb"
    shutil.copyfile(place.registry, old)
    statement, said = 0, ""
    while not said:
        shutil.copyfile(old, place.registry)
        place.registry.with_suffix(".duckdb.wal").unlink(missing_ok=True)
        code = [sys.executable, "-c", KILLED, str(place.registry), str(statement)]
        said = subprocess.run(code, capture_output=True, text=True, check=False, env=os.environ).stdout
        with duckdb.connect(str(place.registry)) as connection:
            version = connection.execute("SELECT version FROM schema_version").fetchone()
            events = connection.execute("SELECT count(*) FROM events").fetchone()
        assert (version, events) in {((schema,), (26,)), ((len(STEPS),), (27,))}
        statement += 7
    assert version == (len(STEPS),)
    with Registry.open(place.registry, "eve") as registry:
        prove(registry, trust_of(place))
