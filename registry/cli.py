"""The registry's verbs: what is there, where it came from, who decides, and whether it all still fits."""

from __future__ import annotations

from collections.abc import Callable

import typer

from registry import (
    cli_audit,
    cli_bom,
    cli_decisions,
    cli_diff,
    cli_keys,
    cli_lineage,
    cli_reading,
    cli_registry,
    cli_show,
    cli_signing,
    cli_trust,
    cli_upkeep,
)
from registry.workspace import Workspace

PolicyDigest = Callable[[Workspace], str]


def attach(app: typer.Typer, policy_digest: PolicyDigest) -> None:
    """Add the verbs. `ctx.obj` is the Workspace; `policy_digest` names its policy as it is now."""
    cli_reading.attach(app)
    cli_show.attach(app, policy_digest)
    cli_lineage.attach(app)
    cli_diff.attach(app)
    cli_bom.attach(app)
    cli_decisions.attach(app, policy_digest)
    cli_signing.attach(app)
    cli_upkeep.attach(app)
    app.add_typer(cli_audit.app, name="audit")
    app.add_typer(cli_keys.app, name="keys")
    app.add_typer(cli_trust.app, name="trust")
    app.add_typer(cli_registry.app, name="registry")
