"""Rejections and revocations that a server goes by: those published now, and those it has seen before.

`seen.json` tells a release that was put back; this tells a refusal that was taken away. Only what somebody
in the trust root signed is kept, so that a forged file stops an adapter no longer than it lies there.
"""

from __future__ import annotations

from registry import digests
from registry.errors import IntegrityError
from registry.files import write_atomically
from registry.records import Decision
from registry.release.verification import every_refusal, read_refusals
from registry.signatures import attestations
from registry.trust.principals import REFUSERS, Trust
from registry.workspace import Workspace


def known(workspace: Workspace, trust: Trust) -> list[str]:
    """Every refusal, after keeping what is new. Raises IntegrityError, DiskFull."""
    for envelope in read_refusals(workspace.refusals):
        path = workspace.seen_refusals / f"{digests.of_text(envelope)}.json"
        if not path.exists() and _signed(envelope, trust):
            write_atomically(path, envelope.encode())
    return every_refusal(workspace)


def _signed(envelope: str, trust: Trust) -> bool:
    try:
        return attestations.verify(envelope, Decision, trust, REFUSERS).record.decision != "approve"
    except IntegrityError:
        return False
