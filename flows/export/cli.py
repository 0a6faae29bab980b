"""export: an approved adapter as files for other runtimes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from registry.commands.session import AsJson
from registry.errors import ConfigError

if TYPE_CHECKING:
    from flows.export.settings import Order


def attach(app: typer.Typer) -> None:
    app.command()(export)


def export(
    ctx: typer.Context,
    adapter: Annotated[str, typer.Argument(metavar="ADAPTER", help="An adapter or an alias.")],
    out: Annotated[Path, typer.Option("--out", file_okay=False, help="A new or empty directory.")],
    form: Annotated[
        str, typer.Option("--format", help="safetensors, gguf or adapter, and the precision: gguf:q8_0.")
    ] = "safetensors",
    use: Annotated[
        str, typer.Option("--use", help="What it is for: serve_internal, serve_external or distribute.")
    ] = "serve_internal",
    as_json: AsJson = False,
) -> None:
    """Write an approved adapter as files: merged into its base, checked against it, with its NOTICE and provenance."""
    from flows.export.verb import export as written

    made = written(ctx.obj, adapter, _order(form, use), out)
    files = sorted(path.name for path in out.iterdir())
    if as_json:
        typer.echo(json.dumps({"export": made.digest, **made.model_dump(), "out": str(out), "files": files}, indent=2))
        return
    typer.echo(f"{out}: {', '.join(files)}")
    typer.echo(f"within {made.difference:.2g} nats of base and adapter, {made.tolerance:g} allowed")


def _order(form: str, use: str) -> Order:
    from pydantic import ValidationError

    from flows.export.settings import Order

    name, _, precision = form.partition(":")
    given = {"form": name, "use": use, **({"precision": precision} if precision else {})}
    try:
        return Order.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        option = f"--use {use}: " if place == "use" else f"--format {form}: " if place else ""
        said = first["msg"].removeprefix("Value error, ").replace("Input", place)
        raise ConfigError(f"{option}{said}", "see: muniment export --help") from error
