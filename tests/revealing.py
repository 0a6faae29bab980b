"""A workspace in which one letter was scrubbed, and an officer who may ask whom it was about."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pytest

from governance.pii.reveal import Answer, Question, reveal
from governance.pii.scrub import scrub
from governance.pii.settings import PiiPolicy
from governance.pii.standins.pseudonyms import all_keys, load_or_create_key
from registry.records import AuditEvent, DocumentSet, ScrubbedSet
from registry.tables import UNITS, read_table, write_table
from registry.trust.signatory import Signatory
from tests.registered import Place, make_place

REASON = "She asked to see her own file"
TEXT = "Dear Ms Vasquez,\nwe confirm that Teodora Vasquez, employee number E-48213, is employed here since 3 May 2011."
POLICY = PiiPolicy()
Open = Callable[[], Signatory]


@dataclass(frozen=True)
class Desk:
    """A workspace in which one letter was scrubbed."""

    place: Place
    policy: PiiPolicy = POLICY

    def ask(self, pseudonym: str, reason: str = REASON, by: Open | None = None) -> tuple[Answer, ...]:
        keys, artifacts = all_keys(self.place.keys), self.place.workspace.artifacts
        asked_by = by or (lambda: self.place.by("paul"))
        return reveal(self.place.registry, artifacts, Question(pseudonym, reason), self.policy, keys, asked_by)

    def scrubbed(self) -> str:
        """The letter as it is now; its last version."""
        with self.place.registry() as registry:
            units = registry.all(ScrubbedSet)[-1].units
        return str(read_table(units, self.place.workspace.artifacts).to_pylist()[0]["text"])

    def run(self) -> None:
        key = load_or_create_key(self.place.keys)
        scratch = self.place.workspace.root / "scratch" / f"{key.id}-{self.policy.replacement}"
        scratch.mkdir(parents=True)
        artifacts = self.place.workspace.artifacts
        letter = {"document": "d" * 64, "path": "a.txt", "unit": 0, "kind": "text", "text": TEXT}
        row = {**dict.fromkeys(UNITS.names), **letter}
        table = write_table(pa.Table.from_pylist([row], schema=UNITS), artifacts, scratch, "in")
        documents = DocumentSet(units=table, documents=1, formats={}, licences={}, rejected=())
        made = scrub(documents, self.policy, key, (artifacts, scratch), workers=1)
        with self.place.registry() as registry:
            registry.add(documents, action="ingest")
            registry.add(made, (documents.digest,), "scrub")

    def events(self) -> list[AuditEvent]:
        """How attempts ended."""
        return [event for event in self.trace() if event.action == "reveal"]

    def trace(self) -> list[AuditEvent]:
        with self.place.registry() as registry:
            return [event for event in registry.events() if event.action.startswith("reveal")]


@pytest.fixture(scope="module")
def scrubbed_once(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(make_place(tmp_path_factory.mktemp("revealed")))
    desk.run()
    return desk


@pytest.fixture
def desk(scrubbed_once: Desk, tmp_path: Path) -> Desk:
    shutil.copytree(scrubbed_once.place.workspace.root, tmp_path / "workspace")
    shutil.copytree(scrubbed_once.place.keys, tmp_path / "keys")
    workspace = replace(scrubbed_once.place.workspace, root=tmp_path / "workspace")
    return Desk(replace(scrubbed_once.place, workspace=workspace, keys=tmp_path / "keys"))


def surname(desk: Desk) -> str:
    return desk.scrubbed().split(",")[0].removeprefix("Dear Ms ")


def full_name(desk: Desk) -> str:
    return desk.scrubbed().split("confirm that ")[1].split(",")[0]
