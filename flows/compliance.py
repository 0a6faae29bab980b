"""The compliance officer's schedule: verify everything, write the audit report of what is in production."""

from __future__ import annotations

from pathlib import Path

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows import reporting
from registry.workspace import Workspace

verify = task(cache_policy=NO_CACHE)(reporting.verify)
report = task(cache_policy=NO_CACHE, retries=1, retry_delay_seconds=5)(reporting.write)


@flow(name="compliance")
def compliance(workspace: str = ".", reference: str = "production") -> str:
    """Verify chain and artifacts, then report on `reference`; returns the report's path."""
    place = Workspace(Path(workspace).resolve())
    verify(place)
    return str(report(place, reference))
