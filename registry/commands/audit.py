"""audit: the chain of events, shown, sealed, exported and proved."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from registry.audit.attempts import attempt
from registry.commands.session import AsJson, WithKey, looked_at, opened, print_json, require_foreign, signatory
from registry.counted import counted
from registry.errors import ChainBroken, ConfigError
from registry.pages.labels import visible
from registry.workspace import Workspace

if TYPE_CHECKING:
    from registry.audit.sealed import Proof
    from registry.trust.principals import Trust

app = typer.Typer(help="Who did what, in a chain that shows every edit.", invoke_without_command=True)
MOST_SHOWN = 80
"""Of what an event says, in a listing; --json has all of it."""
Last = Annotated[int, typer.Option("--last", min=1, help="How many events.")]


@app.callback()
def audit(ctx: typer.Context, last: Last = 20, as_json: AsJson = False) -> None:
    """Show the latest audit events."""
    if ctx.invoked_subcommand:
        return
    with looked_at(ctx.obj) as registry:
        events = registry.events(last)
    if as_json:
        print_json([json.loads(event.model_dump_json()) for event in events])
        return
    if not events:
        typer.echo("nothing has happened yet", err=True)
    for e in events:
        mark = " " if e.outcome == "done" else "✗"
        about = visible(e.subjects[0][:12]) if e.subjects else ""
        who, what = visible(e.actor), visible(e.action)
        line = f"{e.sequence:>6} {e.at:%Y-%m-%d %H:%M:%S} {mark} {who:<14} {what:<16} {about:<12}"
        typer.echo(f"{line} {_cut(visible(e.detail).removesuffix(':'))}".rstrip())


@app.command()
def verify(
    ctx: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="An exported bundle, proved without a registry.")
    ] = None,
    bundle: Annotated[Path | None, typer.Option("--bundle", help="The same.")] = None,
    as_json: AsJson = False,
) -> None:
    """Prove the chain, what it tells of, and its signed checkpoints. Names the first bad event; exit code 5."""
    from registry.trust.seen import trust_of

    if file and bundle:
        raise ConfigError(f"{file} and {bundle} are two bundles", "name one at a time")
    workspace: Workspace = ctx.obj
    trust = trust_of(workspace, datetime.now(UTC))
    try:
        proof = _proved(workspace, trust, file or bundle)
    except ChainBroken as error:
        if as_json:
            print_json({"holds": False, "error": type(error).__name__, "event": error.event, "message": error.message})
        raise
    if as_json:
        print_json({"holds": True, **asdict(proof)})
        return
    typer.echo(f"{_holding(proof.events, 'event')} together, head {proof.head[:12]}")
    if not proof.checkpoints:
        typer.echo("no checkpoint seals them yet: muniment audit checkpoint --key NAME")
        return
    by = f", the last by {', '.join(proof.sealed_by)}" if proof.sealed_by else ""
    after = proof.events - proof.sealed - 1
    seals = _holding(proof.checkpoints, "checkpoint")
    typer.echo(f"{seals}{by}; {counted(after, 'event')} came after the last of them")


@app.command()
def export(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="Where to write the bundle.")],
    as_json: AsJson = False,
) -> None:
    """Write events and checkpoints to one file that can be proved with the trust root alone."""
    from registry.audit import bundles

    require_foreign(ctx.obj, file)
    with opened(ctx.obj) as registry:
        events, left = bundles.export(registry, file)
    if as_json:
        print_json({"file": str(file), "events": events, "unsealed": left})
    else:
        typer.echo(f"{counted(events, 'event')} in {file}")
    if left:
        typer.echo(f"{left} came after the last checkpoint; seal them: muniment audit checkpoint --key NAME", err=True)


@app.command()
def checkpoint(ctx: typer.Context, key: WithKey, as_json: AsJson = False) -> None:
    """Seal the chain as it is now. Everybody in the trust root can say what they saw."""
    workspace: Workspace = ctx.obj
    with attempt(workspace, "checkpoint"):
        by = signatory(workspace, key)
        with opened(workspace) as registry:
            before = registry.query("SELECT max(sequence) FROM checkpoints")[0][0]
            path = registry.writer.seal(by)
    event = int(path.stem)
    if as_json:
        print_json({"file": str(path), "event": event, "new": event != before})
        return
    typer.echo(str(path))
    if event == before:
        typer.echo(f"event {event}, the last one, was sealed before; nothing has happened since", err=True)


def _cut(text: str) -> str:
    return text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 1]}…"


def _holding(number: int, what: str) -> str:
    return f"{counted(number, what)} {'holds' if number == 1 else 'hold'}"


def _proved(workspace: Workspace, trust: Trust, bundle: Path | None) -> Proof:
    if bundle:
        from registry.audit import bundles

        return bundles.verify(bundle, trust)
    from registry.audit.proving import prove
    from registry.commands.bar import CHAIN, bar

    with looked_at(workspace) as registry, bar(CHAIN) as progress:
        return prove(registry, trust, progress)
