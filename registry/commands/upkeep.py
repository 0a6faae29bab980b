"""gc: what nothing was made from, and nobody will ask for, off the disk."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from registry.audit.attempts import attempt
from registry.commands.session import AsJson, opened, print_json
from registry.counted import counted
from registry.workspace import Workspace

Days = Annotated[int, typer.Option("--days", min=0, max=3650, help="Leave what is younger than so many days.")]


def attach(app: typer.Typer) -> None:
    app.command()(gc)


def gc(
    ctx: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be removed.")] = False,
    days: Days = 30,
    as_json: AsJson = False,
) -> None:
    """Remove artifacts that no adapter, release or evidence rests on, and unfinished work that nobody takes up."""
    from registry.erasure.collection import collect, garbage
    from registry.gate import undisturbed
    from registry.trust.seen import trust_of

    workspace: Workspace = ctx.obj
    now = datetime.now(UTC)
    with nullcontext() if dry_run else attempt(workspace, "gc"):
        trust = trust_of(workspace, now)
        with nullcontext() if dry_run else undisturbed(workspace), opened(workspace) as registry:
            found = garbage(registry, workspace, trust, now, timedelta(days=days))
            if not dry_run:
                collect(registry, workspace, found)
    if as_json:
        print_json({"artifacts": list(found.artifacts), "unfinished": [path.name for path in found.unfinished],
                    "size_bytes": found.size_bytes, "removed": not dry_run})  # fmt: skip
        return
    done = "would be removed" if dry_run else "removed"
    typer.echo(f"{done}: {counted(len(found.artifacts), 'artifact')}, "
               f"{counted(len(found.unfinished), 'directory', 'directories')} of unfinished work, "
               f"{found.size_bytes / 2**20:.1f} MiB")  # fmt: skip
    for digest in found.artifacts:
        typer.echo(f"  {digest}")
