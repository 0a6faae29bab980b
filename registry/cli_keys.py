"""keys: make them, and see which ones are on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from registry.session import AsJson, print_json
from registry.workspace import key_directory

app = typer.Typer(help="Private keys. Who they belong to, the trust root says.", no_args_is_help=True)


@app.command()
def new(name: Annotated[str, typer.Argument(help="Whose key it is.")]) -> None:
    """Make a private key. Its public half is for the holder of the root key, who runs `muniment trust add`."""
    from registry.keys import new_key, passphrase

    key = new_key(name, key_directory())
    typer.echo(f"{key.path}  (id {key.id[:12]})")
    if passphrase() is None:
        typer.echo("it is not encrypted: set MUNIMENT_KEY_PASSPHRASE before making a key to change that", err=True)
    typer.echo(f"hand over its public half: {key_directory() / f'{name}.pub'}", err=True)


@app.command(name="list")
def list_(as_json: AsJson = False) -> None:
    """The keys on this machine: name, id, and how the private half is kept."""
    from registry.keys import held_keys

    rows = [{"name": one.name, "id": one.id, "kept": one.kept} for one in held_keys(key_directory())]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        typer.echo(f"{row['name']:<20} {row['id'][:12]}  {row['kept']}")
