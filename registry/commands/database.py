"""registry: backups, what puts one back, and the server that shares it."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from registry.audit.attempts import attempt
from registry.commands.session import AsJson, actor, opened, print_json, sealing_of, short, signatory
from registry.counted import counted
from registry.database.connecting import require_file
from registry.errors import Busy, ConfigError, IntegrityError, NotFound, RegistryBusy
from registry.workspace import Workspace, advice_at

app = typer.Typer(help="The registry file: back it up, put a backup in place, serve it.", no_args_is_help=True)
tokens = typer.Typer(help="Tokens for a served registry, by role.", no_args_is_help=True)
app.add_typer(tokens, name="token")
_PATIENCE_S = 15.0


@app.command()
def backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="Where to write the copy; nothing is overwritten.")],
    as_json: AsJson = False,
) -> None:
    """Copy the registry while others go on, and prove the copy: its chain, rows and checkpoints."""
    from registry.commands.bar import CHAIN, bar
    from registry.database.backup import back_up
    from registry.trust.seen import trust_of

    workspace: Workspace = ctx.obj
    trust = trust_of(workspace, datetime.now(UTC))
    with opened(workspace) as registry, bar(CHAIN) as progress:
        proof = back_up(registry, file, trust, progress)
    if as_json:
        print_json({"file": str(file), "events": proof.events, "head": proof.head, "sealed": proof.sealed})
        return
    typer.echo(f"{file}: {counted(proof.events, 'event')}, proved; head {proof.head[:12]}")
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
    from registry.database.restoring import Acceptance
    from registry.database.restoring import restore as put_back
    from registry.trust.seen import trust_of

    workspace: Workspace = ctx.obj
    if accept_loss and not (reason.strip() and key):
        raise ConfigError("accepting a loss takes a reason and an operator's key", "--reason TEXT --key NAME")
    with attempt(workspace, "restore"):
        acceptance = Acceptance(signatory(workspace, key), short(reason)) if accept_loss else None
        done = put_back(workspace, file, trust_of(workspace, datetime.now(UTC)), actor(), acceptance)
    if as_json:
        replaced = str(done.replaced) if done.replaced else None
        print_json({"events": done.events, "lost": done.lost, "adopted": done.adopted, "replaced": replaced,
                    "unfinished": done.unfinished})  # fmt: skip
        return
    adopted = counted(done.adopted, "statement")
    typer.echo(f"{counted(done.events, 'event')} in place, {done.lost} lost, {adopted} taken in again")
    if done.replaced:
        typer.echo(f"the file before is {done.replaced}", err=True)
    if done.unfinished:
        typer.echo("what was erased came back with the backup; next: muniment erase --yes", err=True)


@app.command()
def serve(
    ctx: typer.Context,
    host: Annotated[str, typer.Option("--host", help="Where to listen.")] = "localhost",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="For writers.")] = 9494,
    read_port: Annotated[int, typer.Option("--read-port", min=1, max=65535, help="For readers.")] = 9495,
) -> None:
    """Share this registry with other machines, until it is stopped."""
    from registry.gate import undisturbed
    from registry.server.serving import Listening
    from registry.server.serving import serve as answer

    workspace: Workspace = ctx.obj
    require_file(workspace.root, "serving", stopped=False)
    _require_meant(workspace)
    with undisturbed(workspace):  # a run would find the file taken at its next stage
        where = Listening(host, port, read_port)

    def ready() -> None:
        typer.echo(f"writers: {where.url('writer')}\nreaders: {where.url('reader')}")
        if not where.local:
            typer.echo("plain HTTP beyond this machine: put a proxy with TLS in front", err=True)

    answer(workspace.registry, workspace.registry_tokens, where, actor(), ready)


@tokens.command()
def new(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Who or what will use it.")],
    role: Annotated[str, typer.Option("--role", help="reader or writer.")] = "reader",
) -> None:
    """Make a token and print it, this once. It counts within a second, also at a server that runs."""
    from registry.server.tokens import NEW, ROLES, add, take_back

    chosen = next((one for one in ROLES if one == role), None)
    if chosen is None:
        raise ConfigError(f"there is no role {role!r}", f"choose one of: {', '.join(ROLES)}")
    _require_meant(ctx.obj)
    with attempt(ctx.obj, NEW):
        require_file(ctx.obj.root, "making a token", stopped=False)
        _require_readable(ctx.obj)
        secret = add(ctx.obj.registry_tokens, name, chosen, actor())
        try:
            told = _told(ctx.obj)
        except IntegrityError:  # a spoilt block may be met no earlier than by whoever writes
            take_back(ctx.obj.registry_tokens, name)
            raise
    typer.echo(secret)
    if not told:
        typer.echo("it counts once the audit chain could be told of it: the registry is held", err=True)
    typer.echo(f"{name} is a {chosen}; shown this once: MUNIMENT_REGISTRY_TOKEN, or registry.token beside the keys",
               err=True)  # fmt: skip


@tokens.command(name="list")
def list_(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Names and roles; secrets are kept nowhere."""
    from registry.server.tokens import read

    require_file(ctx.obj.root, "listing its tokens", stopped=False)
    known = read(ctx.obj.registry_tokens)
    if as_json:
        print_json([{"name": name, "role": token.role} for name, token in known.items()])
        return
    if not known:
        typer.echo("no tokens; make one: muniment registry token new NAME", err=True)
    for name, token in known.items():
        typer.echo(f"{name:<24} {token.role}")


@tokens.command()
def remove(ctx: typer.Context, name: Annotated[str, typer.Argument(help="Whose token.")]) -> None:
    """Let a token open no session any more, and end those that it opened."""
    from registry.server.tokens import REMOVE
    from registry.server.tokens import remove as drop

    with attempt(ctx.obj, REMOVE):
        require_file(ctx.obj.root, "removing a token", stopped=False)
        drop(ctx.obj.registry_tokens, name, actor())
    if not _told(ctx.obj):
        raise RegistryBusy(
            f"the token {name} is removed, but whoever holds the registry has not heeded it",
            "end what holds it; until then the token may still open it",
        )
    typer.echo(f"the token {name} opens nothing any more")


def _require_meant(workspace: Workspace) -> None:
    """A mistyped folder would be shared as a registry that holds nothing. Raises NotFound."""
    if not any(path.exists() for path in (workspace.registry, workspace.pipeline, workspace.registry_tokens)):
        advice = advice_at(workspace.root, "choose one with -C DIR, or make it one: muniment init DIR")
        raise NotFound(f"{workspace.root.resolve()} is no workspace", advice)


def _require_readable(workspace: Workspace) -> None:
    """Raises as `Registry.open` for a registry that the token would be for; one that a server holds is readable."""
    from registry.database.store import Registry

    if workspace.registry.exists():
        with suppress(Busy), Registry.open(workspace.registry, actor(), 0.2, sealing_of(workspace)):
            pass


def _told(workspace: Workspace) -> bool:
    """Tell the audit chain of tokens, or wait until a running server has; where there is none yet, `serve` will."""
    from registry.database.store import Registry
    from registry.server.tokens import tell, untold

    deadline = time.monotonic() + _PATIENCE_S
    while workspace.registry.exists() and untold(workspace.registry_tokens) and time.monotonic() < deadline:
        with suppress(Busy), Registry.open(workspace.registry, actor(), 0.2, sealing_of(workspace)) as registry:
            tell(registry, workspace.registry_tokens)
    return not (workspace.registry.exists() and untold(workspace.registry_tokens))
