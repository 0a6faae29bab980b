"""keys: make them, protect them, name those that live elsewhere, see which ones are on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from registry.commands.session import AsJson, print_json
from registry.errors import NotFound
from registry.workspace import key_directory

app = typer.Typer(help="Private keys. Who they belong to, the trust root says.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Whose key it is.")]


@app.command()
def new(
    name: Name,
    no_passphrase: Annotated[
        bool, typer.Option("--no-passphrase", help="Leave it in clear, for a machine that nobody sits at.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a private key, encrypted. Its public half is for a holder of a root key, who runs `muniment trust add`."""
    from registry.trust import passphrases
    from registry.trust.keys import held, new_key

    key = new_key(name, key_directory(), None if no_passphrase else passphrases.new())
    kept, public = held(key.path).kept, key_directory() / f"{name}.pub"
    if as_json:
        print_json({"name": name, "id": key.id, "kept": kept, "private": str(key.path), "public": str(public)})
        return
    typer.echo(f"{key.path}  (id {key.id[:12]}, {kept})")
    if kept == "in clear":
        typer.echo(f"anyone who can read that file can sign as {name}: muniment keys protect {name}", err=True)
    typer.echo(f"hand over its public half: {public}", err=True)


@app.command()
def protect(name: Name) -> None:
    """Encrypt a key that lies in clear."""
    from registry.trust import passphrases
    from registry.trust.keys import in_clear
    from registry.trust.keys import protect as encrypt

    in_clear(name, key_directory())  # nobody thinks up a passphrase for a key that is not there
    key = encrypt(name, key_directory(), passphrases.new(name))
    typer.echo(f"{key.path} is encrypted; copies made before are not")


@app.command(name="name")
def name_(
    name: Name,
    address: Annotated[str, typer.Argument(help="hsm:2?label=TOKEN, awskms:…, gcpkms:…, azurekms:…, hv:… or file2:…")],
    public: Annotated[Path | None, typer.Option("--public", help="Its public half in PEM.")] = None,
) -> None:
    """Use a key that stays in its device or key service under a name of its own."""
    from registry.trust.key_uris import name_key
    from registry.trust.keys import free_path

    if public is not None and not public.is_file():
        raise NotFound(f"there is no public key {public}", "export it from the key service")
    pem = public.read_text(encoding="utf-8", errors="replace") if public else None
    path = free_path(name, key_directory()).with_suffix(".uri")
    found = name_key(address, pem, path)
    typer.echo(f"{path}  (id {found.public_key.keyid[:12]}); use it with --key {name}")


@app.command(name="list")
def list_(as_json: AsJson = False) -> None:
    """The keys on this machine: name, id, and how the private half is kept."""
    from registry.trust.keys import held_keys

    rows = [{"name": one.name, "id": one.id, "kept": one.kept} for one in held_keys(key_directory())]
    if as_json:
        print_json(rows)
        return
    if not rows:
        typer.echo(f"no keys in {key_directory()}; make one: muniment keys new NAME", err=True)
    for row in rows:
        typer.echo(f"{row['name']:<20} {row['id'][:12]}  {row['kept']}")
