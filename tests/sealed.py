"""A registry with a long audit chain, checkpoints all along it, a bundle, and copies of it from earlier days."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from registry.audit import bundles
from registry.audit.sealing import Sealing
from registry.database.store import Registry, StageResult
from registry.decisions import approvals
from registry.errors import ApprovalMissing
from registry.records import Adapter
from tests.registered import Place, make_place
from tests.unit.test_registry_store import document_set, documents

EVERY = 5


@dataclass(frozen=True)
class SealedPlace:
    """`older` are copies of the whole workspace, taken after each release but the last."""

    place: Place
    bundle: Path
    older: tuple[Path, ...]

    @property
    def database(self) -> Path:
        return self.place.workspace.registry

    @contextmanager
    def registry(self) -> Iterator[Registry]:
        """The pipeline's key, eve's here, seals what is due where nobody's is at hand."""
        place = self.place
        sealing = Sealing(place.workspace.checkpoints, lambda: EVERY, lambda: place.by("eve"))
        with Registry.open(self.database, "eve", sealing=sealing) as registry:
            yield registry

    def sql(self, *statements: str) -> None:
        with duckdb.connect(str(self.database)) as connection:
            for statement in statements:
                connection.execute(statement)

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(statement).fetchall()

    def copy(self, root: Path) -> SealedPlace:
        """Another one like it, to do harm to."""
        shutil.copytree(self.place.workspace.root, root / "workspace", symlinks=True)
        workspace = type(self.place.workspace)(root / "workspace")
        bundle = root / "bundle.jsonl"
        shutil.copyfile(self.bundle, bundle)
        return SealedPlace(Place(workspace, self.place.keys, self.place.now), bundle, self.older)


def make_sealed(root: Path) -> SealedPlace:
    """Three adapters through three releases, a stage that ran twice, a refusal, a rejection and a revocation."""
    made = SealedPlace(make_place(root), root / "bundle.jsonl", (root / "first", root / "second"))
    place = made.place
    adapters: list[Adapter] = []
    for number in range(3):
        with made.registry() as registry:
            for key in ("1" * 64, "1" * 64, f"{number + 2}" * 64):
                whole, members = document_set(3 + number), documents(3 + number)
                registry.commit(StageResult(key, "ingest", whole, members, seconds=1.5))
            adapters.append(place.adapter(registry, number))
            _refused(place, registry, adapters[-1])
            if number == 1:
                approvals.revoke(registry, place.case(adapters[0]), place.by("paul"))
            place.approve(registry, adapters[-1])
            place.promote(registry, adapters[-1])
        if number < 2:
            shutil.copytree(place.workspace.root, made.older[number])
    with made.registry() as registry:
        bundles.export(registry, made.bundle)
    return made


def _refused(place: Place, registry: Registry, adapter: Adapter) -> None:
    try:
        place.promote(registry, adapter)
    except ApprovalMissing:
        return
    raise AssertionError("nobody has approved it")
