"""audit: the chain of events, shown, sealed, exported and proved."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from registry.session import AsJson, WithKey, opened, print_json, signatory
from registry.workspace import Workspace

app = typer.Typer(help="Who did what, in a chain that shows every edit.", invoke_without_command=True)
Last = Annotated[int, typer.Option("--last", min=1, help="How many events.")]


@app.callback()
def audit(ctx: typer.Context, last: Last = 20, as_json: AsJson = False) -> None:
    """Show the latest audit events."""
    if ctx.invoked_subcommand:
        return
    with opened(ctx.obj) as registry:
        events = registry.events()[-last:]
    if as_json:
        print_json([json.loads(event.model_dump_json()) for event in events])
        return
    for e in events:
        mark = " " if e.outcome == "done" else "✗"
        typer.echo(f"{e.sequence:>6} {e.at:%Y-%m-%d %H:%M:%S} {mark} {e.actor:<14} {e.action:<16} {e.detail[:80]}")


@app.command()
def verify(
    ctx: typer.Context,
    bundle: Annotated[
        Path | None, typer.Option("--bundle", help="Verify this exported file, without registry.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Prove the chain against its signed checkpoints. Names the first bad event; exit code 5."""
    from registry import checkpoints
    from registry.trust import load_trust

    workspace: Workspace = ctx.obj
    trust = load_trust(workspace.trust, datetime.now(UTC))
    if bundle:
        proof = checkpoints.verify_bundle(bundle, trust)
    else:
        with opened(workspace) as registry:
            proof = checkpoints.prove(registry.events(), checkpoints.read(workspace.checkpoints), trust)
    if as_json:
        print_json(
            {"events": proof.events, "checkpoints": proof.checkpoints, "sealed": proof.sealed, "head": proof.head}
        )
        return
    typer.echo(f"{proof.events} events hold together, head {proof.head[:12]}")
    typer.echo(
        f"{proof.checkpoints} checkpoints hold; {proof.events - proof.sealed - 1} events came after the last of them"
    )


@app.command()
def export(ctx: typer.Context, file: Annotated[Path, typer.Argument(help="Where to write the bundle.")]) -> None:
    """Write events and checkpoints to one file that can be proved with the trust root alone."""
    from registry import checkpoints

    workspace: Workspace = ctx.obj
    with opened(workspace) as registry:
        events = registry.events()
    checkpoints.export(events, checkpoints.read(workspace.checkpoints), file)
    typer.echo(f"{len(events)} events in {file}")


@app.command()
def checkpoint(ctx: typer.Context, key: WithKey) -> None:
    """Seal the chain as it is now, signed by an operator or auditor."""
    from registry import checkpoints

    workspace: Workspace = ctx.obj
    by = signatory(workspace, key)
    by.person(checkpoints.SEALERS)
    with opened(workspace) as registry:
        path = checkpoints.write(registry.events(), workspace.checkpoints, by.key)
    typer.echo(str(path))
