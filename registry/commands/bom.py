"""bom: what an adapter is made of, as a CycloneDX document."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from registry.commands.session import looked_at, print_json, require_foreign
from registry.workspace import Workspace

if TYPE_CHECKING:
    from registry.database.store import Registry
    from registry.lineage.bom import Files
    from registry.lineage.provenance import Provenance

_TIME = "SELECT max(created_at) FROM records WHERE digest IN (SELECT unnest(?))"


def attach(app: typer.Typer) -> None:
    app.command()(bom)


def bom(
    ctx: typer.Context,
    reference: Annotated[str, typer.Argument(metavar="ADAPTER", help="An adapter or an alias.")] = "production",
    out: Annotated[Path | None, typer.Option("--out", dir_okay=False, help="Write it into this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="With --out, say in JSON where it is.")] = False,
) -> None:
    """An adapter's bill of materials: CycloneDX 1.6 JSON with model card, data, licences and hashes."""
    from registry.files import write_atomically
    from registry.lineage.bom import Held, bom_of
    from registry.lineage.provenance import provenance_of

    require_foreign(ctx.obj, out)
    with looked_at(ctx.obj, healing=True) as registry:
        provenance = provenance_of(registry, registry.find(reference))
        stated = _stated(registry, provenance)
    base = provenance.base
    held = Held(_files(ctx.obj, provenance.adapter.weights), _files(ctx.obj, base.weights) if base else {})
    text = json.dumps(bom_of(provenance, held, stated), indent=2, ensure_ascii=False)
    if out is None:
        typer.echo(text)
        return
    write_atomically(out, f"{text}\n".encode())
    if as_json:
        print_json({"file": str(out), "adapter": provenance.adapter.version})
    else:
        typer.echo(f"{out}: {provenance.adapter.version}")


def _stated(registry: Registry, provenance: Provenance) -> datetime:
    """When the newest thing that it tells of was put on record."""
    told = (provenance.adapter, *provenance.evidence, *provenance.verdicts, *provenance.decisions)
    found = registry.query(_TIME, [one.digest for one in told])[0][0]
    assert isinstance(found, datetime)
    return found.replace(tzinfo=UTC)


def _files(workspace: Workspace, weights: str) -> Files:
    """The hash of each file; nothing where the artifact is no longer held. Raises DigestMismatch."""
    from registry.digests import of_file
    from registry.errors import NotFound

    try:
        place = workspace.artifacts.verified(weights)
    except NotFound:
        return {}
    files = [place] if place.is_file() else sorted(path for path in place.rglob("*") if path.is_file())
    return {path.relative_to(place if place.is_dir() else place.parent).as_posix(): of_file(path) for path in files}
