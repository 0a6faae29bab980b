"""registry: its backups, and what puts one back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from registry.errors import ConfigError
from registry.session import AsJson, actor, opened, print_json, short, signatory
from registry.workspace import Workspace

app = typer.Typer(help="The registry file: back it up, put a backup in place.", no_args_is_help=True)


@app.command()
def backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="Where to write the copy; nothing is overwritten.")],
    as_json: AsJson = False,
) -> None:
    """Copy the registry while others go on, and prove the copy: its chain, rows and checkpoints."""
    from registry.backup import back_up
    from registry.trust import load_trust

    workspace: Workspace = ctx.obj
    trust = load_trust(workspace.trust, datetime.now(UTC))
    with opened(workspace) as registry:
        proof = back_up(registry, file, trust)
    if as_json:
        print_json({"file": str(file), "events": proof.events, "head": proof.head, "sealed": proof.sealed})
        return
    typer.echo(f"{file}: {proof.events} events, proved; head {proof.head[:12]}")
    typer.echo(f"copy {workspace.artifacts.root} and {workspace.checkpoints} along with it", err=True)


@app.command()
def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A backup.")],
    accept_loss: Annotated[bool, typer.Option("--accept-loss", help="Take a copy older than what is known.")] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why the loss is accepted; it is kept.")] = "",
    key: Annotated[str, typer.Option("--key", help="The operator's key who answers for the loss.")] = "",
    as_json: AsJson = False,
) -> None:
    """Prove a backup and put it in place. One that is older than what is known here is refused."""
    from registry.restoring import Acceptance
    from registry.restoring import restore as put_back
    from registry.trust import load_trust

    workspace: Workspace = ctx.obj
    if accept_loss and not (reason.strip() and key):
        raise ConfigError("accepting a loss takes a reason and an operator's key", "--reason TEXT --key NAME")
    acceptance = Acceptance(signatory(workspace, key), short(reason)) if accept_loss else None
    done = put_back(workspace, file, load_trust(workspace.trust, datetime.now(UTC)), actor(), acceptance)
    if as_json:
        print_json({"events": done.events, "lost": done.lost, "adopted": done.adopted,
                    "replaced": str(done.replaced) if done.replaced else None})  # fmt: skip
        return
    typer.echo(f"{done.events} events in place, {done.lost} lost, {done.adopted} statements taken in again")
    if done.replaced:
        typer.echo(f"the file before is {done.replaced}", err=True)
