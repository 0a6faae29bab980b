"""Whether an erasure is a privacy officer's word. Nothing is removed on anybody else's."""

from __future__ import annotations

from collections.abc import Sequence

from registry.database.store import Registry
from registry.erasure.records import Erasure
from registry.errors import SignatureInvalid
from registry.signatures.kept import bears
from registry.trust.principals import Role, Trust
from registry.trust.seen import WHENEVER, trust_of, trusts_of
from registry.workspace import Workspace

ACTION = "erase"
_TELLING = frozenset((ACTION, f"restore.{Erasure.kind}"))
OFFICERS: frozenset[Role] = frozenset(("privacy_officer",))


def by_an_officer(registry: Registry, one: Erasure, trusts: Sequence[Trust]) -> bool:
    """The signature holds under the newest version of the trust root, the last of `trusts`.

    That of somebody who has left since holds under an earlier one, and counts where the audit chain tells of it.
    """
    about = registry.events_about(one.digest)
    told = any(event.action in _TELLING and event.outcome == "done" for event in about)
    return any(bears(registry, one, trust, OFFICERS) for trust in (trusts if told else trusts[-1:]))


def require_an_officer(registry: Registry, workspace: Workspace, one: Erasure) -> None:
    """Raises SignatureInvalid."""
    trusts = trusts_of(workspace, trust_of(workspace, WHENEVER))
    if not by_an_officer(registry, one, trusts):
        raise SignatureInvalid(
            f"erasure {one.digest[:12]} bears no privacy officer's signature that holds",
            "nothing of it is removed; ask who could write to the registry, and see: muniment verify",
        )
