"""diff: two adapters side by side."""

from __future__ import annotations

from typing import Annotated

import typer

from registry.commands.session import AsJson, looked_at, print_json

Name = Annotated[str, typer.Argument(metavar="ADAPTER", help="An adapter or an alias.")]


def attach(app: typer.Typer) -> None:
    app.command()(diff)


def diff(
    ctx: typer.Context,
    a: Name,
    b: Name,
    everything: Annotated[bool, typer.Option("--all", help="Also what is the same.")] = False,
    as_json: AsJson = False,
) -> None:
    """Two adapters side by side: settings, data with the rows added and removed, licences, evidence."""
    from registry.lineage.comparison import compare
    from registry.lineage.provenance import provenance_of
    from registry.lineage.row_changes import row_changes
    from registry.pages.comparison import comparison_json, comparison_page
    from registry.pages.sections import printed

    with looked_at(ctx.obj, healing=True) as registry:
        one, other = (provenance_of(registry, registry.find(name)) for name in (a, b))
    found = compare(one, other, row_changes(one.learnt, other.learnt, one.paths | other.paths, ctx.obj.artifacts))
    if as_json:
        print_json(comparison_json(found))
        return
    for line in printed(comparison_page(found, everything)):
        typer.echo(line)
