"""lineage: what something was made of, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from registry.commands.session import AsJson, Reference, looked_at, print_json, require_foreign
from registry.counted import counted
from registry.workspace import Workspace

if TYPE_CHECKING:
    from rich.tree import Tree

    from registry.lineage.trees import Node

_SHOWN = 12


def attach(app: typer.Typer) -> None:
    app.command()(lineage)


def lineage(
    ctx: typer.Context,
    reference: Reference,
    up: Annotated[
        bool | None, typer.Option("--up/--down", help="Only what it was made from, or only what was made from it.")
    ] = None,
    picture: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Draw it instead, into a .svg, .mmd (Mermaid) or .dot file.")
    ] = None,
    openlineage: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write it instead as OpenLineage events, one a line.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What something is made of, back to the source files, and what became of it."""
    from registry.folders import inside
    from registry.lineage.trees import resolve, tree

    sides = (up is not False, not up)
    require_foreign(ctx.obj, picture, openlineage)
    if picture is not None:
        _draw_into(ctx.obj, reference, picture, sides)
    if openlineage is not None:
        _write_events(ctx.obj, reference, openlineage, sides)
    if picture is not None or openlineage is not None:
        return
    ways = [way for way, asked in zip(("up", "down"), sides, strict=True) if asked]
    with looked_at(ctx.obj, healing=True) as registry:
        digest = resolve(registry, reference, inside(ctx.obj, reference))
        trees = {way: tree(registry, digest, way == "up", None if as_json else _SHOWN) for way in ways}
    if as_json:
        root = next(iter(trees.values()))
        about = {"digest": digest, "kind": root.kind, "label": root.label}
        print_json(about | {way: asdict(found)["branches"] for way, found in trees.items()})
        return
    _print(list(trees.items()))


def _draw_into(workspace: Workspace, reference: str, path: Path, sides: tuple[bool, bool]) -> None:
    from registry.files import write_atomically
    from registry.folders import inside
    from registry.lineage.drawing import render
    from registry.lineage.picture import picture_of
    from registry.lineage.trees import resolve

    with looked_at(workspace, healing=True) as registry:
        found = picture_of(registry, resolve(registry, reference, inside(workspace, reference)), *sides)
    write_atomically(path, render(found, path).encode())
    typer.echo(f"{path}: {counted(len(found.boxes), 'box', 'boxes')}")


def _write_events(workspace: Workspace, reference: str, path: Path, sides: tuple[bool, bool]) -> None:
    from registry.files import write_atomically
    from registry.folders import inside
    from registry.lineage.openlineage import events_of, lines
    from registry.lineage.trees import resolve

    with looked_at(workspace, healing=True) as registry:
        events = events_of(registry, resolve(registry, reference, inside(workspace, reference)), *sides)
    write_atomically(path, lines(events).encode())
    typer.echo(f"{path}: {counted(len(events), 'event')}")


def _print(trees: Sequence[tuple[str, Node]]) -> None:
    from rich.console import Console

    console = Console()
    for way, root in trees:
        drawn = _draw(root)
        if len(trees) > 1:
            console.print("[dim]made from[/dim]" if way == "up" else "[dim]became[/dim]")
        if not root.branches:
            drawn.add("[dim]nothing[/dim]")
        console.print(drawn)


def _draw(node: Node) -> Tree:
    from rich.markup import escape
    from rich.tree import Tree

    mark = " [dim](above)[/dim]" if node.seen else ""
    drawn = Tree(f"[bold]{node.kind}[/bold] {escape(node.label)} [dim]{node.digest[:12]}[/dim]{mark}")
    for branch in node.branches:
        drawn.children.append(_draw(branch))
    for kind, count in node.more:
        drawn.add(f"[dim]… and {count} more of {kind}: --json[/dim]")
    return drawn
