"""The audit report and the verification, as the command line and the compliance flow call them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from registry.commands.session import opened
from registry.errors import IntegrityError
from registry.records import TrainingRun
from registry.workspace import Workspace


def write(workspace: Workspace, reference: str) -> tuple[Path, Path]:
    """Write the audit report of an adapter; returns the HTML and the JSON file. Raises NotFound, DigestMismatch."""
    from flows.training.losses import losses_of
    from flows.walk.privacy import places_of
    from governance.policy import policy_of
    from governance.report.fetch import ancestors, facts_of
    from governance.report.render import write_report
    from governance.report.scrubbing import MOST_PLACES, residual_of
    from registry.trust.root import read_version

    policy = policy_of(workspace)
    with opened(workspace) as registry:
        adapter = registry.find(reference)
        runs = [record for record in ancestors(registry, adapter.digest) if isinstance(record, TrainingRun)]
        losses = losses_of(runs, workspace.artifacts)
        trust = read_version(workspace.trust).trust if workspace.trust.exists() else None
        facts = facts_of(registry, adapter, datetime.now(UTC), policy, losses, trust)
    residual = residual_of(facts.steps)
    if residual is not None:
        left = tuple(places_of(residual, workspace.artifacts)[:MOST_PLACES])
        facts = facts.model_copy(update={"left": left})
    return write_report(facts, workspace.reports / adapter.version)


def verify(workspace: Workspace) -> int:
    """Read everything again; returns how many things are incomplete. Raises IntegrityError for changed bytes."""
    from registry.audit.verification import verify as verify_all
    from registry.trust.seen import trust_of

    now = datetime.now(UTC)
    with opened(workspace) as registry:
        findings = verify_all(registry, workspace, trust_of(workspace, now), now)
    forged = [f"{finding.about}: {finding.sentence}" for finding in findings if finding.integrity]
    if forged:
        raise IntegrityError("; ".join(forged), "see: muniment verify, and restore the registry from a backup")
    return sum(not finding.erased for finding in findings)
