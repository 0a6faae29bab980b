"""keys: make them, enrol people with them, see who may do what."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from registry.errors import ConfigError, NotFound
from registry.session import AsJson, print_json
from registry.workspace import Workspace, key_directory

if TYPE_CHECKING:
    from registry.trust import Role

app = typer.Typer(help="Keys and the people they belong to.", no_args_is_help=True)
Roles = Annotated[
    list[str] | None, typer.Option("--role", help="engineer, reviewer, privacy_officer, operator or auditor.")
]
RootKey = Annotated[str, typer.Option("--root-key", help="The root key that signs the trust root.")]


@app.command()
def new(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Whose key it is.")],
    role: Roles = None,
    root: Annotated[bool, typer.Option("--root", help="Make a root key, and the trust root if there is none.")] = False,
    root_key: RootKey = "root",
) -> None:
    """Make a private key. With --role, enrol its owner too, if the root key is on this machine."""
    from registry.keys import new_key, passphrase
    from registry.trust import create_trust

    workspace: Workspace = ctx.obj
    key = new_key(name, key_directory())
    typer.echo(f"{key.path}  (id {key.id[:12]})")
    if passphrase() is None:
        typer.echo("it is not encrypted: set MUNIMENT_KEY_PASSPHRASE before making a key to change that", err=True)
    if root and not workspace.trust.exists():
        create_trust(workspace.trust, key, datetime.now(UTC))
        typer.echo(f"{workspace.trust}  (pin it where you serve: MUNIMENT_TRUST_ROOT={key.id})")
    elif not role:
        typer.echo(f"hand over its public half: {key_directory() / f'{name}.pub'}", err=True)
    else:
        _enroll(workspace, (name, _roles(role), key.public_pem), root_key)


@app.command(name="enroll")
def enroll_(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="The person.")],
    public: Annotated[Path, typer.Argument(help="That person's public key, NAME.pub.")],
    role: Roles = None,
    root_key: RootKey = "root",
) -> None:
    """Give a person a key and roles in the trust root. A second key is still the same person."""
    if not public.is_file():
        own = key_directory() / public.name
        meant = str(own) if own.is_file() else "the file NAME.pub beside the private key"
        raise NotFound(f"there is no public key {public}", f"{meant} is meant")
    try:
        pem = public.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{public} is not a public key", "the file NAME.pub is meant") from error
    _enroll(ctx.obj, (name, _roles(role or []), pem), root_key)


@app.command(name="list")
def list_(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Who is in the trust root, with which roles and keys."""
    from registry.keys import public_key
    from registry.trust import load_trust

    trust = load_trust(ctx.obj.trust, datetime.now(UTC))
    people = [
        {"name": p.name, "roles": list(p.roles), "keys": [public_key(pem).keyid for pem in p.keys]}
        for p in trust.principals
    ]
    if as_json:
        thresholds = trust.thresholds.model_dump()
        roots = [key.keyid for key in trust.root_keys]
        print_json({"version": trust.version, "expires": trust.expires.isoformat(), "thresholds": thresholds,
                    "roots": roots, "people": people})  # fmt: skip
        return
    typer.echo(f"trust root version {trust.version}, in force until {trust.expires:%Y-%m-%d}")
    for person in people:
        keys = ", ".join(str(key)[:12] for key in person["keys"])
        typer.echo(f"  {person['name']:<20} {', '.join(person['roles']):<32} {keys}")


def _enroll(workspace: Workspace, person: tuple[str, tuple[Role, ...], str], root_key: str) -> None:
    from pydantic import ValidationError

    from registry.keys import load_key
    from registry.trust import Principal, enroll

    name, roles, pem = person
    root = load_key(root_key, key_directory())
    try:
        owner = Principal(name=name, roles=roles, keys=(pem,))
    except ValidationError as error:
        raise ConfigError(f"{name!r} cannot name a person: {error.errors()[0]['msg']}", "write it plainly") from error
    trust = enroll(workspace.trust, root, owner, datetime.now(UTC))
    typer.echo(f"{name} is {', '.join(roles)} (trust root version {trust.version})")


def _roles(names: list[str]) -> tuple[Role, ...]:
    known: dict[str, Role] = {
        "engineer": "engineer", "reviewer": "reviewer", "privacy_officer": "privacy_officer",
        "operator": "operator", "auditor": "auditor",
    }  # fmt: skip
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise ConfigError(f"no role {', '.join(unknown) or 'was given'}", f"choose from: {', '.join(known)}")
    return tuple(known[name] for name in names)
