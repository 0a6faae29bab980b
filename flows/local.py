"""Run the flow here and now, with Prefect's own temporary server and no set-up."""

from __future__ import annotations

import logging
import os
import warnings

from registry.workspace import Workspace

PREFECT = {
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_CLI_PROMPT": "false",
    "DO_NOT_TRACK": "1",
}


def run_locally(workspace: Workspace, overrides: tuple[str, ...], leak_test: bool = False) -> list[str]:
    """The flow `retrain` on this workspace; returns the candidates' versions."""
    _prepare(workspace)
    from flows.retrain import retrain

    return retrain(str(workspace.root), overrides, leak_test)


def train_locally(workspace: Workspace, overrides: tuple[str, ...]) -> list[str]:
    """The flow `train` on this workspace; returns the adapters' versions."""
    _prepare(workspace)
    from flows.retrain import train

    return train(str(workspace.root), overrides)


def _prepare(workspace: Workspace) -> None:
    """Settings already in the environment win, so a PREFECT_API_URL is used where there is one."""
    for name, value in PREFECT.items():
        os.environ.setdefault(name, value)
    os.environ.setdefault("PREFECT_HOME", str(workspace.root.resolve() / ".prefect"))
    warnings.filterwarnings("ignore")
    for library in ("great_expectations", "bitsandbytes", "presidio-analyzer", "httpx"):
        logging.getLogger(library).setLevel(logging.ERROR)
