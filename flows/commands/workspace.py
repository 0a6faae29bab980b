"""The verbs about a workspace itself: init, doctor, status."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from registry.counted import counted
from registry.errors import ConfigError
from registry.pages.labels import visible
from registry.times import spoken
from registry.workspace import Workspace, key_directory

if TYPE_CHECKING:
    from flows.status.standing import Standing
    from serving.settings import ServeSection

TEMPLATES = Path(__file__).resolve().parents[2] / "deploy"
MOST_CANDIDATES = 10
MARKS = {"good": "✓", "weak": "~", "bad": "✗"}
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def attach(app: typer.Typer) -> None:
    app.command()(init)
    app.command()(doctor)
    app.command()(status)


def serve_section(workspace: Workspace) -> ServeSection:
    from flows.config import load_serve_section

    return load_serve_section(workspace)


def policy_digest(workspace: Workspace) -> str:
    """What an approval given now is bound to."""
    from governance.policy import policy_of

    return policy_of(workspace).digest


def init(
    ctx: typer.Context,
    named: Annotated[
        Path | None, typer.Argument(metavar="[DIRECTORY]", help="The workspace to make, else that of -C.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a working workspace: pipeline.yaml, policy.yaml, trust root, a documents folder."""
    from flows.house import ensure_trust
    from registry.trust.keys import held
    from registry.trust.seen import forget

    workspace = Workspace(named) if named is not None else ctx.obj
    directory = workspace.root
    if workspace.pipeline.exists():
        raise ConfigError(f"{directory} is already a workspace", f"edit {workspace.pipeline}")
    (directory / "documents").mkdir(parents=True, exist_ok=True)
    for name in ("pipeline.yaml", "policy.yaml"):
        if not (directory / name).exists():
            shutil.copyfile(TEMPLATES / name, directory / name)
    if not workspace.trust.exists():
        forget(workspace)
    ensure_trust(workspace)
    if as_json:
        made = {"workspace": directory, "documents": directory / "documents", "keys": key_directory()}
        typer.echo(json.dumps({name: str(path) for name, path in made.items()}))
        return
    typer.echo(f"workspace {directory}")
    typer.echo(f"  1. put documents into {directory / 'documents'}, or name a folder in {workspace.pipeline}")
    typer.echo(f"  2. muniment {'' if directory == Path() else f'-C {directory} '}run")
    typer.echo("  3. two people, each on their own machine: muniment keys new NAME")
    typer.echo(f"keys are in {key_directory()}: back up root.pem and, after the first")
    typer.echo("run, pseudonym.key; keep them out of the workspace")
    if held(key_directory() / "root.pem").kept == "in clear":
        typer.echo("root.pem is not encrypted: muniment keys protect root", err=True)


def doctor(ctx: typer.Context, as_json: Json = False) -> None:
    """Say what this machine can do and what to install. Exit code 1 when something is missing."""
    from flows.status.doctor import examine

    findings = examine(ctx.obj)
    if as_json:
        typer.echo(json.dumps([finding.model_dump() for finding in findings], indent=2))
    else:
        for finding in findings:
            typer.echo(f"{MARKS[finding.state]} {finding.name:<12} {finding.found}")
            if finding.advice:
                typer.echo(f"  {'':<12} → {finding.advice}")
    if any(finding.state == "bad" for finding in findings):
        raise typer.Exit(1)


def status(ctx: typer.Context, as_json: Json = False) -> None:
    """What has run, what waits for approval, what is in production; after that, settings that cannot be read."""
    from flows.config import load_pipeline
    from flows.status.standing import standing_of

    try:
        policy = policy_digest(ctx.obj)
    except ConfigError:
        policy = ""
    state = standing_of(ctx.obj, policy)
    if as_json:
        typer.echo(state.model_dump_json(indent=2))
    else:
        _print(state)
    load_pipeline(ctx.obj, ())
    if not policy:
        policy_digest(ctx.obj)


def _print(state: Standing) -> None:
    typer.echo(f"workspace   {state.workspace}")
    for stage in state.at_work:
        typer.echo(f"at work     {visible(stage)}")
    out = f": {state.withdrawn}, nothing is served until an operator releases another" if state.withdrawn else ""
    if state.lapsed:
        out = f": no server would start with it, {visible(state.lapsed)}"
    typer.echo(f"production  {visible(state.production or 'nothing yet')}{out}")
    for name, count in state.counts.items():
        old = f" ({state.superseded} changed or taken away since)" if name == "documents" and state.superseded else ""
        typer.echo(f"{name:<11} {count}{old}")
    if (more := len(state.candidates) - MOST_CANDIDATES) > 0:
        typer.echo(f"candidate   {counted(more, 'older one')}: muniment list")
    for version, standing in list(state.candidates.items())[-MOST_CANDIDATES:]:
        typer.echo(f"candidate   {visible(f'{version}: {standing}')}")
    if end := state.stopped:
        said = f"{spoken(end.at)} at {end.stage}, by {end.named}; no stage finished since"
        typer.echo(f"stopped     {visible(said)}: muniment run says why and what to do")
    if state.next:
        typer.echo(f"next        {visible(state.next)}")
