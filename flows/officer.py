"""Who may handle pseudonyms: a person's key, and the trust root that this machine has known from the start.

A workspace brings its own trust root; one that somebody made in its place would name its maker an officer. So the
first one seen is noted beside the keys, outside the workspace, and only its own successors are believed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from registry.errors import ConfigError
from registry.workspace import Workspace, key_directory

if TYPE_CHECKING:
    from registry.trust.signatory import Signatory


def officer_of(workspace: Workspace, key: str) -> Signatory:
    """The key opened, with the trust root.

    Raises NotFound, ConfigError, SignatureInvalid, UnknownSigner, ReleaseReplayed, Expired.
    """
    from registry.trust.keys import load_key
    from registry.trust.root import load_pinned
    from registry.trust.signatory import Signatory

    now = datetime.now(UTC)
    return Signatory(load_key(key, key_directory()), load_pinned(workspace.trust, _pin(workspace), now), now)


def remember_trust(workspace: Workspace) -> None:
    """Note which trust root this workspace has, if it is not known yet.

    Raises ConfigError where the keys lie in the workspace that they protect.
    """
    from registry.trust.root import load_pinned

    if key_directory().resolve().is_relative_to(workspace.root.resolve()):
        raise ConfigError(
            f"the keys are in the workspace ({key_directory()})", "choose a directory outside it: MUNIMENT_KEYS"
        )
    if not _pin(workspace).exists():
        load_pinned(workspace.trust, _pin(workspace), datetime.now(UTC))


def _pin(workspace: Workspace) -> Path:
    place = sha256(str(workspace.root.resolve()).encode()).hexdigest()
    return key_directory() / f"trust-{place[:12]}.json"
