"""The `serve.guard:` section. Which types are personal, and what never is, stands in policy.yaml."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from governance.pii.settings import PiiPolicy
from registry.errors import ConfigError


def _not_a_boolean(value: object) -> object:
    """YAML reads an unquoted `off` as false."""
    return "off" if value is False else value


class GuardSection(BaseModel):
    """Whether answers are examined for personal data before they leave."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    mode: Annotated[Literal["off", "mask", "block"], BeforeValidator(_not_a_boolean)] = "off"
    types: tuple[str, ...] = Field((), description="types of policy.yaml that may not leave; none named: pii.replace")
    allow_from_prompt: bool = Field(True, description="what the caller wrote in the request may stand in the answer")
    max_delay_characters: Annotated[int, Field(ge=96, le=4096)] = 192
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    timeout_s: Annotated[float, Field(gt=0, le=600)] = 20.0


def require_looked_for(section: GuardSection, policy: PiiPolicy) -> None:
    """Raises ConfigError for a type that the policy does not detect."""
    unknown = sorted(set(section.types) - set(policy.entities))
    if unknown:
        raise ConfigError(
            f"serve.guard.types names {', '.join(unknown)}, which policy.yaml does not look for",
            "correct it, or add it to pii.entities in policy.yaml",
        )
