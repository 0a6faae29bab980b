"""A workspace as a question finds it: finished stages are looked up, and nothing is worked out or written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from flows.config import load_pipeline
from flows.house import House
from flows.ingest.walk import require_files
from flows.stage import Done, Inputs, R, Stage, known, stage_key
from flows.walk import stages
from governance.policy import policy_of
from registry.commands.session import actor
from registry.records import Dataset, Table
from registry.workspace import Workspace


class NotYet(Exception):
    """A stage that has not run."""


@dataclass(frozen=True)
class Shelf(House):
    """A house in which nothing is worked out."""

    def once(self, stage: Stage[R], inputs: Inputs, work: Callable[[Path], Done[R]]) -> R:
        """The record of a finished stage. Raises NotYet."""
        found = known(self.workspace, self.actor, stage, stage_key(stage, inputs)) if self.written else None
        if found is None:
            raise NotYet(stage.name)
        return found

    @property
    def written(self) -> bool:
        """Whether anything ever ran here: a question must not make a registry."""
        return self.workspace.registry.exists() or bool(self.pipeline.registry.url)


def shelf_of(root: Path, overrides: tuple[str, ...] = ()) -> Shelf:
    """The workspace as it is; no key and no trust root is made. Raises ConfigError; NoDocuments where none are."""
    workspace = Workspace(root.resolve())
    pipeline = load_pipeline(workspace, overrides)
    require_files(pipeline.documents, pipeline.ingest)
    return Shelf(workspace, pipeline, policy_of(workspace), actor())


def built(shelf: Shelf) -> tuple[Dataset, Table] | None:
    """The SFT dataset that these documents and settings gave, if they did, and the units that it was built from."""
    try:
        documents = stages.ingest(shelf) if shelf.written else None
        if documents is None:
            return None
        base, valid = stages.base_model(shelf), stages.validate(shelf, stages.scrub(shelf, documents))
        return stages.build_sft(shelf, base, valid), valid.rows
    except NotYet:
        return None
