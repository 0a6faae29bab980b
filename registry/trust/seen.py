"""The trust root of a workspace as this machine has seen it, noted beside the keys, outside the workspace.

A workspace brings its own trust root: an older one put back in its place would give a role to somebody who was
struck off since, and one that somebody made would name its maker an officer. So only successors of the one seen
before are believed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from registry.errors import ReleaseReplayed, TrustBroken, UnknownSigner
from registry.trust.principals import Trust
from registry.trust.root import history, load_pinned, load_trust, read_version, walk
from registry.workspace import Workspace, pin_of

WHENEVER = datetime.min.replace(tzinfo=UTC)
"""The time to ask by where a trust root that has run out still counts: to say who may stop an adapter."""


def trust_of(workspace: Workspace, now: datetime, noting: bool = False) -> Trust:
    """The trust root, which must come from the one seen before; the first one is believed, and with `noting` noted.

    Raises as `load_pinned` does.
    """
    pin = pin_of(workspace)
    if not noting and not pin.exists():
        return load_trust(workspace.trust, now)
    with _pin_named(pin):
        return load_pinned(workspace.trust, pin, now)


def trusts_of(workspace: Workspace, newest: Trust) -> list[Trust]:
    """Every version of the trust root, oldest first; the newest alone where those before it were not kept."""
    try:
        return [version.trust for version in history(workspace.trust)]
    except TrustBroken:
        return [newest]


def require_successor(workspace: Workspace) -> None:
    """The trust root there, expired or not, comes from the one seen before. Raises NotFound and as `walk` does."""
    pin = pin_of(workspace)
    if pin.exists():
        with _pin_named(pin):
            walk(read_version(pin), read_version(workspace.trust), workspace.trust)


def forget(workspace: Workspace) -> None:
    """For whoever makes a first trust root here."""
    pin_of(workspace).unlink(missing_ok=True)


@contextmanager
def _pin_named(pin: Path) -> Iterator[None]:
    """For whoever put a new workspace where another one was."""
    try:
        yield
    except (ReleaseReplayed, TrustBroken, UnknownSigner) as error:
        error.next_step = f"{error.next_step}; if this is a new workspace in the place of another one: remove {pin}"
        raise
