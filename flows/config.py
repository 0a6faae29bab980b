"""pipeline.yaml as one frozen record: each room's section, composed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from flows.datasets.settings import BuildSection
from flows.evaluation.settings import EvaluateSection
from flows.ingest.settings import DocumentFolder, IngestSection
from flows.search.tuning import TuneSection
from flows.training.continuing import ContinualSection
from flows.training.settings import DpoSection, SftSection
from governance.pii.settings import FED_BACK, ScrubSection
from governance.policy import policy_of
from registry.audit.sealing import AuditSection
from registry.database.connecting import RegistrySection, server_of
from registry.errors import ConfigError
from registry.files import expanded
from registry.settings import load
from registry.workspace import Workspace
from serving.guard.settings import require_looked_for
from serving.settings import ServeSection, raised_for


class Pipeline(BaseModel):
    """The smallest valid file is `documents:` and `base_model:`."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    documents: Annotated[tuple[DocumentFolder, ...], Field(min_length=1)]
    base_model: str
    base_licence: str = Field("", description="SPDX expression, where the model does not say it")
    adapter: str = Field("assistant", pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")
    alias: str = Field("production", pattern=r"^[a-z][a-z0-9-]{0,31}$")
    price_per_hour: Annotated[float, Field(gt=0)] | None = Field(None, description="of this machine, for plans")
    signing_key: str = Field("pipeline", description="the key that signs what the pipeline measured")
    ingest: IngestSection = IngestSection()
    scrub: ScrubSection = ScrubSection()
    build: BuildSection = BuildSection()
    sft: SftSection = SftSection()
    dpo: DpoSection = DpoSection()
    tune: TuneSection = TuneSection()
    continual: ContinualSection = ContinualSection()
    evaluate: EvaluateSection = EvaluateSection()
    serve: ServeSection = Field(default_factory=ServeSection)
    registry: RegistrySection = RegistrySection()
    audit: AuditSection = AuditSection()

    @field_validator("documents", mode="before")
    @classmethod
    def _one_folder_is_enough(cls, value: object) -> object:
        """`documents: folder` and a list of folder names mean what they say."""
        entries = value if isinstance(value, list | tuple) else [value]
        return [{"path": entry} if isinstance(entry, str) else entry for entry in entries]

    @model_validator(mode="after")
    def _served_as_trained(self) -> Self:
        """Else it would be trained, approved and promoted, and refused when it is loaded."""
        rank, most = self.sft.lora_r, self.serve.max_lora_rank
        if rank > most:
            raise ValueError(f"sft.lora_r {rank} is over serve.max_lora_rank {most}: {raised_for(rank)}")
        return self

    @model_validator(mode="after")
    def _privacy_is_not_undone(self) -> Self:
        """DPO would see the same rows again, with no noise."""
        if self.sft.privacy is not None and self.dpo.enabled:
            raise ValueError("sft.privacy needs dpo.enabled: false, which trains on the same rows without noise")
        if self.sft.privacy is not None and self.tune.enabled:
            raise ValueError("sft.privacy needs tune.enabled: false, whose trials see the same rows without noise")
        if self.sft.privacy is not None and self.continual.enabled:
            raise ValueError("sft.privacy needs continual.enabled: false, which trains on known rows again")
        return self


def load_pipeline(workspace: Workspace, overrides: Sequence[str] = ()) -> Pipeline:
    """Read the workspace's pipeline.yaml; document folders are relative to it.

    Raises ConfigError, also where it does not go with policy.yaml.
    """
    pipeline = load(workspace.pipeline, Pipeline, overrides)
    if pipeline.registry.url != server_of(workspace.root):
        raise ConfigError("registry.url stands in pipeline.yaml alone, where every command reads it", "write it there")
    if pipeline.serve.guard.types:
        require_looked_for(pipeline.serve.guard, policy_of(workspace).pii)
    root = workspace.root.resolve()
    folders = tuple(f.model_copy(update={"path": _resolved(root, f.path)}) for f in pipeline.documents)
    return _with_inbox(pipeline.model_copy(update={"documents": folders}), workspace)


def _with_inbox(pipeline: Pipeline, workspace: Workspace) -> Pipeline:
    """With the inbox for feedback as one of the documents folders, once there is something in it.

    Raises ConfigError for a place where other things are, which would be read as feedback.
    """
    feedback = pipeline.serve.feedback
    if feedback.inbox is None:
        return pipeline
    inbox = _resolved(workspace.root.resolve(), feedback.inbox)
    inner = [str(folder.path) for folder in pipeline.documents if inbox in folder.path.parents]
    if inner or workspace.root.resolve().is_relative_to(inbox) or workspace.keeps(inbox):
        held = inner[0] if inner else "what the workspace keeps for itself"
        raise ConfigError(f"serve.feedback.inbox, {inbox}, is no folder of its own: {held}", "name a new folder")
    serve = pipeline.serve.model_copy(update={"feedback": feedback.model_copy(update={"inbox": inbox})})
    read = any(inbox.is_relative_to(folder.path) for folder in pipeline.documents) or not any(inbox.glob("*.jsonl"))
    more = () if read else (DocumentFolder(path=inbox, licence=feedback.licence, source=FED_BACK),)
    return pipeline.model_copy(update={"serve": serve, "documents": (*pipeline.documents, *more)})


def every_setting(section: BaseModel) -> dict[str, object]:
    """A section as JSON, with the settings that a stage's key leaves out while they are off."""
    kept = section.model_dump(mode="json")
    return {
        name: every_setting(value) if isinstance(value, BaseModel) else kept.get(name, value) for name, value in section
    }


def load_serve_section(workspace: Workspace) -> ServeSection:
    """Only the serving section, for commands that need no documents."""
    return load_pipeline(workspace).serve if workspace.pipeline.exists() else ServeSection()


def _resolved(root: Path, path: Path) -> Path:
    return (root / expanded(path)).resolve()
