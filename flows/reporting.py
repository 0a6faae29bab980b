"""The audit report and the verification, as the command line and the compliance flow call them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from flows.house import person
from registry.records import TrainingRun
from registry.store import Registry
from registry.workspace import Workspace


def write(workspace: Workspace, reference: str) -> tuple[Path, Path]:
    """Write the audit report of an adapter; returns the HTML and the JSON file. Raises NotFound."""
    from governance.policy import Policy, load_policy
    from governance.report.fetch import facts_of
    from governance.report.render import write_report

    policy = load_policy(workspace.policy) if workspace.policy.exists() else Policy()
    with Registry.open(workspace.registry, person()) as registry:
        adapter = registry.find(reference)
        losses = {run.digest: _losses(workspace, run) for run in registry.all(TrainingRun)}
        facts = facts_of(registry, adapter, datetime.now(UTC), policy.licences, losses)
    return write_report(facts, workspace.reports / adapter.version)


def _losses(workspace: Workspace, run: TrainingRun) -> Sequence[float]:
    if run.log is None or not workspace.artifacts.has(run.log):
        return ()
    logged = json.loads(workspace.artifacts.verified(run.log).read_text())
    return [float(value) for value in logged["loss"]]
