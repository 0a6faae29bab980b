"""sign, signature: an adapter's weights in the OpenSSF Model Signing format, both ways."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from registry.audit.attempts import attempt
from registry.commands.decisions import AdapterName
from registry.commands.session import AsJson, opened, print_json, require_foreign, signatory
from registry.errors import ConfigError, NotFound
from registry.pages.labels import visible
from registry.workspace import Workspace


def attach(app: typer.Typer) -> None:
    app.command()(sign)
    app.command()(signature)


def sign(
    ctx: typer.Context,
    adapter: AdapterName,
    key: Annotated[str, typer.Option("--key", help="Sign with this key: its name, or the path of its file.")] = "",
    bundle: Annotated[Path | None, typer.Option("--bundle", help="Accept what model_signing made.")] = None,
    as_json: AsJson = False,
) -> None:
    """Sign an adapter's weights, or accept the bundle that the stock model_signing tool made of them."""
    if bool(key) == bool(bundle):
        raise ConfigError("say either with which key, or which bundle", "give --key NAME or --bundle FILE")
    with attempt(ctx.obj, "sign", adapter):
        version, name = _sign(ctx.obj, adapter, key, bundle)
    if as_json:
        print_json({"adapter": version, "signer": name})
    else:
        typer.echo(visible(f"{version} is signed by {name}"))


def _sign(workspace: Workspace, adapter: str, key: str, bundle: Path | None) -> tuple[str, str]:
    """The adapter's version, and whose signature it bears now."""
    from registry.signatures.adapters import accept_signature, sign_adapter, verify_adapter
    from registry.trust.seen import trust_of

    by, trust = signatory(workspace, key) if key else None, trust_of(workspace, datetime.now(UTC))
    with opened(workspace) as registry:
        found = registry.find(adapter)
        if by:
            made = sign_adapter(registry, workspace, found, by)
            name = verify_adapter(workspace.artifacts.path(found.weights), made, trust)
        elif bundle:
            name = accept_signature(registry, workspace, found, _read(bundle), trust)
    return found.version, name


def signature(
    ctx: typer.Context,
    adapter: AdapterName,
    out: Annotated[Path | None, typer.Option("--out", help="Write the bundle here instead.")] = None,
    signer: Annotated[str, typer.Option("--signer", help="Whose; the first by default.")] = "",
    as_json: AsJson = False,
) -> None:
    """Print the bundle over an adapter's weights, for the stock model_signing tool."""
    from registry.files import write_atomically
    from registry.signatures.model_signatures import MODEL_SIGNATURE

    workspace: Workspace = ctx.obj
    require_foreign(workspace, out)
    with opened(workspace) as registry:
        found = registry.find(adapter)
        kept = [a for a in registry.attestations(found.digest, MODEL_SIGNATURE) if signer in ("", a.signer)]
    if not kept:
        who = f"{signer} has not" if signer else "nobody has"
        raise NotFound(f"{who} signed the weights of {found.version}", "muniment sign ADAPTER --key NAME")
    directory = workspace.artifacts.path(found.weights)
    if as_json:
        print_json([{"signer": a.signer, "weights": str(directory), "bundle": a.envelope} for a in kept])
    elif out is None:
        typer.echo(kept[0].envelope)
    else:
        write_atomically(out, kept[0].envelope.encode())
        typer.echo(f"{out}: signed by {kept[0].signer}; anybody checks it with their public key:")
        typer.echo(f"model_signing verify key {directory} --signature {out} --public_key {kept[0].signer}.pub")
    if not as_json and (others := sorted({a.signer for a in kept} - {kept[0].signer})):
        typer.echo(f"this is {kept[0].signer}'s; with --signer NAME that of {', '.join(others)}", err=True)


def _read(bundle: Path) -> str:
    try:
        return bundle.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NotFound(f"there is no bundle {bundle} in UTF-8", "model_signing writes it to --signature") from error
