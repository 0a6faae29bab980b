"""A real Prefect server and worker run what deploy/prefect.yaml schedules."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.prefect_server import PrefectServer
from tests.walked import Place

if TYPE_CHECKING:
    from prefect.client.schemas.objects import FlowRun
    from prefect.client.schemas.responses import DeploymentResponse

POOL = "muniment"
CRON = {"retrain/retrain": "0 2 * * 6", "compliance/compliance": "0 6 * * 1"}


@pytest.fixture(scope="module")
def place(released_once: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """All stages have run; something is in production."""
    return released_once.copy(tmp_path_factory.mktemp("scheduled"))


@pytest.fixture(scope="module")
def deployed(prefect_server: PrefectServer, place: Place) -> Iterator[PrefectServer]:
    """A pool, both deployments, and a worker that runs elsewhere than in the checkout."""
    prefect_server.prefect("work-pool", "create", POOL, "--type", "process")
    prefect_server.prefect("deploy", "--all", "--prefect-file", "deploy/prefect.yaml")
    with prefect_server.worker(POOL, place.env, place.keys.parent):
        yield prefect_server


def test_both_deployments_are_on_their_cron_schedules(deployed: PrefectServer) -> None:
    for name, cron in CRON.items():
        schedules = deployment(deployed, name).schedules
        assert [(s.schedule.cron, s.active) for s in schedules] == [(cron, True)]  # type: ignore[union-attr]


def test_scheduled_runs_of_both_deployments_complete(deployed: PrefectServer, place: Place) -> None:
    before = place.stages()

    ids = {name: schedule(deployed, name, place) for name in CRON}
    runs = {name: finished(deployed, run_id) for name, run_id in ids.items()}

    log = (deployed.home / "worker.log").read_text(errors="replace")
    assert {name: run.state_name for name, run in runs.items()} == dict.fromkeys(CRON, "Completed"), log[-4000:]
    assert before.items() <= place.stages().items()
    assert [path.name for path in place.workspace.reports.rglob("*.html")] != []


def schedule(prefect: PrefectServer, name: str, place: Place) -> str:
    said = prefect.prefect(
        "deployment", "run", name, "--start-in", "3 seconds", "-p", f"workspace={place.root}", cwd=Path("/")
    )
    found = re.search(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", said)
    assert found is not None, said
    return found.group()


def deployment(prefect: PrefectServer, name: str) -> DeploymentResponse:
    from prefect.client.orchestration import SyncPrefectClient

    with SyncPrefectClient(prefect.url) as client:
        return client.read_deployment_by_name(name)


def finished(prefect: PrefectServer, run_id: str) -> FlowRun:
    """The run once it is in a final state, or as it is after three minutes."""
    from uuid import UUID

    from prefect.client.orchestration import SyncPrefectClient

    deadline = time.monotonic() + 180
    with SyncPrefectClient(prefect.url) as client:
        while True:
            run = client.read_flow_run(UUID(run_id))
            if (run.state is not None and run.state.is_final()) or time.monotonic() > deadline:
                return run
            time.sleep(0.5)
