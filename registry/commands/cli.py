"""The registry's verbs: what is there, where it came from, who decides, and whether it all still fits."""

from __future__ import annotations

from collections.abc import Callable

import typer

from registry.commands import (
    audit,
    bom,
    database,
    decisions,
    diff,
    keys,
    lineage,
    reading,
    show,
    signing,
    trust,
    upkeep,
)
from registry.commands.duties import Judge
from registry.workspace import Workspace

PolicyDigest = Callable[[Workspace], str]


def attach(app: typer.Typer, policy_digest: PolicyDigest, judge: Judge) -> None:
    """Add the verbs. `ctx.obj` is the Workspace; `policy_digest` names its policy as it is now, `judge` what it says
    of an adapter's licences."""
    reading.attach(app)
    show.attach(app, policy_digest)
    lineage.attach(app)
    diff.attach(app)
    bom.attach(app)
    decisions.attach(app, policy_digest, judge)
    signing.attach(app)
    upkeep.attach(app)
    app.add_typer(audit.app, name="audit")
    app.add_typer(keys.app, name="keys")
    app.add_typer(trust.app, name="trust")
    app.add_typer(database.app, name="registry")
