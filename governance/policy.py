"""What this organisation allows: licences, privacy, data and the gate, as one signed-off file.

`policy.yaml` is separate from `pipeline.yaml` because other people own it. Its digest is what an
approver signs, so every rule that can change a decision is a field here and nowhere else.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from governance.integrity.settings import MemorizationPolicy
from governance.licences.expressions import unknown_identifiers
from governance.licences.settings import LicencePolicy
from governance.licences.terms import catalogue_digest
from governance.pii.settings import PiiPolicy
from registry.digests import of_json
from registry.errors import ConfigError
from registry.settings import load
from registry.workspace import Workspace

EvidenceType = Literal[
    "headline", "general", "preference", "pii.scrub", "pii.recall", "pii.residual", "pii.memorization", "pii.dp",
    "licences", "continual",
]  # fmt: skip
"""What a run can find out about an adapter; a name that is none would refuse each one, after its training."""
ResidualLabel = Literal[
    "GIVEN_NAME", "SURNAME", "EMAIL", "PHONE", "URL", "TAX_ID", "BANK_ACCOUNT", "ROUTING_NUMBER", "GOVERNMENT_ID",
    "PASSPORT", "DRIVERS_LICENSE", "BUILDING_NUMBER", "STREET_NAME", "SECONDARY_ADDRESS", "CITY", "STATE", "ZIP_CODE",
]  # fmt: skip
RESIDUAL_LABELS: tuple[ResidualLabel, ...] = (
    "GIVEN_NAME", "SURNAME", "EMAIL", "PHONE", "TAX_ID", "BANK_ACCOUNT", "ROUTING_NUMBER", "GOVERNMENT_ID",
    "PASSPORT", "DRIVERS_LICENSE", "STREET_NAME",
)  # fmt: skip
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]

class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class GatePolicy(_Section):
    """What evidence an adapter needs before people may be asked to approve it."""

    required: tuple[EvidenceType, ...] = ("headline", "general", "pii.scrub", "pii.recall", "pii.residual", "licences")
    beat_base: bool = True
    beat_majority: bool = True
    minimum_headline: Count = 100
    minimum_general: Count = 50
    production_tolerance: Share = 0.02
    general_drop: Share = 0.03
    minimum_preference: Share | None = None


class ProofPolicy(_Section):
    """What must be shown of the scrubbing before anything is trained on its results."""

    sample: str | None = None
    """The organisation's own labelled texts, JSON lines, relative to the workspace."""
    minimum_recall_direct: Share = 0.9
    """The lower end of the 95 % interval must reach it, on the shipped sample and on the own one."""
    residual_types: Annotated[tuple[ResidualLabel, ...], Field(min_length=1)] = RESIDUAL_LABELS
    residual_score: Annotated[float, Field(ge=0, le=0.99)] = 0.9
    residual_share: Annotated[float, Field(ge=0.01, le=1)] = 1.0
    maximum_residual: Annotated[float, Field(ge=0, le=1_000)] = 20.0
    """Places in 100,000 characters of scrubbed text."""


class DataPolicy(_Section):
    """How much data is enough, and how much of it may be bad."""

    minimum_documents: Count = 1
    minimum_sft_rows: Count = 20
    minimum_preference_rows: Count = 8
    maximum_text_characters: Count = 2_000_000
    maximum_garbage_share: Share = 0.05
    maximum_quarantined_share: Share = 0.10


class Policy(_Section):
    """The whole of policy.yaml."""

    pii: PiiPolicy = PiiPolicy()
    proof: ProofPolicy = ProofPolicy()
    licences: LicencePolicy = LicencePolicy()
    data: DataPolicy = DataPolicy()
    gate: GatePolicy = GatePolicy()
    memorization: MemorizationPolicy = MemorizationPolicy()

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON and of the shipped terms of licences: what an approval binds to."""
        return of_json({**self.model_dump(mode="json"), "terms": catalogue_digest()})


def policy_of(workspace: Workspace) -> Policy:
    """The workspace's policy.yaml, or the defaults where it has none. Raises ConfigError."""
    return load_policy(workspace.policy) if workspace.policy.exists() else Policy()


def load_policy(path: Path) -> Policy:
    """Read policy.yaml. Raises ConfigError for an unknown key or a licence that SPDX does not know."""
    policy = load(path, Policy)
    unknown = unknown_identifiers(policy.licences)
    if unknown:
        raise ConfigError(
            f"{path}: licences: {', '.join(unknown)} is neither an SPDX identifier nor a custom licence",
            "correct the identifier (see https://spdx.org/licenses) or describe it under licences.terms",
        )
    return policy
