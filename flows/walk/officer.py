"""The keys stay out of the workspace, and its trust root is known from the first run on."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from registry.errors import ConfigError
from registry.workspace import Workspace, key_directory


def remember_trust(workspace: Workspace) -> None:
    """Note which trust root this workspace has, if it is not known yet.

    Raises ConfigError where the keys lie in the workspace that they protect.
    """
    from registry.trust.seen import trust_of
    from registry.workspace import pin_of

    require_keys_outside(workspace.root)
    if not pin_of(workspace).exists():
        trust_of(workspace, datetime.now(UTC), noting=True)


def require_keys_outside(*folders: Path) -> None:
    """Raises ConfigError where the keys lie in a folder that they protect, or would be made there."""
    for folder in folders:
        inside = folder.resolve()
        if key_directory().resolve().is_relative_to(inside):
            raise ConfigError(
                f"the keys are in {inside} ({key_directory()})", "choose a directory outside it: MUNIMENT_KEYS"
            )
